/* SPDX-License-Identifier: Apache-2.0
 *
 * Replay as a whole: trace in, events out, by the engine itself. What is asserted is
 * what must hold however the detector is tuned.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert/alert.h"
#include "alert/state.h"
#include "base/buf.h"
#include "config/config.h"
#include "detect/engine.h"
#include "model/names.h"
#include "replay/replay.h"
#include "scratch.h"

enum {
	START = 1714521600, /* 2024-05-01T00:00:00Z */
	INTERVAL = 300,
	TICKS_A_DAY = 86400 / INTERVAL,
	LEARN = 15 * TICKS_A_DAY,
	THEFT_TICKS = 3,
	SILENT = 12 * TICKS_A_DAY, /* until the last row: the longest warm window runs empty */
};
#define THEFT_BYTES UINT64_C(2000000123) /* an interval; odd, so that sums are exact or not */

static struct config *config;

static int load_defaults(void **state)
{
	_cleanup_buf_ struct buf error = BUF_INIT;

	(void)state;
	return config_parse("defaults", "", 0, &config, &error);
}

static int free_defaults(void **state)
{
	(void)state;
	config_free(config);
	return 0;
}

/* Output and error of one replay of a text. */
struct run {
	char *out;
	size_t len;
	struct buf error;
	int rc;
};

static void replay_text(struct run *run, const struct buf *trace, bool json, const char *baseline)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	char path[64];
	struct replay_options options = { .path = path,
					  .params = config_params(config),
					  .json = json,
					  .baseline_out = baseline };
	FILE *out;

	memset(run, 0, sizeof(*run));
	assert_int_equal(write(fd, trace->data, trace->len), trace->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	out = open_memstream(&run->out, &run->len);
	assert_non_null(out);
	run->rc = replay_run(&options, out, &run->error);
	assert_int_equal(fclose(out), 0);
	close(fd);
}

static void free_run(struct run *run)
{
	free(run->out);
	buf_free(&run->error);
}

/* Everyday traffic of 20 to 30 MB an interval, no random library needed. */
static uint64_t everyday(unsigned int tick)
{
	return 20000000 + (tick * UINT64_C(2654435761) >> 7) % 10000000;
}

static void csv_row(struct buf *b, unsigned int tick, const char *host, bool theft)
{
	if (theft)
		buf_addf(b,
			 "%u,%s,/usr/bin/pg_dump,mallory,203.0.113.7,443,connected,%" PRIu64 "\n",
			 START + tick * INTERVAL, host, THEFT_BYTES);
	else
		buf_addf(b,
			 "%u,%s,/usr/bin/postgres,postgres,10.2.0.11,5432,accepted,%" PRIu64 "\n",
			 START + tick * INTERVAL, host, everyday(tick));
}

static void json_row(struct buf *b, unsigned int tick, const char *host, bool theft)
{
	buf_addf(b,
		 "{\"ts\":%u,\"host\":\"%s\",\"exe\":\"%s\",\"user\":\"%s\",\"dst\":\"%s\","
		 "\"port\":%u,\"init\":\"%s\",\"tx\":%" PRIu64 "}\n",
		 START + tick * INTERVAL, host, theft ? "/usr/bin/pg_dump" : "/usr/bin/postgres",
		 theft ? "mallory" : "postgres", theft ? "203.0.113.7" : "10.2.0.11",
		 theft ? 443 : 5432, theft ? "connected" : "accepted",
		 theft ? THEFT_BYTES : everyday(tick));
}

/* 15 days of it, a theft, silence, one more row. Hosts: a string of letters; a
 * capital one is stolen from. */
static void make_trace(struct buf *b, bool json, const char *hosts)
{
	void (*row)(struct buf *, unsigned int, const char *, bool) = json ? json_row : csv_row;

	if (json)
		buf_addf(b,
			 "{\"trace\":\"egress\",\"version\":1,\"interval_s\":%d,"
			 "\"db_bytes\":100000000000}\n",
			 INTERVAL);
	else
		buf_addf(b,
			 "#egress-trace version=1 interval_s=%d db_bytes=100000000000\n"
			 "ts,host,exe,user,dst,port,init,tx\n",
			 INTERVAL);
	for (unsigned int tick = 0; tick < LEARN + THEFT_TICKS; tick++)
		for (const char *h = hosts; *h; h++) {
			char name[2] = { *h, '\0' };

			row(b, tick, name, false);
			if (tick >= LEARN && *h >= 'A' && *h <= 'Z')
				row(b, tick, name, true);
		}
	for (const char *h = hosts; *h; h++) {
		char name[2] = { *h, '\0' };

		row(b, LEARN + SILENT, name, false);
	}
}

/* The lines that speak of one host, without sequence (it counts per host anyway). */
static void lines_of_host(const struct run *run, char host, struct buf *out)
{
	char mark[32];

	snprintf(mark, sizeof(mark), "\"host\":\"%c\"", host);
	for (const char *p = run->out, *end; *p; p = end + 1) {
		end = strchr(p, '\n');
		if (memmem(p, (size_t)(end - p), mark, strlen(mark)))
			buf_add(out, p, (size_t)(end - p) + 1);
	}
}

static struct json_object *line_object(const char *text, unsigned int n)
{
	while (n--)
		text = strchr(text, '\n') + 1;
	return json_tokener_parse(text);
}

static const char *member_str(struct json_object *o, const char *key)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, key, &v));
	return json_object_get_string(v);
}

static int64_t member_int(struct json_object *o, const char *key)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, key, &v));
	return json_object_get_int64(v);
}

static void theft_is_told_with_who_where_and_how_much(void **state)
{
	_cleanup_buf_ struct buf trace = BUF_INIT;
	struct json_object *o;
	struct run run;
	unsigned int n = 0;
	bool opened = false;

	(void)state;
	make_trace(&trace, false, "A");
	replay_text(&run, &trace, true, NULL);
	assert_int_equal(run.rc, 0);
	while ((o = line_object(run.out, n++)) && !json_object_object_get_ex(o, "summary", NULL)) {
		bool open = !strcmp(member_str(o, "event"), "open");

		if (open &&
		    !strcmp(member_str(o, "subject"), "pg_dump (mallory) -> 203.0.113.7:443")) {
			assert_string_equal(member_str(o, "level"), "page");
			assert_string_equal(member_str(o, "user.name"), "mallory");
			assert_string_equal(member_str(o, "destination.ip"), "203.0.113.7");
			/* to the byte, though the detector's rings count in KiB */
			assert_string_equal(member_str(o, "tx_total"), "2000000123");
			assert_int_equal(member_int(o, "ts"), START + (LEARN + 1) * INTERVAL);
			opened = true;
		}
		json_object_put(o);
	}
	assert_true(opened);
	assert_non_null(o);
	json_object_put(o);
	free_run(&run);
}

/* Seconds too quiet to be loud are part of the theft as well. */
static void bytes_before_the_alarm_are_counted_to_the_byte(void **state)
{
	static const unsigned int sent[] = {
		1000001, 2000003, 3000005, 4000007, 90000011, 90000013
	};
	_cleanup_buf_ struct buf trace = BUF_INIT;
	uint64_t sum = 0, told = 0;
	struct json_object *o;
	struct run run;

	(void)state;
	buf_add_str(&trace, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":1}\n");
	for (unsigned int i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		buf_addf(&trace,
			 "{\"ts\":%u,\"exe\":\"/usr/bin/pg_dump\",\"dst\":\"203.0.113.7\","
			 "\"init\":\"connected\",\"scope\":\"public\",\"tx\":%u}\n",
			 START + i, sent[i]);
	replay_text(&run, &trace, true, NULL);
	assert_int_equal(run.rc, 0);
	o = line_object(run.out, 0);
	assert_string_equal(member_str(o, "event"), "open");
	told = (uint64_t)member_int(o, "tx_total");
	for (unsigned int i = 0; i < (uint64_t)member_int(o, "ts") - START; i++)
		sum += sent[i];
	assert_int_equal(told, sum);
	assert_true(told > sent[4]);
	json_object_put(o);
	free_run(&run);
}

static void same_input_gives_the_same_bytes_in_every_form(void **state)
{
	_cleanup_buf_ struct buf csv = BUF_INIT, json = BUF_INIT;
	struct run first, second, other;

	(void)state;
	make_trace(&csv, false, "Ab");
	make_trace(&json, true, "Ab");
	for (int as_json = 0; as_json < 2; as_json++) {
		replay_text(&first, &csv, as_json, NULL);
		replay_text(&second, &csv, as_json, NULL);
		replay_text(&other, &json, as_json, NULL);
		assert_int_equal(first.rc, 0);
		assert_true(first.len > 200);
		assert_string_equal(first.out, second.out);
		assert_string_equal(first.out, other.out);
		free_run(&first);
		free_run(&second);
		free_run(&other);
	}
}

static void each_host_is_judged_alone(void **state)
{
	_cleanup_buf_ struct buf alone = BUF_INIT, mixed = BUF_INIT;
	_cleanup_buf_ struct buf lines_alone = BUF_INIT, lines_mixed = BUF_INIT;
	struct run one, many;

	(void)state;
	make_trace(&alone, false, "B");
	make_trace(&mixed, false, "aBcD");
	replay_text(&one, &alone, true, NULL);
	replay_text(&many, &mixed, true, NULL);
	lines_of_host(&one, 'B', &lines_alone);
	lines_of_host(&many, 'B', &lines_mixed);
	assert_true(lines_alone.len > 0);
	assert_string_equal(lines_alone.data, lines_mixed.data);
	free_run(&one);
	free_run(&many);
}

static void silence_closes_an_alert_at_its_time(void **state)
{
	_cleanup_buf_ struct buf trace = BUF_INIT;
	struct json_object *o;
	struct run run;
	unsigned int n = 0;
	int64_t closed = 0;

	(void)state;
	make_trace(&trace, false, "A");
	replay_text(&run, &trace, true, NULL);
	while ((o = line_object(run.out, n++)) && !json_object_object_get_ex(o, "summary", NULL)) {
		if (!strcmp(member_str(o, "event"), "close"))
			closed = member_int(o, "ts");
		json_object_put(o);
	}
	json_object_put(o);
	/* no row came in between, but the windows ran empty */
	assert_true(closed > START + (int64_t)(LEARN + THEFT_TICKS) * INTERVAL);
	assert_true(closed < START + (int64_t)(LEARN + SILENT) * INTERVAL);
	assert_int_equal((closed - START) % INTERVAL, 0);
	free_run(&run);
}

static void summary_counts_what_there_was(void **state)
{
	_cleanup_buf_ struct buf trace = BUF_INIT;
	struct json_object *o, *summary, *alerts;
	struct run run;

	(void)state;
	buf_add_str(&trace, "ts,host,note,tx\n60,a,x,1\n60,b,x,1\n120,a,x,\n");
	replay_text(&run, &trace, true, NULL);
	assert_int_equal(run.rc, 0);
	o = json_tokener_parse(run.out);
	assert_true(json_object_object_get_ex(o, "summary", &summary));
	assert_string_equal(member_str(summary, "rows"), "3");
	assert_string_equal(member_str(summary, "hosts"), "2");
	assert_string_equal(member_str(summary, "ignored_columns"), "[ \"note\" ]");
	assert_true(json_object_object_get_ex(summary, "alerts", &alerts));
	assert_string_equal(member_str(alerts, "page"), "0");
	json_object_put(o);
	free_run(&run);
}

static int same_incident(void *ctx, const struct alert_event *e)
{
	const char *text = ctx;

	assert_non_null(strstr(text, e->alert_id));
	return 0;
}

static void saved_baseline_is_loaded_whole(void **state)
{
	_cleanup_buf_ struct buf trace = BUF_INIT, bytes = BUF_INIT, again = BUF_INIT;
	char path[SCRATCH_MAX];
	int fd = mkstemp(scratch_name(path, "baseline"));
	struct alerts *alerts;
	struct engine *engine;
	struct names *names;
	struct run run;
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	make_trace(&trace, false, "A");
	trace.len = strrchr(trace.data, '\n') - trace.data; /* without the last row ... */
	while (trace.data[trace.len - 1] != '\n')
		trace.len--; /* ... the incident is open at the end */
	replay_text(&run, &trace, true, path);
	assert_int_equal(run.rc, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(buf_reserve(&bytes, (size_t)st.st_size), 0);
	assert_int_equal(read(fd, bytes.data, (size_t)st.st_size), st.st_size);
	bytes.len = (size_t)st.st_size;
	close(fd);
	unlink(path);

	assert_int_equal(names_new(&names), 0);
	assert_int_equal(engine_new(&config_params(config)->detect, names, &engine), 0);
	assert_int_equal(alerts_new(&config_params(config)->alert, "A", &alerts), 0);
	bytes.data[bytes.len / 2] ^= 1;
	assert_int_equal(state_load(engine, alerts, NULL, names, bytes.data, bytes.len), -EBADMSG);
	bytes.data[bytes.len / 2] ^= 1;
	assert_int_equal(state_load(engine, alerts, NULL, names, bytes.data, bytes.len - 1),
			 -EBADMSG);
	assert_int_equal(state_load(engine, alerts, NULL, names, bytes.data, bytes.len), 0);
	assert_int_equal(engine_age_days(engine), 15);
	assert_true(alerts_open_count(alerts, EG_LEVEL_NONE) > 0);
	assert_int_equal(alerts_each(alerts, same_incident, run.out), 0);
	assert_int_equal(state_save(engine, alerts, NULL, &again), 0);
	assert_int_equal(again.len, bytes.len);
	assert_memory_equal(again.data, bytes.data, bytes.len);
	alerts_free(alerts);
	engine_free(engine);
	names_free(names);
	free_run(&run);
}

static void bad_input_has_its_words(void **state)
{
	_cleanup_buf_ struct buf trace = BUF_INIT;
	struct replay_options options = { .path = "/nonexistent/x",
					  .params = config_params(config) };
	struct buf error _cleanup_buf_ = BUF_INIT;
	struct run run;

	(void)state;
	assert_int_equal(replay_run(&options, stdout, &error), -ENOENT);
	assert_string_equal(error.data, "/nonexistent/x: No such file or directory");
	buf_add_str(&trace, "ts,tx\n60,1\n0,1\n");
	replay_text(&run, &trace, true, NULL);
	assert_int_equal(run.rc, -EINVAL);
	assert_non_null(strstr(run.error.data, ":3: time goes backwards"));
	free_run(&run);
	buf_clear(&trace);
	buf_add_str(&trace, "ts,host,tx\n60,a,1\n60,b,1\n");
	replay_text(&run, &trace, true, "/nonexistent/y");
	assert_int_equal(run.rc, -EINVAL);
	assert_non_null(strstr(run.error.data, "holds 2 hosts"));
	free_run(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(theft_is_told_with_who_where_and_how_much),
		cmocka_unit_test(bytes_before_the_alarm_are_counted_to_the_byte),
		cmocka_unit_test(same_input_gives_the_same_bytes_in_every_form),
		cmocka_unit_test(each_host_is_judged_alone),
		cmocka_unit_test(silence_closes_an_alert_at_its_time),
		cmocka_unit_test(summary_counts_what_there_was),
		cmocka_unit_test(saved_baseline_is_loaded_whole),
		cmocka_unit_test(bad_input_has_its_words),
	};

	return cmocka_run_group_tests(tests, load_defaults, free_defaults);
}
