/* SPDX-License-Identifier: Apache-2.0
 *
 * The history: what goes in comes out, and its bounds hold. The flow table is this
 * test's own.
 */
#include "unit/store_fixture.h"

#define DAY_S 86400

int flowtab_each(const struct flowtab *t, flow_fn fn, void *ctx)
{
	for (size_t i = 0; i < t->count; i++) {
		int r = fn(ctx, &t->flows[i]);

		if (r)
			return r;
	}
	return 0;
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
	assert_int_equal(store_add_audit(s, NOW + 1, 0, "expect", "a \"b\""), 0);
	buf_clear(&out);
	assert_int_equal(store_audit_json(s, NOW, 10, &out), 0);
	assert_non_null(strstr(out.data, "\"user.id\":1000,\"event.action\":\"ack\",\"message\":"
					 "\"aa11\"}\n{"));
	assert_non_null(strstr(out.data, "\"message\":\"a \\\"b\\\"\"}\n"));
	buf_clear(&out);
	assert_int_equal(store_audit_json(s, 0, 1, &out), 0); /* the last one */
	assert_null(strstr(out.data, "aa11"));
	buf_clear(&out);
	assert_int_equal(store_audit_json(s, NOW + 2, 10, &out), 0);
	assert_int_equal(out.len, 0);
	assert_false(store_paused(s));
	store_close(s);
	s = open_store(&p, false);
	expect_alerts(s, NOW + 2, 10, "{\"n\":3}\n");
	store_close(s);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	remove_place(&p);
}

static void expect_history(struct store *s, int64_t since, int64_t until, const char *expected)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	const struct store_query query = { .since = since, .until = until };

	assert_int_equal(store_history_json(s, &query, &out), 0);
	assert_string_equal(out.data ? out.data : "", expected);
}

#define ROW(ts, tx, wire)                                                             \
	"{\"ts\":" ts ",\"exe\":\"pg_dump\",\"comm\":\"pg_dump\",\"container\":\"\"," \
	"\"user\":\"mallory\",\"dst\":\"203.0.113.7\",\"group\":\"203.0.113.0/24\","  \
	"\"port\":443,\"proto\":\"tcp\",\"init\":\"connected\",\"scope\":\"public\"," \
	"\"column\":\"egress\",\"tx\":" tx ",\"wire\":" wire ","                      \
	"\"workload\":\"ffffffffffffff01\"}\n"

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

static void expect_query(struct store *s, const struct store_query *query, const char *expected)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	assert_int_equal(store_history_json(s, query, &out), 0);
	assert_string_equal(out.data ? out.data : "", expected);
}

/* Longer steps, one workload, one destination, sums without hand-offs on the host. */
static void test_history_questions(void **state)
{
	static const struct actor other = {
		.id = 7, .exe = "curl", .comm = "curl", .container = "", .user = "u"
	};
	struct flow flows[3] = { make_flow(&dumper, &away, 10, 0), make_flow(&other, NULL, 11, 0),
				 make_flow(&other, NULL, 12, 0) };
	struct flowtab table = { flows, 3 };
	struct place p;
	struct store *s;

	(void)state;
	make_place(&p);
	flows[1].scope = EG_SCOPE_PRIVATE;
	flows[2].scope = EG_SCOPE_LOOPBACK;
	s = open_store(&p, false);
	assert_int_equal(store_add_rollup(s, 3600, &table), 0);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++)
			flows[k].total.payload_bytes += (uint64_t)(k + 1) * 10;
		assert_int_equal(store_add_rollup(s, 3600 + i * 1800, &table), 0);
	}
	expect_query(s, &(struct store_query){ .until = 9000, .step_s = 3600, .actor = dumper.id },
		     ROW("3600", "20", "0") ROW("7200", "10", "0"));
	expect_query(s, &(struct store_query){ .until = 9000, .step_s = 86400, .actor = dumper.id },
		     ROW("0", "30", "0"));
	expect_query(s, &(struct store_query){ .until = 9000, .step_s = 7200, .sum = true },
		     "{\"ts\":0,\"tx\":60,\"wire\":0}\n{\"ts\":7200,\"tx\":30,\"wire\":0}\n");
	expect_query(s, &(struct store_query){ .until = 5401, .group = away.group, .sum = true },
		     "{\"ts\":3600,\"tx\":10,\"wire\":0}\n{\"ts\":5400,\"tx\":10,\"wire\":0}\n");
	expect_query(s,
		     &(struct store_query){
			     .until = 9000, .step_s = 86400, .cls = CLASS_PUBLIC, .sum = true },
		     "{\"ts\":0,\"tx\":30,\"wire\":0}\n");
	expect_query(s,
		     &(struct store_query){
			     .until = 9000, .step_s = 86400, .cls = CLASS_INTERNAL, .sum = true },
		     "{\"ts\":0,\"tx\":60,\"wire\":0}\n");
	expect_query(s, &(struct store_query){ .until = 9000, .group = "nowhere", .sum = true },
		     "");
	store_close(s);
	remove_place(&p);
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
	assert_int_equal(ask_file(p.path, "SELECT min(hour) FROM rollup_hour"), 13 * DAY_S);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM alert_event"), 8);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM audit"), 8);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM series"), 1);
	remove_place(&p);
}

/* Writes far more than the bound, with or without trimming between: the file stays
 * below it, the newest stays, nothing is refused. */
static void write_beyond_bound(bool trim)
{
	enum { FLOWS = 900, MINUTES = 120 };
	struct flow *flows = calloc(FLOWS, sizeof(*flows));
	struct flowtab table = { flows, 0 };
	struct store_stats stats;
	struct place p;
	struct stat st;
	struct store *s;

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
		for (uint32_t i = 0; i < FLOWS; i++)
			flows[i].total.payload_bytes += i + 1;
		assert_int_equal(store_add_rollup(s, m * 60, &table), 0);
		assert_false(store_paused(s));
		if (trim)
			assert_int_equal(store_trim(s, m * 60), 0);
		store_get_stats(s, &stats);
		assert_true(stats.bytes * 100 <= stats.max_bytes * (trim ? 95 : 100));
	}
	assert_true(stats.size_trims > 0);
	assert_int_equal(stats.lost_writes, 0);
	store_close(s);
	assert_int_equal(stat(p.path, &st), 0);
	assert_true(st.st_size <= (1 << 20));
	assert_int_equal(ask_file(p.path, "SELECT max(minute) FROM rollup"), MINUTES * 60);
	assert_int_equal(ask_file(p.path, "SELECT count(*) FROM rollup WHERE minute = 7200"),
			 FLOWS);
	free(flows);
	remove_place(&p);
}

static void test_bounded_in_size(void **state)
{
	(void)state;
	write_beyond_bound(true);
	write_beyond_bound(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_rollups),
		cmocka_unit_test(test_history_questions),
		cmocka_unit_test(test_many_series),
		cmocka_unit_test(test_trim_by_age),
		cmocka_unit_test(test_bounded_in_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
