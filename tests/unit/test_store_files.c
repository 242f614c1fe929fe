/* SPDX-License-Identifier: Apache-2.0
 *
 * Bad history files: damaged ones are put aside, a newer one is left alone, an older one
 * brought up to date.
 */
#include "store/schema.h"
#include "unit/store_fixture.h"

int flowtab_each(const struct flowtab *t, flow_fn fn, void *ctx)
{
	for (size_t i = 0; i < t->count; i++) {
		int r = fn(ctx, &t->flows[i]);

		if (r)
			return r;
	}
	return 0;
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

static void on_note(void *ctx, int64_t ts, const char *action, const char *detail)
{
	assert_true(ts > 0 && detail[0]);
	snprintf(ctx, 32, "%s", action);
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
	char id[16], told[32] = "";
	int r = 0;

	(void)state;
	make_place(&p);
	p.options.noted = on_note;
	p.options.noted_ctx = told;
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
	assert_string_equal(told, "history.damaged");
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

/* A history of the first release gets its hours from its minutes. */
static void test_hours_of_old_files(void **state)
{
	struct sqlite3 *db = NULL;
	struct place p;

	(void)state;
	make_place(&p);
	assert_int_equal(db_open(p.path, 1u << 20, schema_migrations, 1, &db), 0);
	assert_int_equal(db_exec(db, "INSERT INTO rollup VALUES(3600, 1, 5, 6), (3660, 1, 7, 8),"
				     " (7200, 1, 9, 9), (7200, 2, 1, 1)"),
			 0);
	db_close(db);
	store_close(open_store(&p, false));
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM rollup_hour"), 3);
	assert_int_equal(ask_file(p.path, "SELECT tx FROM rollup_hour WHERE hour = 3600"), 12);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_files),          cmocka_unit_test(test_damage_while_open),
		cmocka_unit_test(test_newer_version),      cmocka_unit_test(test_migrations),
		cmocka_unit_test(test_hours_of_old_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
