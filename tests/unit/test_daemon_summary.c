/* SPDX-License-Identifier: Apache-2.0
 *
 * Summaries and audit records on their way to the spool: who asks for them, how many a
 * tick, and that the half of the spool that is kept for alerts is left alone.
 */
#include "spool_fixture.h"

#include <json-c/json.h>

#include "base/units.h"
#include "daemon/summary.c" /* the daemon's rooms are not in the library */
#include "daemon/told.c"
#include "model/flowtab.h"

#define S 1000000000ull
enum { FLOWS = 20, TOP = 15 };

struct fixture {
	struct place place;
	struct manager m;
	struct names *names;
	struct sample sample;
	struct sample_row rows[FLOWS];
	struct tick tick;
	uint64_t read_to; /* in the spool */
	unsigned int drains;
};

void exporter_poke(struct exporter *e)
{
	(void)e;
}

static void configure_every(struct fixture *f, const char *every, const char *sink)
{
	struct buf error _cleanup_buf_ = BUF_INIT, text _cleanup_buf_ = BUF_INIT;

	config_free(f->m.config);
	buf_addf(&text,
		 "daemon:\n  state_dir: %s\nexport:\n  flows: %s\n  flows_top: %d\nsinks:\n"
		 "  - name: siem\n    path: /x\n%s",
		 f->place.dir, every, TOP, sink);
	assert_int_equal(config_parse("f", text.data, text.len, &f->m.config, &error), 0);
	f->m.params = config_params(f->m.config);
}

static void configure(struct fixture *f, const char *sink)
{
	configure_every(f, "10s", sink);
}

static int setup(void **state)
{
	static const struct enrich_options options = { .proc_root = "/nonexistent",
						       .cgroup_root = "/nonexistent",
						       .passwd_path = "/nonexistent" };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->place = make_place();
	f->m.spool = open_spool(&f->place);
	f->m.exporter = (struct exporter *)f; /* there is one; it is only poked */
	f->m.clock.now = 1700000000;
	(void)snprintf(f->m.host, sizeof(f->m.host), "db");
	assert_int_equal(enrich_new(&options, &f->m.enrich), 0);
	assert_int_equal(names_new(&f->names), 0);
	assert_int_equal(flowtab_new(f->m.enrich, f->names, &f->m.flows), 0);
	f->sample = (struct sample){ .boot_ns = 1000 * S,
				     .wall_ns = 1700000000 * S,
				     .rows = f->rows,
				     .invariant_ok = true };
	assert_int_equal(flowtab_update(f->m.flows, &f->sample, &f->tick), 0);
	configure(f, "    flows: true\n");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char state_file[96];

	slots_close(f->m.told);
	buf_free(&f->m.summary);
	flowtab_free(f->m.flows);
	names_free(f->names);
	enrich_free(f->m.enrich);
	config_free(f->m.config);
	spool_close(f->m.spool);
	(void)snprintf(state_file, sizeof(state_file), "%s/summary.state", f->place.dir);
	(void)unlink(state_file);
	remove_place(&f->place);
	free(f);
	return 0;
}

static struct eg_flow_key flow_key(unsigned int who)
{
	struct eg_flow_key key = { .tgid = 100 + who,
				   .start_ns = 5 * S,
				   .family = 2,
				   .proto = 6,
				   .port = 443,
				   .init = EG_INIT_CONNECTED };

	assert_int_equal(parse_addr("203.0.113.1", key.daddr), 0);
	return key;
}

/* Each flow sends so much, whether a daemon runs or not. */
static void sent(struct fixture *f, uint64_t bytes)
{
	f->sample.boot_ns += S;
	f->sample.wall_ns += S;
	f->sample.row_count = FLOWS;
	for (size_t i = 0; i < FLOWS; i++) {
		f->rows[i].key = flow_key((unsigned int)i);
		f->rows[i].val.payload_bytes += bytes;
		f->rows[i].val.last_ns = f->sample.boot_ns;
	}
}

/* They send, then a second's tick. */
static void tick(struct fixture *f, uint64_t bytes)
{
	sent(f, bytes);
	assert_int_equal(flowtab_update(f->m.flows, &f->sample, &f->tick), 0);
	f->m.clock.now++;
	summary_tick(&f->m);
}

/* What the spool has had since the last call: records, and what they say was sent. */
static size_t take(struct fixture *f, uint64_t *ret_bytes)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	uint64_t sequence;
	size_t n = 0;

	*ret_bytes = 0;
	while (spool_read(f->m.spool, f->read_to + 1, &record, &sequence) == 0) {
		struct json_object *o = json_tokener_parse(record.data), *v;

		assert_non_null(o);
		if (json_object_object_get_ex(o, "egress.interval_bytes", &v))
			*ret_bytes += json_object_get_uint64(v);
		json_object_put(o);
		f->read_to = sequence;
		n++;
	}
	return n;
}

static void a_summary_comes_in_parts(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes;

	for (int i = 0; i < 10; i++)
		tick(f, 100);
	assert_int_equal(take(f, &bytes), 0);
	tick(f, 100); /* it is due */
	assert_int_equal(take(f, &bytes), RECORDS_A_TICK);
	tick(f, 1);
	assert_int_equal(take(f, &bytes), RECORDS_A_TICK);
	tick(f, 1);
	assert_int_equal(take(f, &bytes), 0);
	for (int i = 0; i < 7; i++)
		tick(f, 0);
	summary_stop(&f->m); /* what was not due yet is not forgotten */
	assert_int_equal(take(f, &bytes), TOP + 1);
	assert_int_equal(bytes, 2 * FLOWS);
}

static void nobody_asked(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes;

	configure(f, "    audit: false\n");
	for (int i = 0; i < 30; i++)
		tick(f, 100);
	audit_send(&f->m, f->m.clock.now, 0, "silence", "x");
	assert_int_equal(take(f, &bytes), 0);
	configure(f, "");
	audit_send(&f->m, f->m.clock.now, 0, "silence", "x");
	assert_int_equal(take(f, &bytes), 1);
}

/* A sink that takes nothing: summaries stop at half of the spool, and nothing of what
 * was sent meanwhile is missing from the one that comes when it is back. */
static void alerts_keep_their_half(void **state)
{
	struct fixture *f = *state;
	static const char alert[] = "{\"ts\":1,\"event\":\"open\",\"event.id\":\"a\"}";
	uint64_t sent = 0, told = 0, bytes, first;
	struct spool_stats stats;

	assert_int_equal(spool_append(f->m.spool, alert, sizeof(alert) - 1, &first), 0);
	f->read_to = first;
	for (int i = 0; i < 2000 && !f->m.summary_waits; i++) {
		tick(f, 10);
		sent += 10 * FLOWS;
		take(f, &bytes);
		told += bytes;
	}
	assert_true(f->m.summary_waits);
	spool_get_stats(f->m.spool, &stats);
	assert_int_equal(stats.dropped, 0);
	assert_int_equal(stats.oldest_sequence, first);
	assert_true(stats.bytes < stats.max_bytes * 3 / 4);
	for (int i = 0; i < 50; i++) {
		tick(f, 10);
		sent += 10 * FLOWS;
	}
	assert_int_equal(take(f, &bytes), 0);
	assert_int_equal(spool_ack(f->m.spool, "siem", f->read_to), 0);
	for (int i = 0; i < 20; i++) {
		tick(f, 0);
		take(f, &bytes);
		told += bytes;
	}
	assert_int_equal(told, sent);
	assert_false(f->m.summary_waits);
}

/* As manager_tick() does it: idle rows leave the kernel's table, their bytes stay in its
 * sum of drained ones. */
static void drain_idle(struct fixture *f, uint64_t idle_s)
{
	uint64_t idle_ns = told_idle_ns(&f->m, idle_s * S);
	size_t kept = 0;

	for (size_t i = 0; i < f->sample.row_count; i++) {
		const struct sample_row *r = &f->rows[i];

		if (f->sample.boot_ns - r->val.last_ns < idle_ns) {
			f->rows[kept++] = *r;
			continue;
		}
		f->sample.drained[EG_COLUMN_EGRESS].payload_bytes += r->val.payload_bytes;
		f->drains++;
	}
	f->sample.row_count = kept;
}

/* One of them sends, the others rest; one that has left the table comes back as a row
 * that counts from 0. */
static void one_sends(struct fixture *f, unsigned int who, uint64_t bytes)
{
	struct sample_row *r = f->rows;

	f->sample.boot_ns += S;
	f->sample.wall_ns += S;
	while (r < f->rows + f->sample.row_count && r->key.tgid != 100 + who)
		r++;
	if (r == f->rows + f->sample.row_count) {
		f->sample.row_count++;
		*r = (struct sample_row){ .key = flow_key(who), .instance = f->sample.boot_ns };
	}
	r->val.payload_bytes += bytes;
	r->val.last_ns = f->sample.boot_ns;
}

static void one_tick(struct fixture *f)
{
	assert_int_equal(flowtab_update(f->m.flows, &f->sample, &f->tick), 0);
	f->m.clock.now++;
	f->m.clock.boot_ns = f->sample.boot_ns;
	summary_tick(&f->m);
}

/* What the daemon held is gone; what is on disk and in the kernel is not. */
static void kill_and_start(struct fixture *f, bool same_counters)
{
	slots_close(f->m.told);
	f->m.told = NULL;
	buf_free(&f->m.summary);
	f->m.summary = (struct buf)BUF_INIT;
	f->m.summary_ts = f->m.told_ts = 0;
	f->m.told_boot_ns = 0;
	f->m.summary_ends = false;
	spool_close(f->m.spool);
	f->m.spool = open_spool(&f->place);
	flowtab_free(f->m.flows);
	assert_int_equal(flowtab_new(f->m.enrich, f->names, &f->m.flows), 0);
	f->m.counters_made_ns += !same_counters;
	assert_int_equal(flowtab_update(f->m.flows, &f->sample, &f->tick), 0);
}

/* As take(), of records whose event.id was not seen yet; the others are counted. */
struct told_once {
	char ids[4000][40];
	size_t count, repeats, gaps;
	uint64_t bytes;
	int64_t gap_first_ts, gap_last_ts;
};

static void take_gap(struct told_once *once, struct json_object *o)
{
	struct json_object *first, *last;

	assert_true(json_object_object_get_ex(o, "gap.first_ts", &first));
	assert_true(json_object_object_get_ex(o, "ts", &last));
	once->gap_first_ts = json_object_get_int64(first);
	once->gap_last_ts = json_object_get_int64(last);
	once->gaps++;
}

static void take_once(struct fixture *f, struct told_once *once)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	uint64_t sequence;

	while (spool_read(f->m.spool, f->read_to + 1, &record, &sequence) == 0) {
		struct json_object *o = json_tokener_parse(record.data), *id, *v;
		size_t i = 0;

		assert_true(json_object_object_get_ex(o, "event.id", &id));
		if (!json_object_object_get_ex(o, "egress.interval_bytes", &v)) {
			take_gap(once, o);
			v = NULL;
		}
		while (i < once->count && strcmp(once->ids[i], json_object_get_string(id)) != 0)
			i++;
		assert_true(i < ARRAY_SIZE(once->ids));
		once->repeats += i < once->count;
		if (i == once->count) {
			(void)snprintf(once->ids[once->count++], sizeof(once->ids[0]), "%s",
				       json_object_get_string(id));
			once->bytes += json_object_get_uint64(v);
		}
		json_object_put(o);
		f->read_to = sequence;
	}
	assert_int_equal(spool_ack(f->m.spool, "siem", f->read_to), 0);
}

/* Killed after each of so many ticks in turn, in the middle of summaries too, and flows
 * send on while nobody runs: the deltas add up to what was sent, each record once. */
static void a_kill_forgets_no_byte(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));
	uint64_t all = 0;
	unsigned int kills = 0;

	assert_non_null(once);
	for (unsigned int n = 0; n < 150; n++) {
		tick(f, 10 + n);
		all += (10ull + n) * FLOWS;
		if (n % 7 == 3 || (n > 100 && n % 2)) {
			sent(f, 1000);
			all += 1000ull * FLOWS;
			kill_and_start(f, true);
			kills++;
		}
		take_once(f, once);
	}
	make_summary(&f->m); /* made, and not a line of it sent */
	kill_and_start(f, true);
	for (int n = 0; n < 30; n++) {
		tick(f, 0);
		take_once(f, once);
	}
	assert_true(kills > 40);
	assert_int_equal(once->bytes, all);
	assert_int_equal(once->repeats, 0);
	free(once);
}

/* Rows leave the kernel's table between two summaries, and the daemon is killed after
 * each of so many ticks: what a row that is gone had counted is in a delta all the same. */
static void a_row_that_is_gone_owes_what_it_had_not_told(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));
	uint64_t all = 0;

	assert_non_null(once);
	configure_every(f, "150s", "    flows: true\n");
	one_tick(f); /* told begins with it */
	for (unsigned int n = 0; n < 1000; n++) {
		one_sends(f, n * 7 % FLOWS, 10 + n);
		all += 10 + n;
		one_tick(f);
		f->m.pressed = n / 300 % 2;
		drain_idle(f, 9);
		take_once(f, once);
		if (n % 23 < 21)
			continue;
		kill_and_start(f, true);
		if (n % 3)
			one_tick(f);
	}
	assert_true(f->drains > 150);
	for (int n = 0; n < 151; n++) {
		f->sample.boot_ns += S;
		one_tick(f);
		take_once(f, once);
	}
	assert_int_equal(once->bytes, all);
	assert_int_equal(once->repeats, 0);
	assert_int_equal(once->gaps, 0);
	free(once);
}

/* The machine crashes after each of so many ticks: its counters are gone. What was kept by
 * then is told, and the rest is said to be missing, once, with its times. */
static void a_crash_of_the_machine_is_a_gap(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));
	uint64_t told = 0;

	assert_non_null(once);
	configure_every(f, "150s", "    flows: true\n");
	for (unsigned int crash = 1; crash <= 62; crash++) {
		uint64_t sum = 0, kept = 0;

		f->sample.row_count = 0;
		one_tick(f);
		for (unsigned int n = 0; n < crash; n++) {
			one_sends(f, n % FLOWS, 100 + n);
			sum += 100 + n;
			one_tick(f);
			if (f->m.told_ts == f->m.clock.now)
				kept = sum;
			take_once(f, once);
		}
		told += kept;
		const int64_t kept_ts = f->m.told_ts, crashed_ts = f->m.clock.now;

		f->sample.row_count = 0;
		memset(f->sample.drained, 0, sizeof(f->sample.drained));
		kill_and_start(f, false);
		one_tick(f); /* killed once more before a summary is due */
		kill_and_start(f, true);
		f->m.clock.now += 150;
		one_tick(f); /* due: it has what was kept, and is whole after some ticks */
		for (unsigned int n = 0; n < 2 * TOP; n++)
			one_tick(f);
		take_once(f, once);
		assert_int_equal(once->bytes, told);
		assert_int_equal(once->gaps, crash);
		assert_int_equal(once->gap_first_ts, kept_ts);
		assert_int_equal(once->gap_last_ts, crashed_ts + 1); /* its first tick */
		once->count = 0; /* ids are single over the round before */
	}
	assert_int_equal(once->repeats, 0);
	assert_true(told > 0);
	free(once);
}

/* A daemon that ends in order told all there was: other counters after it are no gap. */
static void an_orderly_end_is_no_gap(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));

	assert_non_null(once);
	one_tick(f);
	one_sends(f, 1, 4711);
	one_tick(f);
	summary_stop(&f->m);
	f->sample.row_count = 0;
	kill_and_start(f, false);
	for (int n = 0; n < 14; n++) {
		one_tick(f);
		take_once(f, once);
	}
	assert_int_equal(once->bytes, 4711);
	assert_int_equal(once->gaps, 0);
	assert_int_equal(once->repeats, 0);
	free(once);
}

/* Other counters (after a reboot): the old ones' numbers say nothing of them. */
static void new_counters_begin_anew(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));

	assert_non_null(once);
	for (int n = 0; n < 14; n++)
		tick(f, 100);
	take_once(f, once);
	assert_int_equal(once->bytes, 11 * 100 * FLOWS); /* when it was due */
	kill_and_start(f, false);
	for (int n = 0; n < 14; n++) {
		tick(f, 1);
		take_once(f, once);
	}
	assert_int_equal(once->bytes, (11 * 100 + 7) * FLOWS);
	assert_int_equal(once->gaps, 1); /* 300 bytes of each, and who knows how many more */
	assert_int_equal(once->repeats, 0);
	free(once);
}

/* Bytes that are none of ours: said, and the first summary begins now. */
static void a_strange_file_is_no_obstacle(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));
	static const char strange[] = "EGRTLD2\0 and then something else altogether, long enough";

	assert_non_null(once);
	tick(f, 100);
	assert_non_null(f->m.told);
	assert_int_equal(slots_write(f->m.told, strange, sizeof(strange)), 0);
	kill_and_start(f, true);
	for (int n = 0; n < 14; n++) {
		tick(f, 1);
		take_once(f, once);
	}
	assert_int_equal(once->bytes, 11 * FLOWS);
	free(once);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_summary_comes_in_parts),
		T(nobody_asked),
		T(alerts_keep_their_half),
		T(a_kill_forgets_no_byte),
		T(new_counters_begin_anew),
		T(a_strange_file_is_no_obstacle),
		T(a_row_that_is_gone_owes_what_it_had_not_told),
		T(a_crash_of_the_machine_is_a_gap),
		T(an_orderly_end_is_no_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
