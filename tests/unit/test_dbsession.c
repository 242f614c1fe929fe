/* SPDX-License-Identifier: Apache-2.0
 *
 * Database sessions as servers list them: lines there and back, literals out of
 * queries, Redis' client lines; and that a list speaks only for its own server.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "enrich/dbsession.h"
#include "enrich/enrich.h"
#include "enrich/internal.h"
#include "enrich/proc.h"
#include "enrich/redisclients.h"
#include "enrich/sqltext.h"

static void test_literals_go(void **state)
{
	static const struct {
		const char *sql, *postgres, *mysql;
	} rows[] = {
		{ "SELECT 1", "SELECT ?", "SELECT ?" },
		{ "select a1 from t2 where x = -3.5e10", "select a1 from t2 where x = -?",
		  "select a1 from t2 where x = -?" },
		{ "SELECT 'it''s' , \"Name\"", "SELECT ? , \"Name\"", "SELECT ? , ?" },
		{ "ALTER ROLE x PASSWORD 'secret'", "ALTER ROLE x PASSWORD ?",
		  "ALTER ROLE x PASSWORD ?" },
		{ "SELECT 'a\\' , 'secret'", "SELECT ?", "SELECT ?" },
		{ "SELECT E'a\\'secret' , 'b'", "SELECT E?", "SELECT E?" },
		{ "SELECT 'cut off secr", "SELECT ?", "SELECT ?" },
		{ "SELECT $1, $q$sec'ret$q$ FROM t", "SELECT $1, ? FROM t", "SELECT $1, $q$sec?" },
		{ "SELECT a$b$c, 'x'", "SELECT a$b$c, ?", "SELECT a$b$c, ?" },
		{ "  SELECT\n\t/* plain */ a -- b\n, 2;", "SELECT a , ?", "SELECT a , ?" },
		{ "SELECT a -- it's\n, 'x', 'secret'", "SELECT a ?", "SELECT a ?" },
		{ "SELECT /*! 'secret' */ 1", "SELECT ?", "SELECT ?" },
		{ "SELECT x'ff', 0xdeadbeef, n'y'", "SELECT x?, ?, n?", "SELECT x?, ?, n?" },
		{ "", "", "" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		sql_strip(rows[i].sql, strlen(rows[i].sql), false, out, sizeof(out));
		assert_string_equal(out, rows[i].postgres);
		sql_strip(rows[i].sql, strlen(rows[i].sql), true, out, sizeof(out));
		if (strstr(rows[i].sql, "$q$")) /* no quoting there: nothing may be sure */
			assert_null(strstr(out, "ret"));
		else
			assert_string_equal(out, rows[i].mysql);
	}
	sql_strip("SELECT abcdefghij", 17, false, out, 10);
	assert_string_equal(out, "SELECT ab");
}

static int feed(struct db_list *l, const char *text, char reason[256])
{
	int r = 0;

	while (*text && r >= 0) {
		size_t len = strcspn(text, "\n");

		r = db_list_line(l, text, len, 1, reason);
		text += len + (text[len] == '\n');
	}
	return r;
}

static void test_lines_there_and_back(void **state)
{
	struct db_session s = { .thread = 42, .fd = 9, .age_s = 7, .port = 5555, .busy = true };
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct db_list l = { .open = false };
	char reason[256];

	(void)state;
	db_text(s.client, sizeof(s.client), "10.0.0.7", 8);
	db_text(s.user, sizeof(s.user), "tab\there\nand \xff", 14);
	db_text(s.query, sizeof(s.query), "SELECT ?", 8);
	db_write_begin(&out, DB_MARIADB, 4242);
	db_write_session(&out, &s);
	s.thread = 7;
	db_write_session(&out, &s);
	db_write_end(&out);
	assert_int_equal(feed(&l, out.data, reason), 1);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.system, DB_MARIADB);
	assert_int_equal(l.server_pid, 4242);
	assert_int_equal(l.rows[0].thread, 7);
	assert_int_equal(l.rows[1].thread, 42);
	assert_int_equal(l.rows[1].port, 5555);
	assert_int_equal(l.rows[1].fd, 9);
	assert_true(l.rows[1].busy);
	assert_string_equal(l.rows[1].user, "tab here and \xef\xbf\xbd");
	assert_string_equal(l.rows[1].query, "SELECT ?");
	/* Half a list changes nothing. */
	assert_int_equal(feed(&l, "S\tredis\t1\nR\t1\t1\t1\t1\t1\ta\tb\tc\td\te\tf\n", reason), 0);
	assert_int_equal(l.count, 2);
	assert_int_equal(feed(&l, "F\tserver is off\n", reason), 2);
	assert_string_equal(reason, "server is off");
	db_list_clear(&l);
}

static void test_nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"X",
		"E",
		"E\tx",
		"R\t1\t1\t1\t1\t1\ta\tb\tc\td\te\tf",
		"S\toracle\t1",
		"S\tredis",
		"S\tredis\t-1",
		"S\tredis\t99999999999",
		"F",
		"SS\tredis\t1",
		"F\ta\tb",
	};
	static const char *const bad_rows[] = {
		"R\t1\t1\t1\t1\t1\ta\tb\tc\td\te",
		"R\t1\t1\t70000\t1\t1\ta\tb\tc\td\te\tf",
		"R\t1\t1\t1\t1\t2\ta\tb\tc\td\te\tf",
		"R\t1\t1\t1\t1\t1\ta\tb\tc\td\te\tf\tg\th\ti\tj",
		"R\tx\t1\t1\t1\t1\ta\tb\tc\td\te\tf",
	};
	static const char row[] = "R\t1\t1\t1\t1\t1\ta\tb\tc\td\te\tf";
	struct db_list l = { .open = false };
	char reason[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(db_list_line(&l, bad[i], strlen(bad[i]), 1, reason), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		assert_int_equal(db_list_line(&l, "S\tredis\t1", 9, 1, reason), 0);
		assert_int_equal(db_list_line(&l, bad_rows[i], strlen(bad_rows[i]), 1, reason),
				 -EBADMSG);
	}
	/* A server with more sessions than are kept. */
	assert_int_equal(db_list_line(&l, "S\tredis\t1", 9, 1, reason), 0);
	for (unsigned int i = 0; i < DB_SESSIONS_MAX + 10; i++)
		assert_int_equal(db_list_line(&l, row, strlen(row), 1, reason), 0);
	assert_int_equal(db_list_line(&l, "E", 1, 1, reason), 1);
	assert_int_equal(l.count, DB_SESSIONS_MAX);
	db_list_clear(&l);
}

static void test_redis_lines(void **state)
{
	static const char line[] =
		"id=3 addr=10.0.0.7:52555 laddr=10.0.0.1:6379 fd=8 name=job age=855 idle=4 flags=N "
		"db=2 qbuf=0 omem=4096 events=r cmd=get user=app redir=-1 resp=2";
	static const char idle[] = "id=4 addr=[2001:db8::7]:52555 idle=4 omem=0 cmd=ping user=";
	struct db_session s;

	(void)state;
	assert_int_equal(redis_client_parse(line, strlen(line), &s), 0);
	assert_string_equal(s.client, "10.0.0.7");
	assert_int_equal(s.port, 52555);
	assert_string_equal(s.user, "app");
	assert_string_equal(s.database, "2");
	assert_string_equal(s.application, "job");
	assert_string_equal(s.command, "get");
	assert_true(s.busy);
	assert_int_equal(redis_client_parse(idle, strlen(idle), &s), 0);
	assert_string_equal(s.client, "2001:db8::7");
	assert_false(s.busy);
	assert_int_equal(redis_client_parse("addr=/run/r.sock:0 user=x", 25, &s), 0);
	assert_string_equal(s.client, "local");
	assert_int_equal(redis_client_parse("ERR no", 6, &s), -EINVAL);
	assert_int_equal(redis_client_parse("", 0, &s), -EINVAL);
	assert_int_equal(redis_info_pid("a:1\r\nprocess_id:4242\r\nb:2", 25), 4242);
	assert_int_equal(redis_info_pid("process_id:", 11), 0);
}

static void test_pid_in_its_namespace(void **state)
{
	static const char text[] = "Name:\tx\nNSpid:\t4242\t17\nNSpgid:\t1\n";

	(void)state;
	assert_int_equal(proc_parse_ns_pid(text, strlen(text)), 17);
	assert_int_equal(proc_parse_ns_pid("Name:\tx\n", 8), 0);
	assert_int_equal(proc_parse_ns_pid("a\nNSpid:\t12", 11), 12);
	assert_int_equal(proc_parse_ns_pid("a\nNSpid:", 8), 0);
}

/* A list of Redis sessions of process `server`, all from 203.0.113.7. */
static void tell(struct enrich *e, unsigned int server_pid, const char *user, int busy)
{
	char text[256], reason[256];
	int n;

	n = snprintf(text, sizeof(text), "S\tredis\t%u", server_pid);
	assert_int_equal(enrich_db_line(e, 0, text, (size_t)n, reason), 0);
	n = snprintf(text, sizeof(text), "R\t0\t8\t1\t0\t%d\t203.0.113.7\t%s\t0\tapp\tget\t", busy,
		     user);
	assert_int_equal(enrich_db_line(e, 0, text, (size_t)n, reason), 0);
	n = snprintf(text, sizeof(text), "R\t0\t9\t2\t0\t%d\t203.0.113.7\tother\t0\tapp\tget\t",
		     !busy);
	assert_int_equal(enrich_db_line(e, 0, text, (size_t)n, reason), 0);
	assert_int_equal(enrich_db_line(e, 0, "E", 1, reason), 1);
}

static void test_a_list_speaks_for_its_server(void **state)
{
	const struct enrich_options options = { .passwd_path = "/nonexistent" };
	struct ident server = { .tgid = 4242, .exe = "/usr/bin/redis-server", .is_database = true };
	struct eg_flow_key key = { .init = 1 };
	struct db_names names;
	struct enrich *e;

	(void)state;
	assert_int_equal(enrich_new(&options, &e), 0);
	assert_false(enrich_session(e, &key, &server, "203.0.113.7", &names));
	tell(e, 4242, "mallory", 1);
	assert_true(enrich_session(e, &key, &server, "203.0.113.7", &names));
	assert_string_equal(names.session, "mallory@0");
	assert_string_equal(names.system, "redis");
	tell(e, 4242, "mallory", 0);
	assert_true(enrich_session(e, &key, &server, "203.0.113.7", &names));
	assert_string_equal(names.session, "other@0");
	/* Another peer, another process, another kind of server, a connection of its own. */
	assert_false(enrich_session(e, &key, &server, "203.0.113.8", &names));
	server.tgid = 4243;
	assert_false(enrich_session(e, &key, &server, "203.0.113.7", &names));
	server.tgid = 4242;
	server.exe = "/usr/sbin/mariadbd";
	assert_false(enrich_session(e, &key, &server, "203.0.113.7", &names));
	server.exe = "/usr/bin/redis-server";
	key.init = 2;
	assert_false(enrich_session(e, &key, &server, "203.0.113.7", &names));
	key.init = 1;
	server.is_database = false;
	assert_false(enrich_session(e, &key, &server, "203.0.113.7", &names));
	server.is_database = true;
	enrich_db_forget(e, 0);
	assert_false(enrich_session(e, &key, &server, "203.0.113.7", &names));
	enrich_free(e);
}

/* Two local clients: a descriptor tells which, but only if a list was asked for after the
 * socket behind it was seen: numbers are used again. */
static void test_a_descriptor_names_a_local_session(void **state)
{
	static const char *const list[] = { "S\tredis\t4242",
					    "R\t0\t9\t0\t0\t0\tlocal\tmallory\t0\tapp\tget\t",
					    "R\t0\t10\t0\t0\t1\tlocal\tclerk\t0\tapp\tget\t", "E" };
	static const struct {
		const char *session;
		enum db_by by;
	} told[] = { { "clerk@0", DB_BY_BUSIEST },
		     { "clerk@0", DB_BY_BUSIEST },
		     { "mallory@0", DB_BY_SOCKET } };
	const struct enrich_options options = { .passwd_path = "/nonexistent" };
	struct ident server = { .tgid = 4242, .exe = "/usr/bin/redis-server", .is_database = true };
	struct feed_local feed = { .fd = 9 };
	struct db_names names;
	struct enrich *e;
	char reason[256];

	(void)state;
	assert_int_equal(enrich_new(&options, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(list); j++)
			assert_true(enrich_db_line(e, 0, list[j], strlen(list[j]), reason) >= 0);
		if (i == 0)
			feed.fd_since_ns = boot_now_ns();
		assert_true(db_match_local(e, &server, &feed, &names));
		assert_string_equal(names.session, told[i].session);
		assert_int_equal(names.by, told[i].by);
	}
	feed.fd = 11;
	assert_true(db_match_local(e, &server, &feed, &names));
	assert_int_equal(names.by, DB_BY_BUSIEST);
	enrich_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals_go),
		cmocka_unit_test(test_lines_there_and_back),
		cmocka_unit_test(test_nonsense_is_refused),
		cmocka_unit_test(test_redis_lines),
		cmocka_unit_test(test_pid_in_its_namespace),
		cmocka_unit_test(test_a_list_speaks_for_its_server),
		cmocka_unit_test(test_a_descriptor_names_a_local_session),
	};

	return cmocka_run_group_tests_name("dbsession", tests, NULL, NULL);
}
