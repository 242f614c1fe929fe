/* SPDX-License-Identifier: Apache-2.0
 *
 * The history: what goes in comes out, bounds hold, bad files are put aside, a newer
 * one is left alone. The flow table is this test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/store.h"

#define DAY_S 86400
#define NOW 1777600000 /* a minute's begin is not needed of it */

struct flowtab {
	struct flow *flows;
	size_t count;
};

int flowtab_each(const struct flowtab *t, flow_fn fn, void *ctx)
{
	for (size_t i = 0; i < t->count; i++) {
		int r = fn(ctx, &t->flows[i]);

		if (r)
			return r;
	}
	return 0;
}

struct place {
	char dir[64], path[80];
	struct store_options options;
};

static void make_place(struct place *p)
{
	snprintf(p->dir, sizeof(p->dir), "/tmp/egress-store-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/history.db", p->dir);
	p->options =
		(struct store_options){ .path = p->path, .max_bytes = 64u << 20, .max_days = 7 };
}

static void remove_place(const struct place *p)
{
	char pattern[80];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*", p->dir);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			assert_int_equal(unlink(found.gl_pathv[i]), 0);
	globfree(&found);
	assert_int_equal(rmdir(p->dir), 0);
}

static struct store *open_store(const struct place *p, bool expect_aside)
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

static void add_alert(struct store *s, const char *alert, const char *event, int64_t ts,
		      const char *json)
{
	struct alert_event e = { .kind = ALERT_OPEN, .ts = ts, .level = EG_LEVEL_PAGE };

	snprintf(e.alert_id, sizeof(e.alert_id), "%s", alert);
	snprintf(e.event_id, sizeof(e.event_id), "%s", event);
	assert_int_equal(store_add_alert(s, &e, json), 0);
}

static void expect_alerts(struct store *s, int64_t since, size_t limit, const char *expected)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	assert_int_equal(store_alerts_json(s, since, limit, &out), 0);
	assert_string_equal(out.data ? out.data : "", expected);
}

static void test_alerts(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct place p;
	struct store *s, *second = NULL;
	char *aside = NULL;
	struct stat st;

	(void)state;
	make_place(&p);
	s = open_store(&p, false);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store_open(&p.options, &aside, &second), -EBUSY);
	expect_alerts(s, 0, 10, "");
	add_alert(s, "aa11", "e1", NOW, "{\"n\":1}\n");
	add_alert(s, "aa22", "e2", NOW + 1, "{\"n\":2}");
	add_alert(s, "aa11", "e3", NOW + 2, "{\"n\":3}\n");
	add_alert(s, "aa11", "e3", NOW + 2, "{\"n\":4}\n"); /* given again: the first stays */
	expect_alerts(s, 0, 10, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
	expect_alerts(s, NOW + 1, 10, "{\"n\":2}\n{\"n\":3}\n");
	expect_alerts(s, 0, 2, "{\"n\":2}\n{\"n\":3}\n");
	assert_int_equal(store_alert_show(s, "aa1", &out), 0);
	assert_string_equal(out.data, "{\"n\":3}\n");
	assert_int_equal(store_alert_show(s, "aa", &out), -ENOTUNIQ);
	assert_int_equal(store_alert_show(s, "ab", &out), -ENOENT);
	assert_int_equal(store_alert_show(s, "", &out), -ENOENT);
	assert_int_equal(store_alert_show(s, "%", &out), -ENOENT);
	assert_string_equal(out.data, "{\"n\":3}\n");
	assert_int_equal(store_add_audit(s, NOW, 1000, "ack", "aa11"), 0);
	assert_false(store_paused(s));
	store_close(s);
	s = open_store(&p, false);
	expect_alerts(s, NOW + 2, 10, "{\"n\":3}\n");
	store_close(s);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	remove_place(&p);
}

static struct flow make_flow(const struct actor *actor, const struct dest *dest, uint32_t tgid,
			     uint64_t payload)
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

static void expect_history(struct store *s, int64_t since, int64_t until, const char *expected)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	assert_int_equal(store_history_json(s, since, until, &out), 0);
	assert_string_equal(out.data ? out.data : "", expected);
}

#define ROW(ts, tx, wire)                                                             \
	"{\"ts\":" ts ",\"exe\":\"pg_dump\",\"comm\":\"pg_dump\",\"container\":\"\"," \
	"\"user\":\"mallory\",\"dst\":\"203.0.113.7\",\"group\":\"203.0.113.0/24\","  \
	"\"port\":443,\"proto\":\"tcp\",\"init\":\"connected\",\"scope\":\"public\"," \
	"\"column\":\"egress\",\"tx\":" tx ",\"wire\":" wire "}\n"

static const struct actor dumper = { .id = 0xffffffffffffff01,
				     .exe = "pg_dump",
				     .comm = "pg_dump",
				     .container = "",
				     .user = "mallory" };
static const struct dest away = {
	.id = 2, .group = "203.0.113.0/24", .example = "203.0.113.7", .scope = EG_SCOPE_PUBLIC
};

static void test_rollups(void **state)
{
	struct flow flows[3] = { make_flow(&dumper, &away, 10, 5000) };
	struct flowtab table = { flows, 1 };
	struct place p;
	struct store *s;

	(void)state;
	make_place(&p);
	s = open_store(&p, false);
	assert_int_equal(store_add_rollup(s, 60, &table), 0); /* the base: nothing is booked */
	expect_history(s, 0, 1000, "");
	flows[0].total.payload_bytes = 6000;
	flows[0].total.wire_bytes = 6300;
	flows[1] = make_flow(&dumper, &away, 11, 70); /* another process, same series */
	table.count = 2;
	assert_int_equal(store_add_rollup(s, 60, &table), 0);
	expect_history(s, 0, 1000, ROW("60", "1070", "1370"));
	assert_int_equal(store_add_rollup(s, 120, &table), 0); /* silence: no row */
	flows[1].total.payload_bytes = 71;
	flows[1].total.wire_bytes = 171;
	assert_int_equal(store_add_rollup(s, 120, &table), 0);
	table.count = 1; /* the second flow is folded away, and comes back from zero */
	assert_int_equal(store_add_rollup(s, 180, &table), 0);
	table.count = 2;
	flows[1].total.payload_bytes = 5;
	flows[1].total.wire_bytes = 6;
	assert_int_equal(store_add_rollup(s, 180, &table), 0);
	expect_history(s, 0, 1000,
		       ROW("60", "1070", "1370") ROW("120", "1", "1") ROW("180", "5", "6"));
	expect_history(s, 120, 180, ROW("120", "1", "1"));
	store_close(s);
	s = open_store(&p, false); /* the past is not booked again after a restart */
	assert_int_equal(store_add_rollup(s, 240, &table), 0);
	expect_history(s, 240, 1000, "");
	store_close(s);
	remove_place(&p);
}

/* Sum of a number column over all roll-ups, from the file itself. */
static int64_t ask_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	int64_t n = 0;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(db_number(db, sql, &n), 0);
	sqlite3_close(db);
	return n;
}

static void test_many_series(void **state)
{
	enum { FLOWS = 3000 };
	struct flow *flows = calloc(FLOWS, sizeof(*flows));
	struct flowtab table = { flows, 0 };
	struct place p;
	struct store *s;
	int64_t sum = 0;

	(void)state;
	make_place(&p);
	s = open_store(&p, false);
	assert_int_equal(store_add_rollup(s, 60, &table), 0);
	for (uint32_t i = 0; i < FLOWS; i++) {
		flows[i] = make_flow(NULL, NULL, i, 1 + i);
		snprintf(flows[i].dst, sizeof(flows[i].dst), "192.0.2.1 %u", i);
		flows[i].scope = i % 2 ? EG_SCOPE_PUBLIC : EG_SCOPE_PRIVATE;
		sum += 1 + i;
	}
	table.count = FLOWS;
	assert_int_equal(store_add_rollup(s, 60, &table), 0);
	store_close(s);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM rollup"), 1002);
	assert_int_equal(ask_file(p.path, "SELECT sum(tx) FROM rollup"), sum);
	assert_int_equal(ask_file(p.path, "SELECT sum(tx) FROM rollup JOIN series ON"
					  " series = id WHERE dst_group = 'other'"),
			 2000 * 2001 / 2);
	assert_int_equal(ask_file(p.path, "SELECT min(tx) FROM rollup JOIN series ON"
					  " series = id WHERE dst_group <> 'other'"),
			 2001);
	free(flows);
	remove_place(&p);
}

static void test_trim_by_age(void **state)
{
	struct flow flow = make_flow(&dumper, &away, 10, 0);
	struct flowtab table = { &flow, 1 };
	struct place p;
	struct store *s;

	(void)state;
	make_place(&p);
	s = open_store(&p, false);
	assert_int_equal(store_add_rollup(s, 60, &table), 0);
	for (int day = 1; day <= 20; day++) {
		char id[16];

		flow.total.payload_bytes += 100;
		assert_int_equal(store_add_rollup(s, (int64_t)day * DAY_S, &table), 0);
		snprintf(id, sizeof(id), "%d", day);
		add_alert(s, id, id, (int64_t)day * DAY_S, "{}");
		assert_int_equal(store_add_audit(s, (int64_t)day * DAY_S, 0, "x", "y"), 0);
	}
	for (int i = 0; i < 15; i++) /* one bite each */
		assert_int_equal(store_trim(s, (int64_t)20 * DAY_S), 0);
	store_close(s);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM rollup"), 8);
	assert_int_equal(ask_file(p.path, "SELECT min(minute) FROM rollup"), 13 * DAY_S);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM alert_event"), 8);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM audit"), 8);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM series"), 1);
	remove_place(&p);
}

/* Writes far more than the bound: the file stays below it, the newest stays. */
static void test_bounded_in_size(void **state)
{
	enum { FLOWS = 900, MINUTES = 120 };
	struct flow *flows = calloc(FLOWS, sizeof(*flows));
	struct flowtab table = { flows, 0 };
	struct store_stats stats;
	struct place p;
	struct stat st;
	struct store *s;
	int64_t minute = 0;

	(void)state;
	make_place(&p);
	p.options.max_bytes = 1u << 20;
	p.options.max_days = 1000;
	s = open_store(&p, false);
	assert_int_equal(store_add_rollup(s, 60, &table), 0);
	for (uint32_t i = 0; i < FLOWS; i++) {
		flows[i] = make_flow(NULL, NULL, i, 0);
		snprintf(flows[i].dst, sizeof(flows[i].dst), "198.51.100.1 %u", i);
	}
	table.count = FLOWS;
	for (int m = 1; m <= MINUTES; m++) {
		minute = m * 60;
		for (uint32_t i = 0; i < FLOWS; i++)
			flows[i].total.payload_bytes += i + 1;
		assert_int_equal(store_add_rollup(s, minute, &table), 0);
		if (m % 2) /* the bound must hold without it, too */
			assert_int_equal(store_trim(s, minute), 0);
		assert_false(store_paused(s));
	}
	store_get_stats(s, &stats);
	assert_true(stats.bytes <= stats.max_bytes);
	assert_true(stats.size_trims > 0);
	assert_int_equal(stats.lost_writes, 0);
	store_close(s);
	assert_int_equal(stat(p.path, &st), 0);
	assert_true(st.st_size <= (1 << 20));
	assert_int_equal(ask_file(p.path, "SELECT max(minute) FROM rollup"), minute);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM rollup WHERE minute = 7200"),
			 FLOWS);
	free(flows);
	remove_place(&p);
}

static void write_file(const char *path, const void *data, size_t len, off_t at, bool cut)
{
	int fd = open(path, O_WRONLY | O_CREAT | (cut ? O_TRUNC : 0) | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void test_bad_files(void **state)
{
	static char junk[8192];
	struct place p;
	struct store *s;
	struct stat st;
	sqlite3 *other = NULL;

	(void)state;
	make_place(&p);
	memset(junk, 'j', sizeof(junk));
	write_file(p.path, junk, sizeof(junk), 0, true); /* no database */
	s = open_store(&p, true);
	add_alert(s, "aa", "e1", NOW, "{}");
	expect_alerts(s, 0, 10, "{}\n");
	store_close(s);
	write_file(p.path, junk, 4096, 4096, false); /* a page is gone */
	s = open_store(&p, true);
	expect_alerts(s, 0, 10, "");
	store_close(s);
	assert_int_equal(truncate(p.path, 5000), 0); /* cut off */
	s = open_store(&p, true);
	store_close(s);
	assert_int_equal(unlink(p.path), 0); /* somebody else's database */
	assert_int_equal(sqlite3_open(p.path, &other), SQLITE_OK);
	assert_int_equal(db_exec(other, "CREATE TABLE mine(x); INSERT INTO mine VALUES(1)"), 0);
	sqlite3_close(other);
	s = open_store(&p, true);
	store_close(s);
	write_file(p.path, "", 0, 0, true); /* empty is as good as none */
	assert_int_equal(chmod(p.path, 0644), 0);
	s = open_store(&p, false);
	store_close(s);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	remove_place(&p);
}

/* Damage that shows only while running: aside, anew, noted. */
static void test_damage_while_open(void **state)
{
	struct alert_event e = { .ts = NOW, .alert_id = "bb", .event_id = "e999999" };
	struct store_stats stats;
	static char junk[4096];
	struct place p;
	struct store *s;
	struct stat st;
	char id[16];
	int r = 0;

	(void)state;
	make_place(&p);
	s = open_store(&p, false);
	for (int i = 0; i < 3000; i++) { /* more than its cache will hold */
		char json[1600];

		memset(json, 'x', sizeof(json) - 1);
		json[sizeof(json) - 1] = '\0';
		snprintf(id, sizeof(id), "e%d", i);
		add_alert(s, "aa", id, NOW, json);
	}
	store_close(s);
	s = open_store(&p, false);
	memset(junk, 'j', sizeof(junk));
	assert_int_equal(stat(p.path, &st), 0);
	for (off_t at = 4096; at < st.st_size; at += 4096)
		write_file(p.path, junk, sizeof(junk), at, false);
	for (int i = 0; i < 10 && r == 0; i++) {
		snprintf(e.event_id, sizeof(e.event_id), "e%d", i * 300 + 1000000);
		r = store_add_alert(s, &e, "{}");
	}
	assert_int_equal(r, -EUCLEAN);
	assert_int_equal(store_add_alert(s, &e, "{\"after\":1}"), 0);
	expect_alerts(s, 0, 10, "{\"after\":1}\n");
	store_get_stats(s, &stats);
	assert_int_equal(stats.set_aside, 1);
	store_close(s);
	assert_int_equal(ask_file(p.path,
				  "SELECT count(*) FROM audit WHERE"
				  " action = 'history.damaged' AND detail LIKE '%corrupt-2%'"),
			 1);
	remove_place(&p);
}

static void load(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	buf_clear(out);
	assert_int_equal(buf_reserve(out, (size_t)st.st_size), 0);
	out->len = (size_t)read(fd, out->data, (size_t)st.st_size);
	close(fd);
}

static void test_newer_version(void **state)
{
	struct buf before _cleanup_buf_ = BUF_INIT, after _cleanup_buf_ = BUF_INIT;
	struct store *s = NULL;
	sqlite3 *db = NULL;
	char *aside = NULL;
	struct place p;

	(void)state;
	make_place(&p);
	store_close(open_store(&p, false));
	assert_int_equal(sqlite3_open(p.path, &db), SQLITE_OK);
	assert_int_equal(db_exec(db, "PRAGMA user_version=99; CREATE TABLE future(x)"), 0);
	sqlite3_close(db);
	load(p.path, &before);
	assert_int_equal(store_open(&p.options, &aside, &s), -EPROTO);
	assert_null(aside);
	load(p.path, &after);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, before.len);
	remove_place(&p);
}

static void test_migrations(void **state)
{
	static const char *const steps[] = {
		"CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES(1, 2)",
		"INSERT INTO a VALUES(3, 4); INSERT INTO nowhere VALUES(1)"
	};
	struct sqlite3 *db = NULL;
	struct place p;

	(void)state;
	make_place(&p);
	assert_int_equal(db_open(p.path, 1u << 20, steps, 1, &db), 0);
	db_close(db);
	assert_int_equal(db_open(p.path, 1u << 20, steps, 2, &db), 0);
	db_close(db);
	assert_int_equal(ask_file(p.path, "SELECT sum(y) FROM a"), 2);
	assert_int_equal(ask_file(p.path, "PRAGMA user_version"), 2);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM migration"), 2);
	db = NULL;
	assert_int_equal(db_open(p.path, 1u << 20, steps, 3, &db), -EINVAL);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM a"), 1); /* as it was */
	assert_int_equal(ask_file(p.path, "PRAGMA user_version"), 2);
	assert_int_equal(db_open(p.path, 1u << 20, steps, 1, &db), -EPROTO);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_rollups),
		cmocka_unit_test(test_many_series),
		cmocka_unit_test(test_trim_by_age),
		cmocka_unit_test(test_bounded_in_size),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_damage_while_open),
		cmocka_unit_test(test_newer_version),
		cmocka_unit_test(test_migrations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
