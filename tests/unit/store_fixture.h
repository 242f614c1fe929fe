/* SPDX-License-Identifier: Apache-2.0
 *
 * A place for a history, and a flow table that is given its flows.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/store.h"
#include "scratch.h"

#define NOW 1777600000 /* a minute's begin is not needed of it */

struct flowtab {
	struct flow *flows;
	size_t count;
};

struct place {
	char dir[SCRATCH_MAX], path[80];
	struct store_options options;
};

static inline void make_place(struct place *p)
{
	assert_non_null(mkdtemp(scratch_name(p->dir, "store")));
	snprintf(p->path, sizeof(p->path), "%s/history.db", p->dir);
	p->options =
		(struct store_options){ .path = p->path, .max_bytes = 64u << 20, .max_days = 7 };
}

static inline void remove_place(const struct place *p)
{
	scratch_remove(p->dir);
}

static inline struct store *open_store(const struct place *p, bool expect_aside)
{
	struct store *s = NULL;
	char *aside = NULL;

	assert_int_equal(store_open(&p->options, &aside, &s), 0);
	assert_int_equal(aside != NULL, expect_aside);
	if (aside)
		assert_int_equal(access(aside, F_OK), 0);
	free(aside);
	return s;
}

static inline void add_alert(struct store *s, const char *alert, const char *event, int64_t ts,
			     const char *json)
{
	struct alert_event e = { .kind = ALERT_OPEN, .ts = ts, .level = EG_LEVEL_PAGE };

	snprintf(e.alert_id, sizeof(e.alert_id), "%s", alert);
	snprintf(e.event_id, sizeof(e.event_id), "%s", event);
	assert_int_equal(store_add_alert(s, &e, json), 0);
}

static inline void expect_alerts(struct store *s, int64_t since, size_t limit, const char *expected)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	assert_int_equal(store_alerts_json(s, since, limit, &out), 0);
	assert_string_equal(out.data ? out.data : "", expected);
}

static inline struct flow make_flow(const struct actor *actor, const struct dest *dest,
				    uint32_t tgid, uint64_t payload)
{
	struct flow f = { .actor = actor, .dest = dest, .scope = EG_SCOPE_PUBLIC };

	f.key.tgid = tgid;
	f.key.port = 443;
	f.key.proto = 6;
	f.key.init = EG_INIT_CONNECTED;
	f.total.payload_bytes = payload;
	f.total.wire_bytes = payload + 100;
	return f;
}

/* Sum of a number column over all roll-ups, from the file itself. */
static inline int64_t ask_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	int64_t n = 0;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(db_number(db, sql, &n), 0);
	sqlite3_close(db);
	return n;
}

#endif
