/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's bounds: age and size, a bounded bite at a time. Deleted pages are used
 * again; the file does not shrink.
 */
#include <errno.h>

#include "store/db.h"
#include "store/internal.h"

#define DAY_S 86400
#define HOUR_S 3600
#define BITE_MINUTES 10   /* of roll-ups, each of at most a thousand rows */
#define BITE_ROWS 500     /* of the other tables */
#define FILL_PERMILLE 900 /* above, the oldest goes: the rest is room for a busy minute */

/* Deletes the oldest roll-ups below `cutoff`, at most a bite. */
static int bite_rollup(struct store *s, int64_t cutoff)
{
	sqlite3_stmt *q = store_statement(s, TRIM_ROLLUP);
	int64_t oldest = 0;
	int r = db_number(s->db, "SELECT min(minute) FROM rollup", &oldest);

	if (r < 0 || oldest == 0 || oldest >= cutoff)
		return r;
	if (cutoff > oldest + BITE_MINUTES * 60)
		cutoff = oldest + BITE_MINUTES * 60;
	sqlite3_bind_int64(q, 1, cutoff);
	return store_run(q);
}

static int bite_rows(struct store *s, enum store_statement which, int64_t cutoff)
{
	sqlite3_stmt *q = store_statement(s, which);

	sqlite3_bind_int64(q, 1, cutoff);
	sqlite3_bind_int(q, 2, BITE_ROWS);
	return store_run(q);
}

/* The oldest hour, if it lies below `cutoff`. */
static int bite_hour(struct store *s, int64_t cutoff)
{
	sqlite3_stmt *q = store_statement(s, TRIM_HOUR);
	int64_t oldest = 0;
	int r = db_number(s->db, "SELECT min(hour) FROM rollup_hour", &oldest);

	if (r < 0 || oldest == 0 || oldest + HOUR_S > cutoff)
		return r;
	sqlite3_bind_int64(q, 1, oldest + HOUR_S);
	return store_run(q);
}

/* Series that no roll-up names any more. */
static int bite_series(struct store *s)
{
	int64_t oldest = 0, hour = 0;
	int r = db_number(s->db, "SELECT min(minute) FROM rollup", &oldest);

	if (r == 0)
		r = db_number(s->db, "SELECT min(hour) FROM rollup_hour", &hour);
	if (hour && (!oldest || hour < oldest))
		oldest = hour;
	return r < 0 || oldest == 0 ? r : bite_rows(s, TRIM_SERIES, oldest);
}

/* The oldest minutes; when none is left, the oldest hours, then alert events and audit
 * entries. */
static int bite_oldest(struct store *s, void *ctx)
{
	int64_t minutes = 0, rollups = 0;
	int r = db_number(s->db, "SELECT EXISTS(SELECT 1 FROM rollup)", &minutes);

	(void)ctx;
	s->stats.size_trims++;
	if (r == 0)
		r = db_number(s->db, "SELECT EXISTS(SELECT 1 FROM rollup_hour)", &rollups);
	if (r == 0 && minutes)
		r = bite_rollup(s, INT64_MAX);
	else if (r == 0 && rollups)
		r = bite_hour(s, INT64_MAX);
	else if (r == 0)
		r = bite_rows(s, TRIM_ALERT, INT64_MAX);
	if (r == 0 && !minutes && !rollups)
		r = bite_rows(s, TRIM_AUDIT, INT64_MAX);
	return r < 0 ? r : bite_series(s);
}

static int trim_body(struct store *s, void *ctx)
{
	int64_t cutoff = *(const int64_t *)ctx - (int64_t)s->options.max_days * DAY_S;
	unsigned int fill = 0;
	int r = bite_rollup(s, cutoff);

	if (r == 0)
		r = bite_hour(s, cutoff);
	if (r == 0)
		r = bite_rows(s, TRIM_ALERT, cutoff);
	if (r == 0)
		r = bite_rows(s, TRIM_AUDIT, cutoff);
	if (r == 0)
		r = bite_series(s);
	if (r == 0)
		r = db_fill_permille(s->db, &fill);
	if (r == 0 && fill > FILL_PERMILLE)
		r = bite_oldest(s, NULL);
	return r;
}

int store_make_room(struct store *s)
{
	int r = db_exec(s->db, "BEGIN IMMEDIATE");

	if (r == 0)
		r = bite_oldest(s, NULL);
	if (r == 0)
		r = db_exec(s->db, "COMMIT");
	if (r < 0 && !sqlite3_get_autocommit(s->db))
		(void)db_exec(s->db, "ROLLBACK");
	return r;
}

int store_trim(struct store *s, int64_t now_ts)
{
	return store_write(s, trim_body, &now_ts);
}
