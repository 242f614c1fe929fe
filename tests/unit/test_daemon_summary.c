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
};

void exporter_poke(struct exporter *e)
{
	(void)e;
}

static void configure(struct fixture *f, const char *sink)
{
	struct buf error _cleanup_buf_ = BUF_INIT, text _cleanup_buf_ = BUF_INIT;

	config_free(f->m.config);
	buf_addf(&text,
		 "daemon:\n  state_dir: %s\nexport:\n  flows: 10s\n  flows_top: %d\nsinks:\n"
		 "  - name: siem\n    path: /x\n%s",
		 f->place.dir, TOP, sink);
	assert_int_equal(config_parse("f", text.data, text.len, &f->m.config, &error), 0);
	f->m.params = config_params(f->m.config);
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

/* Each flow sends so much, whether a daemon runs or not. */
static void sent(struct fixture *f, uint64_t bytes)
{
	f->sample.boot_ns += S;
	f->sample.wall_ns += S;
	f->sample.row_count = FLOWS;
	for (size_t i = 0; i < FLOWS; i++) {
		struct eg_flow_key *key = &f->rows[i].key;

		*key = (struct eg_flow_key){ .tgid = (uint32_t)(100 + i),
					     .start_ns = 5 * S,
					     .family = 2,
					     .proto = 6,
					     .port = 443,
					     .init = EG_INIT_CONNECTED };
		assert_int_equal(parse_addr("203.0.113.1", key->daddr), 0);
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

/* What the daemon held is gone; what is on disk and in the kernel is not. */
static void kill_and_start(struct fixture *f, bool same_counters)
{
	slots_close(f->m.told);
	f->m.told = NULL;
	buf_free(&f->m.summary);
	f->m.summary = (struct buf)BUF_INIT;
	f->m.summary_ts = 0;
	spool_close(f->m.spool);
	f->m.spool = open_spool(&f->place);
	flowtab_free(f->m.flows);
	assert_int_equal(flowtab_new(f->m.enrich, f->names, &f->m.flows), 0);
	f->m.counters_made_ns += !same_counters;
	assert_int_equal(flowtab_update(f->m.flows, &f->sample, &f->tick), 0);
}

/* As take(), of records whose event.id was not seen yet; the others are counted. */
struct told_once {
	char ids[1000][40];
	size_t count, repeats;
	uint64_t bytes;
};

static void take_once(struct fixture *f, struct told_once *once)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	uint64_t sequence;

	while (spool_read(f->m.spool, f->read_to + 1, &record, &sequence) == 0) {
		struct json_object *o = json_tokener_parse(record.data), *id, *v;
		size_t i = 0;

		assert_true(json_object_object_get_ex(o, "event.id", &id));
		assert_true(json_object_object_get_ex(o, "egress.interval_bytes", &v));
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
	assert_int_equal(once->bytes, (11 * 100 + 11) * FLOWS);
	assert_int_equal(once->repeats, 0);
	free(once);
}

/* Bytes that are none of ours: said, and the first summary begins now. */
static void a_strange_file_is_no_obstacle(void **state)
{
	struct fixture *f = *state;
	struct told_once *once = calloc(1, sizeof(*once));
	static const char strange[] = "EGRTLD1\0 and then something else altogether, long enough";

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
		T(a_summary_comes_in_parts), T(nobody_asked),
		T(alerts_keep_their_half),   T(a_kill_forgets_no_byte),
		T(new_counters_begin_anew),  T(a_strange_file_is_no_obstacle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
