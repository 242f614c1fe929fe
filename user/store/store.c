/* SPDX-License-Identifier: Apache-2.0
 *
 * The history: opening, transactions that survive a full disk and a damaged file, alert
 * events and audit. Roll-ups are in rollup.c, answers in query.c, bounds in trim.c.
 */
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/units.h"
#include "store/db.h"
#include "store/internal.h"
#include "store/schema.h"

/* ?1 since, ?2 until, ?3 step, ?4 actor (0 = all), ?5 destination group (NULL = all),
 * ?6 class (0 = all, 1 = not public, 2 = public: scope 6). */
#define HISTORY_FROM(table, time)                                            \
	" FROM " table " r JOIN series s ON s.id = r.series"                 \
	" WHERE r." time " >= ?1 AND r." time " < ?2"                        \
	" AND (?4 = 0 OR s.actor = ?4) AND (?5 IS NULL OR s.dst_group = ?5)" \
	" AND (?6 = 0 OR (s.scope = 6) = (?6 = 2))"
#define LIST_FROM(table, time)                                                                    \
	" s.exe, s.comm, s.container, s.user, s.dst, s.dst_group,"                                \
	" s.port, s.proto, s.init, s.scope, s.col, sum(r.tx), sum(r.wire), s.actor" HISTORY_FROM( \
		table, time) " GROUP BY 1, r.series ORDER BY 1, r.series"
/* Only what left the host: IP columns beyond loopback (1) and host-local (2). */
#define SUM_FROM(table, time)                   \
	" sum(r.tx), sum(r.wire)" HISTORY_FROM( \
		table, time) " AND s.col = 0 AND s.scope NOT IN (1, 2) GROUP BY 1 ORDER BY 1"

static const char *const statement_texts[STATEMENTS] = {
	[ADD_ALERT] = "INSERT INTO alert_event(event_id, alert_id, ts, kind, level, json)"
		      " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(event_id) DO NOTHING",
	[ADD_AUDIT] = "INSERT INTO audit(ts, uid, action, detail) VALUES(?1, ?2, ?3, ?4)",
	[ADD_SERIES] = "INSERT INTO series(actor, dest, init, port, proto, scope, col,"
		       " exe, comm, container, user, dst, dst_group, last_minute)"
		       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
		       " ON CONFLICT(actor, dest, init, port, proto, scope, col)"
		       " DO UPDATE SET last_minute = max(last_minute, excluded.last_minute)"
		       " RETURNING id",
	[ADD_ROLLUP] = "INSERT INTO rollup(minute, series, tx, wire) VALUES(?1, ?2, ?3, ?4)"
		       " ON CONFLICT(minute, series)"
		       " DO UPDATE SET tx = tx + excluded.tx, wire = wire + excluded.wire",
	[ADD_HOUR] = "INSERT INTO rollup_hour(hour, series, tx, wire) VALUES(?1, ?2, ?3, ?4)"
		     " ON CONFLICT(hour, series)"
		     " DO UPDATE SET tx = tx + excluded.tx, wire = wire + excluded.wire",
	[LIST_ALERTS] = "SELECT json FROM (SELECT id, json FROM alert_event WHERE ts >= ?1"
			" ORDER BY id DESC LIMIT ?2) ORDER BY id",
	[LIST_AUDIT] = "SELECT ts, uid, action, detail FROM (SELECT id, ts, uid, action, detail"
		       " FROM audit WHERE ts >= ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id",
	[FIND_ALERT] = "SELECT alert_id, json FROM alert_event WHERE id IN"
		       " (SELECT max(id) FROM alert_event WHERE alert_id >= ?1 AND alert_id < ?2"
		       "  GROUP BY alert_id LIMIT 2)",
	[LIST_MINUTES] = "SELECT r.minute / ?3 * ?3," LIST_FROM("rollup", "minute"),
	[LIST_HOURS] = "SELECT r.hour / ?3 * ?3," LIST_FROM("rollup_hour", "hour"),
	[SUM_MINUTES] = "SELECT r.minute / ?3 * ?3," SUM_FROM("rollup", "minute"),
	[SUM_HOURS] = "SELECT r.hour / ?3 * ?3," SUM_FROM("rollup_hour", "hour"),
	[TRIM_ROLLUP] = "DELETE FROM rollup WHERE minute < ?1",
	[TRIM_HOUR] = "DELETE FROM rollup_hour WHERE hour < ?1",
	[TRIM_SERIES] = "DELETE FROM series WHERE id IN"
			" (SELECT id FROM series WHERE last_minute < ?1 LIMIT ?2)",
	[TRIM_ALERT] = "DELETE FROM alert_event WHERE id IN"
		       " (SELECT id FROM alert_event WHERE ts < ?1 ORDER BY ts LIMIT ?2)",
	[TRIM_AUDIT] = "DELETE FROM audit WHERE id IN"
		       " (SELECT id FROM audit WHERE ts < ?1 ORDER BY ts LIMIT ?2)",
};

static void close_db(struct store *s)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	memset(s->statements, 0, sizeof(s->statements));
	db_close(s->db);
	s->db = NULL;
}

static int open_db(struct store *s)
{
	int r = db_open(s->path, s->options.max_bytes, schema_migrations, schema_version, &s->db);

	for (size_t i = 0; r == 0 && i < STATEMENTS; i++)
		r = db_error(sqlite3_prepare_v3(s->db, statement_texts[i], -1,
						SQLITE_PREPARE_PERSISTENT, &s->statements[i],
						NULL));
	if (r == -EINVAL)
		r = -EUCLEAN; /* the tables are not what the version says */
	if (r < 0)
		close_db(s);
	return r;
}

/* A damaged file goes aside, a new one is made. */
static int renew_db(struct store *s, char **ret_aside)
{
	int r;

	close_db(s);
	r = db_set_aside(s->path, ret_aside);
	if (r < 0)
		return r;
	s->stats.set_aside++;
	return open_db(s);
}

int store_open(const struct store_options *options, char **ret_aside, struct store **ret)
{
	struct store *s = calloc(1, sizeof(*s));
	int r;

	*ret_aside = NULL;
	if (!s)
		return -ENOMEM;
	s->options = *options;
	s->path = strdup(options->path);
	s->options.path = s->path;
	r = s->path ? open_db(s) : -ENOMEM;
	if (r == -EUCLEAN)
		r = renew_db(s, ret_aside);
	if (r < 0) {
		store_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	close_db(s);
	flat_free(&s->seen);
	free(s->path);
	free(s);
}

sqlite3_stmt *store_statement(struct store *s, enum store_statement which)
{
	return s->statements[which];
}

int store_run(sqlite3_stmt *q)
{
	int code = sqlite3_step(q);

	(void)sqlite3_reset(q);
	return db_error(code);
}

static int transact(struct store *s, store_body body, void *ctx)
{
	int r = db_exec(s->db, "BEGIN IMMEDIATE");

	if (r == 0)
		r = body(s, ctx);
	if (r == 0)
		r = db_exec(s->db, "COMMIT");
	if (r < 0 && !sqlite3_get_autocommit(s->db))
		(void)db_exec(s->db, "ROLLBACK");
	return r;
}

struct audit {
	int64_t ts;
	uint32_t uid;
	const char *action, *detail;
};

static int add_audit(struct store *s, void *ctx)
{
	sqlite3_stmt *q = store_statement(s, ADD_AUDIT);
	const struct audit *audit = ctx;

	sqlite3_bind_int64(q, 1, audit->ts);
	sqlite3_bind_int64(q, 2, audit->uid);
	sqlite3_bind_text(q, 3, audit->action, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, audit->detail, -1, SQLITE_STATIC);
	return store_run(q);
}

/* An audit entry of the store's own; best effort, it explains what already happened. */
static void note(struct store *s, const char *action, const char *detail)
{
	struct audit audit = { .ts = time(NULL), .action = action, .detail = detail };

	(void)transact(s, add_audit, &audit);
	if (s->options.noted)
		s->options.noted(s->options.noted_ctx, audit.ts, action, detail);
}

static void resume(struct store *s)
{
	char since[32], until[32], detail[96];

	s->paused = false;
	format_time(since, s->paused_since);
	format_time(until, time(NULL));
	snprintf(detail, sizeof(detail), "disk full or failing from %s to %s", since, until);
	note(s, "history.gap", detail);
}

static void replace_damaged(struct store *s)
{
	_cleanup_free_ char *aside = NULL;

	if (renew_db(s, &aside) == 0)
		note(s, "history.damaged", aside);
}

int store_write(struct store *s, store_body body, void *ctx)
{
	unsigned int fill = 0;
	int r = s->db ? transact(s, body, ctx) : -EIO;

	/* Is it the disk, or our own bound? */
	if (r == -ENOSPC && db_fill_permille(s->db, &fill) == 0 && fill >= 900 &&
	    store_make_room(s) == 0)
		r = transact(s, body, ctx);
	if (r == 0 && s->paused)
		resume(s);
	if (r == 0)
		return 0;
	s->stats.lost_writes++;
	if ((r == -ENOSPC || r == -EIO) && !s->paused) {
		s->paused = true;
		s->paused_since = time(NULL);
	} else if (r == -EUCLEAN) {
		replace_damaged(s);
	}
	return r;
}

struct alert_row {
	const struct alert_event *event;
	const char *json;
};

static int add_alert(struct store *s, void *ctx)
{
	sqlite3_stmt *q = store_statement(s, ADD_ALERT);
	const struct alert_row *row = ctx;
	size_t len = strlen(row->json);

	if (len > 0 && row->json[len - 1] == '\n')
		len--;
	sqlite3_bind_text(q, 1, row->event->event_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, row->event->alert_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, row->event->ts);
	sqlite3_bind_int(q, 4, (int)row->event->kind);
	sqlite3_bind_int(q, 5, (int)row->event->level);
	sqlite3_bind_text(q, 6, row->json, (int)len, SQLITE_STATIC);
	return store_run(q);
}

int store_add_alert(struct store *s, const struct alert_event *event, const char *json)
{
	struct alert_row row = { .event = event, .json = json };

	return store_write(s, add_alert, &row);
}

int store_add_audit(struct store *s, int64_t ts, uint32_t uid, const char *action,
		    const char *detail)
{
	struct audit audit = { .ts = ts, .uid = uid, .action = action, .detail = detail };

	return store_write(s, add_audit, &audit);
}

bool store_paused(const struct store *s)
{
	return s->paused;
}

void store_get_stats(const struct store *s, struct store_stats *ret)
{
	int64_t pages = 0, free_pages = 0;

	*ret = s->stats;
	ret->max_bytes = s->options.max_bytes;
	if (s->db && db_number(s->db, "PRAGMA page_count", &pages) == 0 &&
	    db_number(s->db, "PRAGMA freelist_count", &free_pages) == 0)
		ret->bytes = (uint64_t)(pages - free_pages) * 4096;
}
