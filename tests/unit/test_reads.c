/* SPDX-License-Identifier: Apache-2.0
 *
 * What processes read of database files: totals by process, deltas by actor, and what
 * `flows` says of it; from samples made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <json-c/json.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "collect/plan.h"
#include "model/flow_json.h"
#include "model/flowtab.h"
#include "model/summary.h"

#include "flowtab_fixture.h"

#define S 1000000000ull

struct fixture {
	struct empty_host host;
	struct flowtab *table;
	struct sample sample;
	struct sample_row rows[4];
	struct sample_reader readers[4];
	struct tick tick;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->table = empty_host_open(&f->host);
	f->sample = (struct sample){ .boot_ns = 1000 * S,
				     .wall_ns = 1700000000ull * S,
				     .rows = f->rows,
				     .readers = f->readers,
				     .reads_known = true,
				     .invariant_ok = true };
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

/* Kernel row i: process `pid` as user `uid`. */
static void reader(struct fixture *f, size_t i, uint32_t pid, uint32_t uid)
{
	f->readers[i] = (struct sample_reader){
		.key = { .start_ns = 5 * S, .tgid = pid, .uid = uid },
	};
	f->sample.reader_count = MAX(f->sample.reader_count, i + 1);
}

static void reads(struct fixture *f, size_t i, uint64_t bytes)
{
	f->readers[i].val.read_bytes += bytes;
	f->readers[i].val.calls++;
	f->sample.read_total_after.read_bytes += bytes;
	f->sample.read_total_after.calls++;
}

static struct sample_row *flow(struct fixture *f, size_t i, uint32_t pid, uint8_t last)
{
	struct sample_row *r = &f->rows[i];

	*r = (struct sample_row){ .key = { .start_ns = 5 * S,
					   .tgid = pid,
					   .uid = 33,
					   .netns = i, /* so that they do not lie side by side */
					   .family = AF_INET,
					   .proto = 6,
					   .port = 443,
					   .init = EG_INIT_CONNECTED,
					   .daddr = { [10] = 0xff, 0xff, 203, 0, 113, last } },
				  .val = { .payload_bytes = 10,
					   .packets = 1,
					   .calls = 1,
					   .last_ns = f->sample.boot_ns } };
	f->sample.row_count = MAX(f->sample.row_count, i + 1);
	return r;
}

static void step(struct fixture *f)
{
	struct sample *s = &f->sample;
	uint64_t sum = 0;

	s->boot_ns += S;
	s->wall_ns += S;
	for (size_t i = 0; i < s->row_count; i++)
		sum += f->rows[i].val.payload_bytes;
	s->total_before[0].payload_bytes = s->total_after[0].payload_bytes = sum;
	assert_int_equal(flowtab_update(f->table, s, &f->tick), 0);
}

static uint64_t total_of(const struct fixture *f, uint32_t pid)
{
	struct eg_flow_key key = { .start_ns = 5 * S, .tgid = pid };

	return flowtab_read_bytes(f->table, &key);
}

static void the_past_is_listed_but_not_this_tick(void **state)
{
	struct fixture *f = *state;

	reader(f, 0, 100, 33);
	reads(f, 0, 5000);
	step(f);
	assert_int_equal(total_of(f, 100), 5000);
	assert_int_equal(f->tick.row_count, 0);
	reads(f, 0, 70);
	step(f);
	assert_int_equal(total_of(f, 100), 5070);
	assert_int_equal(f->tick.row_count, 1);
	assert_int_equal(f->tick.rows[0].rd_bytes, 70);
	step(f);
	assert_int_equal(f->tick.row_count, 0);
}

/* A reader need not send: then its row has no destination and feeds no host series. */
static void a_reader_alone_is_a_row_without_destination(void **state)
{
	struct fixture *f = *state;
	const struct tick_row *row;

	step(f);
	reader(f, 0, 100, 33);
	reads(f, 0, 900);
	step(f);
	row = f->tick.rows;
	assert_int_equal(f->tick.row_count, 1);
	assert_non_null(row->actor);
	assert_string_equal(row->actor->user, "33");
	assert_null(row->dest);
	assert_int_equal(row->scope, EG_SCOPE_UNKNOWN);
	assert_int_equal(row->tx_bytes, 0);
	assert_false(row->tx_unknown);
	assert_int_equal(row->rd_bytes, 900);
}

static void processes_of_one_actor_are_one_row(void **state)
{
	struct fixture *f = *state;

	step(f);
	reader(f, 0, 100, 33);
	reader(f, 1, 101, 33);
	reader(f, 2, 102, 34);
	for (size_t i = 0; i < 3; i++)
		reads(f, i, 100 << i);
	step(f);
	assert_int_equal(f->tick.row_count, 2);
	assert_int_equal(f->tick.rows[0].rd_bytes + f->tick.rows[1].rd_bytes, 700);
	assert_int_equal(total_of(f, 101), 200);
}

/* Another user or cgroup is another kernel row of the same process. */
static void rows_of_one_process_are_summed(void **state)
{
	struct fixture *f = *state;

	step(f);
	reader(f, 0, 100, 33);
	reader(f, 1, 100, 0);
	reads(f, 0, 100);
	reads(f, 1, 11);
	step(f);
	assert_int_equal(total_of(f, 100), 111);
	reads(f, 1, 5);
	step(f);
	assert_int_equal(total_of(f, 100), 116);
	assert_int_equal(f->tick.rows[0].rd_bytes, 5);
}

/* The process ended: its rows leave one by one, its total stays until it is forgotten. */
static void drained_rows_are_not_read_again(void **state)
{
	struct fixture *f = *state;

	step(f);
	reader(f, 0, 100, 33);
	reader(f, 1, 100, 0);
	reads(f, 0, 100);
	reads(f, 1, 40);
	step(f);
	f->sample.reader_count = 1;
	step(f);
	assert_int_equal(total_of(f, 100), 140);
	assert_int_equal(f->tick.row_count, 0);
	f->sample.reader_count = 0;
	step(f);
	assert_int_equal(total_of(f, 100), 140);
	flowtab_expire(f->table, f->sample.wall_ns + S, 60);
	assert_int_equal(total_of(f, 100), 140);
	flowtab_expire(f->table, f->sample.wall_ns + 61 * S, 60);
	assert_int_equal(total_of(f, 100), 0);
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* On each flow the process's total; in a group every process once. */
static void a_group_counts_each_process_once(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct flow_query query = { .all = true };
	struct fixture *f = *state;

	flow(f, 0, 100, 7);
	flow(f, 1, 101, 8);
	flow(f, 2, 100, 9);
	reader(f, 0, 100, 33);
	reader(f, 1, 101, 33);
	reads(f, 0, 1000);
	reads(f, 1, 30);
	step(f);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_int_equal(count_of(out.data, "\"file.read_bytes\":1000,"), 2);
	assert_int_equal(count_of(out.data, "\"file.read_bytes\":30,"), 1);
	assert_int_equal(count_of(out.data, "\"file_read_bytes\":1030,"), 1);
	query.by = FLOW_BY_USER;
	buf_clear(&out);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_int_equal(count_of(out.data, "\"file.read_bytes\":1030,"), 1);
	query.by = FLOW_BY_PROCESS;
	buf_clear(&out);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_int_equal(count_of(out.data, "\"file.read_bytes\":1000,"), 1);
	query.by = FLOW_BY_DESTINATION; /* nothing was read to a destination */
	buf_clear(&out);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_int_equal(count_of(out.data, "\"file.read_bytes\":null"), 1);
}

static void unknown_is_null(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct flow_query query = { .all = true };
	struct fixture *f = *state;

	f->sample.reads_known = false;
	flow(f, 0, 100, 7);
	step(f);
	assert_int_equal(flow_json_list(f->table, &query, &out), 0);
	assert_int_equal(count_of(out.data, "\"file.read_bytes\":null"), 1);
	assert_int_equal(count_of(out.data, "file_read_bytes"), 0);
}

static void plan_of(const struct facts *facts, enum plan_rung rung, const char *gap)
{
	struct plan p;

	plan_make(facts, NULL, &p);
	assert_int_equal(p.rung[PLAN_FILE], rung);
	if (gap)
		assert_non_null(strstr(p.detail[PLAN_FILE], gap));
	else
		assert_string_equal(p.detail[PLAN_FILE], "");
}

static void the_rung_and_what_it_misses(void **state)
{
	struct facts f = { .file_tp_btf = FACT_YES,
			   .file_uring = FACT_YES,
			   .file_mapped = FACT_YES };

	(void)state;
	plan_of(&f, RUNG_TP_BTF, NULL);
	f.preemptible = FACT_YES;
	plan_of(&f, RUNG_TP_BTF, "tracefs");
	f.file_tracepoint = FACT_YES;
	plan_of(&f, RUNG_TRACEPOINT, NULL);
	f.file_mapped = FACT_NO;
	plan_of(&f, RUNG_TRACEPOINT, "mapping");
	f.file_uring = FACT_NO;
	plan_of(&f, RUNG_TRACEPOINT, "io_uring or through a mapping");
	f.file_tp_btf = f.file_tracepoint = FACT_NO;
	plan_of(&f, RUNG_MISSING, "not known");
}

static uint64_t number(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return json_object_get_uint64(v);
}

/* Those that read most, and the others: an interval's records add up. */
static void summaries_of_reads_add_up(void **state)
{
	struct fixture *f = *state;
	const struct summary s = { .host = "db", .ts = 1700000000, .interval_s = 5, .top = 2 };
	static const uint64_t want[] = { 900, 30, 20 };
	struct buf out _cleanup_buf_ = BUF_INIT;
	size_t n = 0;

	reader(f, 0, 100, 33);
	reads(f, 0, 5000); /* of the past */
	step(f);
	reader(f, 1, 101, 33);
	reader(f, 2, 102, 33);
	reads(f, 0, 20);
	reads(f, 1, 900);
	reads(f, 2, 30);
	step(f);
	assert_int_equal(summary_reads(f->table, &s, &out), 0);
	for (char *line = out.data, *next; line && *line; line = next) {
		struct json_object *o;

		next = strchr(line, '\n');
		*next++ = '\0';
		o = json_tokener_parse(line);
		assert_non_null(o);
		assert_true(n < ARRAY_SIZE(want));
		assert_int_equal(number(o, "file.interval_bytes"), want[n]);
		if (*next == '\0')
			assert_int_equal(number(o, "file.all_bytes"), 950);
		else
			assert_int_equal(number(o, "process.pid"), n == 0 ? 101 : 102);
		json_object_put(o);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(want));
	buf_clear(&out);
	assert_int_equal(summary_reads(f->table, &s, &out), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(summary_reads_total(f->table, &s, &out), 0);
	assert_non_null(strstr(out.data, "\"file.read_bytes\":5020,"));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_past_is_listed_but_not_this_tick),
		T(a_reader_alone_is_a_row_without_destination),
		T(processes_of_one_actor_are_one_row),
		T(rows_of_one_process_are_summed),
		T(drained_rows_are_not_read_again),
		T(a_group_counts_each_process_once),
		T(unknown_is_null),
		T(summaries_of_reads_add_up),
		cmocka_unit_test(the_rung_and_what_it_misses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
