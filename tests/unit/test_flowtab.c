/* SPDX-License-Identifier: Apache-2.0
 *
 * Deltas, rates, series and sums of the live table, from samples made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <json-c/json.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "model/flow_json.h"
#include "model/flowtab.h"
#include "model/summary.h"

#include "flowtab_fixture.h"

#define S 1000000000ull
#define WALL (1700000000ull * S)
#define ROWS 16

struct fixture {
	struct empty_host host;
	struct flowtab *table;
	struct sample sample;
	struct sample_row rows[ROWS];
	struct tick tick;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->table = empty_host_open(&f->host);
	f->sample = (struct sample){
		.boot_ns = 1000 * S, .wall_ns = WALL, .rows = f->rows, .invariant_ok = true
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	empty_host_close(&f->host, f->table);
	free(f);
	return 0;
}

/* Row i: pid 100 + i to dst; a fresh one if the table of the fixture has none yet. */
static struct sample_row *row(struct fixture *f, size_t i, const char *dst, uint16_t port)
{
	struct sample_row *r = &f->rows[i];

	if (i >= f->sample.row_count)
		f->sample.row_count = i + 1;
	memset(r, 0, sizeof(*r));
	r->key.tgid = (uint32_t)(100 + i);
	r->key.start_ns = 5 * S;
	r->key.uid = 33;
	r->key.family = AF_INET;
	r->key.proto = 6;
	r->key.port = port;
	r->key.init = EG_INIT_CONNECTED;
	assert_int_equal(parse_addr(dst, r->key.daddr), 0);
	return r;
}

static void sends(struct fixture *f, size_t i, uint64_t bytes)
{
	f->rows[i].val.payload_bytes += bytes;
	f->rows[i].val.packets++;
	f->rows[i].val.last_ns = f->sample.boot_ns + S / 2;
}

/* One second passes; kernel totals follow the rows. */
static void step(struct fixture *f)
{
	struct sample *s = &f->sample;

	s->boot_ns += S;
	s->wall_ns += S;
	memset(s->total_before, 0, sizeof(s->total_before));
	for (size_t i = 0; i < s->row_count; i++)
		s->total_before[f->rows[i].key.column].payload_bytes +=
			f->rows[i].val.payload_bytes;
	for (size_t c = 0; c < EG_COLUMNS; c++)
		s->total_before[c].payload_bytes +=
			s->drained[c].payload_bytes + s->unattributed[c].payload_bytes;
	memcpy(s->total_after, s->total_before, sizeof(s->total_after));
	assert_int_equal(flowtab_update(f->table, s, &f->tick), 0);
}

static uint64_t tick_sum(const struct fixture *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->tick.row_count; i++)
		sum += f->tick.rows[i].tx_unknown ? 0 : f->tick.rows[i].tx_bytes;
	return sum;
}

static int add_total(void *ctx, const struct flow *flow)
{
	((uint64_t *)ctx)[flow->key.column] += flow->total.payload_bytes;
	return 0;
}

/* sum(rows) + other + unattributed == kernel total, for every column. */
static void check_sums(const struct fixture *f)
{
	struct flowtab_totals t;
	uint64_t sum[EG_COLUMNS] = { 0 };

	flowtab_get_totals(f->table, &t);
	assert_int_equal(flowtab_each(f->table, add_total, sum), 0);
	for (size_t c = 0; c < EG_COLUMNS; c++)
		assert_int_equal(sum[c] + t.other[c].payload_bytes +
					 t.unattributed[c].payload_bytes,
				 t.total[c].payload_bytes);
	assert_true(t.invariant_ok);
}

static int take_flow(void *ctx, const struct flow *flow)
{
	*(const struct flow **)ctx = flow;
	return 0;
}

static const struct flow *only_flow(const struct fixture *f)
{
	const struct flow *flow = NULL;

	assert_int_equal(flowtab_count(f->table), 1);
	assert_int_equal(flowtab_each(f->table, take_flow, &flow), 0);
	return flow;
}

static void first_sample_is_a_baseline(void **state)
{
	struct fixture *f = *state;

	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 5000);
	step(f);
	assert_int_equal(tick_sum(f), 0);
	assert_true(f->tick.gap);
	assert_int_equal(f->tick.row_count, 1);
	assert_true(f->tick.rows[0].tx_unknown);
	assert_int_equal(f->tick.rows[0].tx_bytes, 5000);
	assert_null(f->tick.rows[0].actor);
	assert_int_equal(only_flow(f)->total.payload_bytes, 5000);
	assert_int_equal(only_flow(f)->rate_bps[0], 0);
	sends(f, 0, 700);
	step(f);
	assert_false(f->tick.gap);
	assert_int_equal(f->tick.row_count, 1);
	assert_int_equal(f->tick.rows[0].tx_bytes, 700);
	assert_int_equal(only_flow(f)->rate_bps[0], 700);
	check_sums(f);
}

static void a_new_row_counts_from_its_birth(void **state)
{
	struct fixture *f = *state;
	const struct flow *flow;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 900);
	step(f);
	assert_int_equal(tick_sum(f), 900);
	flow = only_flow(f);
	assert_string_equal(flow->dst, "203.0.113.7");
	assert_string_equal(flow->dest->group, "203.0.113.0/24");
	assert_int_equal(flow->scope, EG_SCOPE_PUBLIC);
	assert_string_equal(flow->actor->user, "33");
	assert_int_equal(f->tick.rows[0].port, 443);
	assert_ptr_equal(f->tick.rows[0].largest, flow);
	assert_int_equal(f->tick.rows[0].init, EG_INIT_CONNECTED);
	assert_int_equal(f->tick.rows[0].scope, EG_SCOPE_PUBLIC);
	assert_int_equal(flow->last_wall_ns, f->sample.wall_ns - S / 2);
}

static void rows_of_one_series_are_one(void **state)
{
	struct fixture *f = *state;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	row(f, 1, "203.0.113.8", 443);
	row(f, 2, "203.0.113.8", 80);
	row(f, 3, "198.51.100.1", 443);
	for (size_t i = 0; i < 4; i++)
		sends(f, i, 100);
	step(f);
	assert_int_equal(f->tick.row_count, 3);
	assert_int_equal(tick_sum(f), 400);
	sends(f, 1, 50);
	step(f);
	assert_int_equal(f->tick.row_count, 1);
	assert_int_equal(tick_sum(f), 50);
	step(f);
	assert_int_equal(f->tick.row_count, 0);
}

static void edges_never_feed_a_series(void **state)
{
	struct fixture *f = *state;
	struct flowtab_totals t;

	step(f);
	row(f, 0, "127.0.0.1", 5432);
	row(f, 1, "203.0.113.7", 5432)->key.flags = EG_FLOW_LOOPBACK;
	row(f, 2, "0.0.0.0", 0)->key.family = AF_UNIX;
	f->rows[2].key.column = EG_COLUMN_HANDOFF;
	/* The cross-check of an IP socket in the other column is not billed again. */
	row(f, 3, "203.0.113.7", 443)->key.column = EG_COLUMN_HANDOFF;
	for (size_t i = 0; i < 4; i++)
		sends(f, i, 1000);
	step(f);
	assert_int_equal(f->tick.row_count, 0);
	assert_int_equal(flowtab_count(f->table), 4);
	flowtab_get_totals(f->table, &t);
	assert_int_equal(t.egress_bytes, 0);
	check_sums(f);
	/* Raw frames are billed by hand-off alone, and they leave the host. */
	row(f, 4, "0.0.0.0", 0)->key.family = AF_PACKET;
	f->rows[4].key.column = EG_COLUMN_HANDOFF;
	sends(f, 4, 60);
	step(f);
	assert_int_equal(tick_sum(f), 60);
	check_sums(f);
}

static void unattributed_bytes_reach_the_host(void **state)
{
	struct fixture *f = *state;
	struct flowtab_totals t;

	step(f);
	f->sample.unattributed[EG_COLUMN_EGRESS].payload_bytes = 4096;
	row(f, 0, "203.0.113.7", 443)->key.tgid = 0;
	f->rows[0].key.start_ns = 0;
	sends(f, 0, 10);
	step(f);
	assert_int_equal(f->tick.row_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_null(f->tick.rows[i].actor);
		assert_int_equal(f->tick.rows[i].scope, EG_SCOPE_PUBLIC);
	}
	assert_int_equal(tick_sum(f), 4106);
	flowtab_get_totals(f->table, &t);
	assert_int_equal(t.egress_rate_bps, 4106);
	check_sums(f);
}

static void drained_rows_end_and_return(void **state)
{
	struct fixture *f = *state;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 1000);
	step(f);
	/* The kernel drops the row. */
	f->sample.drained[0] = f->rows[0].val;
	f->sample.row_count = 0;
	step(f);
	assert_true(only_flow(f)->ended);
	assert_int_equal(only_flow(f)->total.payload_bytes, 1000);
	assert_int_equal(f->tick.row_count, 0);
	check_sums(f);
	/* It comes back with less, then grows. */
	f->rows[0].val.payload_bytes = 0;
	f->sample.row_count = 1;
	sends(f, 0, 30);
	step(f);
	assert_false(only_flow(f)->ended);
	assert_int_equal(only_flow(f)->total.payload_bytes, 1030);
	assert_int_equal(tick_sum(f), 30);
	check_sums(f);
	/* Drained and made again between two samples, with less. */
	f->sample.drained[0].payload_bytes += 30;
	f->rows[0].val.payload_bytes = 0;
	sends(f, 0, 20);
	step(f);
	assert_int_equal(only_flow(f)->total.payload_bytes, 1050);
	assert_int_equal(tick_sum(f), 20);
	check_sums(f);
	/* The same with more: the row cannot show it, HOST gets the bytes all the same. */
	f->sample.drained[0].payload_bytes += 20;
	f->rows[0].val.payload_bytes = 0;
	sends(f, 0, 500);
	step(f);
	assert_int_equal(tick_sum(f), 500);
	check_sums(f);
}

static void expired_rows_move_to_other(void **state)
{
	struct fixture *f = *state;
	struct flowtab_totals t;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 1000);
	step(f);
	f->sample.drained[0] = f->rows[0].val;
	f->sample.row_count = 0;
	step(f);
	flowtab_expire(f->table, f->sample.wall_ns + 9 * S, 10);
	assert_int_equal(flowtab_count(f->table), 1);
	flowtab_expire(f->table, f->sample.wall_ns + 11 * S, 10);
	assert_int_equal(flowtab_count(f->table), 0);
	flowtab_get_totals(f->table, &t);
	assert_int_equal(t.other[0].payload_bytes, 1000);
	check_sums(f);
	step(f);
	check_sums(f);
	assert_int_equal(tick_sum(f), 0);
}

static void rates_settle_and_fade(void **state)
{
	struct fixture *f = *state;
	const struct flow *flow;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	for (int i = 0; i < 130; i++) {
		sends(f, 0, 1000);
		step(f);
	}
	flow = only_flow(f);
	assert_int_equal(flow->rate_bps[0], 1000);
	assert_in_range(flow->rate_bps[1], 900, 1100);
	assert_in_range(flow->rate_bps[2], 950, 1050);
	step(f);
	assert_int_equal(flow->rate_bps[0], 0);
	assert_int_equal(flow->delta.payload_bytes, 0);
	assert_true(flow->rate_bps[1] > 0);
	for (int i = 0; i < 130; i++)
		step(f);
	assert_int_equal(flow->rate_bps[1] + flow->rate_bps[2], 0);
}

static void rows_may_change_places(void **state)
{
	struct fixture *f = *state;
	struct sample_row swap;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	row(f, 1, "198.51.100.7", 443);
	sends(f, 0, 10);
	sends(f, 1, 20);
	step(f);
	swap = f->rows[0];
	f->rows[0] = f->rows[1];
	f->rows[1] = swap;
	step(f);
	assert_int_equal(f->tick.row_count, 0);
	assert_int_equal(flowtab_count(f->table), 2);
	check_sums(f);
}

static void a_broken_invariant_is_told(void **state)
{
	struct fixture *f = *state;
	struct flowtab_totals t;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 10);
	f->sample.boot_ns += S;
	memset(f->sample.total_after, 0, sizeof(f->sample.total_after));
	f->sample.inexact = f->sample.reads_inexact = true;
	assert_int_equal(flowtab_update(f->table, &f->sample, &f->tick), 0);
	flowtab_get_totals(f->table, &t);
	assert_false(t.invariant_ok);
	assert_int_equal(t.ticks_invariant_broken, 1);
	assert_int_equal(t.ticks_inexact, 1);
	assert_true(t.reads_inexact);
	assert_true(f->tick.gap);
}

/* Sum of egress.payload_bytes over the lines but the last; the last one's total. */
static void read_lines(const struct buf *lines, uint64_t *ret_sum, uint64_t *ret_total,
		       size_t *ret_count)
{
	*ret_sum = *ret_total = *ret_count = 0;
	for (const char *at = lines->data; at && *at; at = strchr(at, '\n') + 1) {
		struct json_object *o = json_tokener_parse(at), *v, *t;

		assert_non_null(o);
		if (json_object_object_get_ex(o, "total", &t)) {
			assert_true(json_object_object_get_ex(t, "payload_bytes", &v));
			*ret_total = json_object_get_uint64(v);
		} else {
			assert_true(json_object_object_get_ex(o, "egress.payload_bytes", &v));
			*ret_sum += json_object_get_uint64(v);
			(*ret_count)++;
		}
		json_object_put(o);
	}
}

static void what_is_printed_adds_up(void **state)
{
	static const struct {
		struct flow_query query;
		size_t lines; /* with `other` */
	} cases[] = {
		{ { .by = FLOW_BY_FLOW }, 4 },
		{ { .by = FLOW_BY_FLOW, .limit = 1 }, 2 },
		{ { .by = FLOW_BY_FLOW, .limit = 1, .fold = true }, 3 },
		{ { .by = FLOW_BY_FLOW, .limit = 2, .fold = true, .all = true }, 4 },
		{ { .by = FLOW_BY_FLOW, .fold = true }, 4 },
		{ { .by = FLOW_BY_PROCESS, .all = true }, 5 },
		{ { .by = FLOW_BY_DESTINATION, .sort = FLOW_SORT_TOTAL }, 3 },
		{ { .by = FLOW_BY_WORKLOAD }, 2 },
		{ { .by = FLOW_BY_USER, .scope = EG_SCOPE_LOOPBACK }, 2 },
	};
	struct fixture *f = *state;
	uint64_t sum, total;
	size_t count;

	row(f, 0, "203.0.113.7", 443);
	row(f, 1, "203.0.113.8", 443);
	row(f, 2, "198.51.100.9", 443);
	row(f, 3, "127.0.0.1", 443)->key.flags = EG_FLOW_LOOPBACK;
	for (size_t i = 0; i < 4; i++)
		sends(f, i, 100ull << i);
	step(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf out _cleanup_buf_ = BUF_INIT;

		assert_int_equal(flow_json_list(f->table, &cases[i].query, &out), 0);
		read_lines(&out, &sum, &total, &count);
		assert_int_equal(total, 1500);
		assert_int_equal(sum, 1500);
		assert_int_equal(count, cases[i].lines);
	}
}

static void tell_normal(const void *ctx, const struct actor *actor, struct flow_normal *ret)
{
	*ret = *(const struct flow_normal *)ctx;
	assert_non_null(actor);
}

static void a_row_says_what_is_normal(void **state)
{
	static const struct flow_normal used = { .rate_bps = 700,
						 .ratio_milli = 1250,
						 .rate_known = true,
						 .ratio_known = true },
					unknown = { 0 };
	struct fixture *f = *state;
	struct flow_query query = { .normal = tell_normal, .normal_ctx = &used };
	struct buf out _cleanup_buf_ = BUF_INIT;

	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 5);
	step(f);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_non_null(strstr(out.data, "\"egress.workload\":\""));
	assert_non_null(strstr(out.data, "\"egress.baseline_rate\":700,\"egress.ratio\":1.25"));
	buf_clear(&out);
	query.normal_ctx = &unknown;
	query.by = FLOW_BY_WORKLOAD;
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_non_null(strstr(out.data, "\"egress.baseline_rate\":null,\"egress.ratio\":null"));
	buf_clear(&out);
	query.by = FLOW_BY_USER; /* several workloads: no number stands for them */
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_null(strstr(out.data, "egress.ratio"));
}

static int64_t tell_since(const void *ctx, const struct dest *dest)
{
	assert_string_equal(dest->group, "203.0.113.0/24");
	return *(const int64_t *)ctx;
}

static void a_row_says_since_when_its_destination_is_known(void **state)
{
	int64_t since = 1777593600; /* 2026-05-01 */
	struct fixture *f = *state;
	struct flow_query query = { .since = tell_since, .since_ctx = &since };
	struct buf out _cleanup_buf_ = BUF_INIT;

	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 5);
	step(f);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_non_null(strstr(out.data, "\"destination.first_seen\":\"2026-05-01\""));
	buf_clear(&out);
	since = 0;
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_null(strstr(out.data, "first_seen"));
}

static void a_row_names_its_largest_flow(void **state)
{
	struct fixture *f = *state;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	row(f, 1, "203.0.113.200", 443);
	row(f, 2, "203.0.113.9", 443);
	sends(f, 0, 900);
	sends(f, 1, 9000);
	sends(f, 2, 10);
	step(f);
	assert_int_equal(f->tick.row_count, 1);
	assert_int_equal(f->tick.rows[0].tx_bytes, 9910);
	assert_string_equal(f->tick.rows[0].largest->dst, "203.0.113.200");
}

/* The collector says that the kernel made the row anew: all of it is new, even if it is
 * more than before. */
static void a_row_made_anew_is_not_subtracted(void **state)
{
	struct fixture *f = *state;

	step(f);
	row(f, 0, "203.0.113.7", 443);
	sends(f, 0, 100);
	step(f);
	f->sample.drained[EG_COLUMN_EGRESS].payload_bytes = 100;
	f->rows[0].instance++;
	f->rows[0].val.payload_bytes = 250;
	f->rows[0].val.last_ns = f->sample.boot_ns + S / 2;
	step(f);
	assert_int_equal(tick_sum(f), 250);
	assert_int_equal(only_flow(f)->total.payload_bytes, 350);
}

/* What goes into a tun device is sent on by a program, whose own flow is billed. */
static void a_tun_row_is_an_edge(void **state)
{
	struct fixture *f = *state;

	step(f);
	row(f, 0, "203.0.113.7", 443)->key.flags = EG_FLOW_TUN;
	sends(f, 0, 5000);
	step(f);
	assert_int_equal(f->tick.row_count, 0);
	assert_int_equal(only_flow(f)->total.payload_bytes, 5000);
}

static void words_of_a_query_are_checked(void **state)
{
	enum flow_by by;
	enum flow_sort sort;

	(void)state;
	assert_int_equal(flow_by_parse("workload", &by), 0);
	assert_int_equal(by, FLOW_BY_WORKLOAD);
	assert_true(flow_by_parse("moon", &by) < 0);
	assert_int_equal(flow_sort_parse("total", &sort), 0);
	assert_true(flow_sort_parse("", &sort) < 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* The lines of a summary: what they say of bytes, and what `other` and `all` are. */
static size_t summary(struct fixture *f, size_t top, uint64_t bytes[ROWS], uint64_t *ret_all)
{
	const struct summary s = { .host = "db", .ts = 1700000000, .interval_s = 5, .top = top };
	struct buf out _cleanup_buf_ = BUF_INIT;
	size_t n = 0;

	assert_int_equal(summary_flows(f->table, &s, &out), 0);
	for (char *line = out.data, *next; line && *line; line = next) {
		struct json_object *o, *v;

		next = strchr(line, '\n');
		*next++ = '\0';
		o = json_tokener_parse(line);
		assert_non_null(o);
		assert_true(json_object_object_get_ex(o, "egress.interval_bytes", &v));
		assert_true(n < ROWS);
		bytes[n++] = json_object_get_uint64(v);
		assert_int_equal(json_object_object_get_ex(o, "flow.other", &v), *next == '\0');
		if (json_object_object_get_ex(o, "egress.all_bytes", &v))
			*ret_all = json_object_get_uint64(v);
		json_object_put(o);
	}
	return n;
}

/* However few are listed, a summary adds up, and the next one begins where it ended. */
static void summaries_add_up(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes[ROWS], all = 0;

	row(f, 0, "203.0.113.1", 443);
	sends(f, 0, 9999); /* of the past: in no summary */
	step(f);
	assert_int_equal(summary(f, 2, bytes, &all), 1);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(all, 0);
	for (size_t i = 1; i < 4; i++)
		row(f, i, "203.0.113.1", 443);
	row(f, 4, "127.0.0.1", 443); /* never left */
	for (size_t i = 0; i < 5; i++)
		sends(f, i, 100 * (i + 1));
	step(f);
	f->sample.unattributed[EG_COLUMN_EGRESS].payload_bytes = 7;
	sends(f, 3, 50);
	step(f);
	assert_int_equal(summary(f, 2, bytes, &all), 3);
	assert_int_equal(bytes[0], 450);
	assert_int_equal(bytes[1], 300);
	assert_int_equal(bytes[2], 100 + 200 + 7);
	assert_int_equal(all, 450 + 300 + 100 + 200 + 7);
	step(f);
	assert_int_equal(summary(f, 2, bytes, &all), 1);
	assert_int_equal(all, 0);
}

/* A flow that ended and was forgotten is not lost: it is among the others. */
static void a_summary_has_what_was_forgotten(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes[ROWS], all = 0;

	step(f);
	row(f, 0, "203.0.113.1", 443);
	sends(f, 0, 5000);
	step(f);
	f->sample.drained[EG_COLUMN_EGRESS] = f->rows[0].val;
	f->sample.row_count = 0;
	step(f);
	flowtab_expire(f->table, f->sample.wall_ns + 10 * S, 1);
	assert_int_equal(flowtab_count(f->table), 0);
	assert_int_equal(summary(f, 2, bytes, &all), 1);
	assert_int_equal(bytes[0], 5000);
	assert_int_equal(all, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_sample_is_a_baseline),
		T(a_new_row_counts_from_its_birth),
		T(rows_of_one_series_are_one),
		T(edges_never_feed_a_series),
		T(unattributed_bytes_reach_the_host),
		T(drained_rows_end_and_return),
		T(expired_rows_move_to_other),
		T(rates_settle_and_fade),
		T(rows_may_change_places),
		T(a_broken_invariant_is_told),
		T(what_is_printed_adds_up),
		T(a_row_says_what_is_normal),
		T(a_row_says_since_when_its_destination_is_known),
		T(a_row_names_its_largest_flow),
		T(a_row_made_anew_is_not_subtracted),
		T(a_tun_row_is_an_edge),
		T(words_of_a_query_are_checked),
		T(summaries_add_up),
		T(a_summary_has_what_was_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
