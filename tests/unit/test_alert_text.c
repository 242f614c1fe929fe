/* SPDX-License-Identifier: Apache-2.0
 *
 * What an alert says: sentence, JSON, severity, technique, ids. The golden file is
 * the contract of docs/json.md.
 */
#include "alert_fixture.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "alert/severity.h"

static const char golden_path[] = "tests/unit/data/alert/events.jsonl";

struct said {
	struct buf reason, subject, json;
	char technique[16];
	struct alert_severity severity;
};

static int remember(void *ctx, const struct alert_event *e)
{
	struct said *said = ctx;

	buf_clear(&said->reason);
	buf_clear(&said->subject);
	buf_add_str(&said->reason, e->reason);
	buf_add_str(&said->subject, e->subject);
	snprintf(said->technique, sizeof(said->technique), "%s", e->technique);
	said->severity = *alert_severity(e);
	return alert_event_json(e, &said->json);
}

static void forget(struct said *said)
{
	buf_free(&said->reason);
	buf_free(&said->subject);
	buf_free(&said->json);
}

static void add_point(struct finding *f, enum eg_context context, int32_t points)
{
	f->points[f->point_count++] =
		(struct finding_point){ .context = (uint8_t)context, .points = points };
	f->score_milli += points * 1000;
}

/* The theft of DETECTION's and the README's sentence. */
static struct finding *dump_theft(struct alert_test *t)
{
	struct finding *f =
		alert_test_add(t, SERIES_PAIR, "/usr/bin/pg_dump", "203.0.113.7", EG_LEVEL_PAGE);

	f->value_bytes = f->day_bytes = f->tx_bytes = UINT64_C(4600000000);
	f->allowed_bytes = 29000000;
	f->floor_bytes = 29000000;
	f->db_bytes = UINT64_C(112000000000);
	f->read_bytes = UINT64_C(38000000000);
	f->score_milli = f->volume_milli = 73000;
	f->ratio_milli = 158620;
	add_point(f, EG_CTX_NEW_DEST, 30);
	add_point(f, EG_CTX_UNUSUAL_ACTOR, 20);
	add_point(f, EG_CTX_TOOL, 20);
	f->score_milli = 133000; /* context is capped at 60 */
	return f;
}

static void one_tick(struct alert_test *t, struct said *said)
{
	assert_int_equal(alerts_feed(t->alerts, NULL, &t->tick, t->found, t->count, remember, said),
			 0);
	t->tick.ts += t->tick.interval_s;
	t->count = 0;
}

static void dump_reads_as_promised(void **state)
{
	struct said said = { 0 };
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 62);
	dump_theft(&t);
	one_tick(&t, &said);
	assert_string_equal(said.reason.data,
			    "pg_dump (mallory) sent 4.6 GB to 203.0.113.7:443 (new) in 62 s. "
			    "Normal for this actor: never sends. Allowed 29 MB per 10 min, "
			    "÷8 new destination ÷4 unusual actor ÷4 dump tool "
			    "(together ÷64 at most). "
			    "It read 38 GB of database files. 4.1 % of the database. T1048.");
	assert_string_equal(said.subject.data, "pg_dump (mallory) -> 203.0.113.7:443");
	assert_int_equal(said.severity.ecs, 99);
	forget(&said);
	alert_test_end(&t);
}

static void expect_reason(struct alert_test *t, const char *subject, const char *reason)
{
	struct said said = { 0 };

	t->count = 1;
	one_tick(t, &said);
	assert_string_equal(said.subject.data, subject);
	assert_string_equal(said.reason.data, reason);
	forget(&said);
	alert_test_end(t);
}

static void host_alone_has_its_arithmetic(void **state)
{
	struct alert_test t;
	struct finding *f;

	(void)state;
	alert_test_start(&t, 300);
	f = alert_test_add(&t, SERIES_HOST, NULL, NULL, EG_LEVEL_TICKET);
	f->horizon = 3;
	f->value_bytes = UINT64_C(12000000000);
	f->baseline_bytes = UINT64_C(2100000000);
	f->allowed_bytes = UINT64_C(4200000000);
	f->tx_bytes = UINT64_C(1000000000);
	expect_reason(&t, "db-07 -> anywhere",
		      "This host sent 12 GB in 1 h. Normal for this host: at most 2.1 GB per 1 h. "
		      "Allowed 4.2 GB per 1 h. T1030.");

	alert_test_start(&t, 300);
	f = alert_test_add(&t, SERIES_HOST, NULL, NULL, EG_LEVEL_NOTICE);
	f->cls = CLASS_PUBLIC;
	f->warm = false;
	f->profile_age_days = 2;
	add_point(f, EG_CTX_OFF_HOURS, 10);
	expect_reason(&t, "db-07 -> public addresses",
		      "This host sent 104 MB to public addresses in 10 min. Normal for this host: "
		      "not known yet, profile 2 d old. Allowed 10 MB per 10 min, ÷2 off hours. "
		      "T1048.");
}

static void client_that_came_to_us_is_told_as_such(void **state)
{
	struct alert_test t;
	struct finding *f;

	(void)state;
	alert_test_start(&t, 60);
	f = alert_test_add(&t, SERIES_PAIR, "postgres", "2001:db8::20", EG_LEVEL_PAGE);
	f->init = EG_INIT_ACCEPTED;
	f->port = 5432;
	f->capped = true;
	f->level = EG_LEVEL_TICKET;
	f->volume_milli = 10000;
	f->score_milli = 10000;
	add_point(f, EG_CTX_NEW_DEST, 30);
	add_point(f, EG_CTX_DECLARED, -40);
	f->actor = names_actor(t.names, "postgres", "postgres", "registry/pg", "postgres");
	expect_reason(
		&t, "postgres (postgres, container registry/pg) -> 2001:db8::20 (accepted on 5432)",
		"postgres (postgres, container registry/pg) sent 104 MB to 2001:db8::20 (new), "
		"which connected to port 5432, in 10 min. "
		"Normal for this actor: sends nothing there. Allowed 10 MB per 10 min, "
		"÷8 new destination ×16 declared transfer. "
		"Held at ticket: the sensor is still learning. T1213.");
}

static void mixed_series_read_well_too(void **state)
{
	struct alert_test t;
	struct finding *f;

	(void)state;
	alert_test_start(&t, 60);
	f = alert_test_add(&t, SERIES_NOVEL, "x", "2001:db8::1", EG_LEVEL_TICKET);
	f->init = EG_INIT_CONNECTED;
	f->port = 8443;
	f->baseline_bytes = 1000000;
	expect_reason(
		&t, "x (mallory) -> [2001:db8::1]:8443",
		"x (mallory) sent 104 MB to new destinations, most of it to [2001:db8::1]:8443 "
		"(new) in 10 min. Normal for this actor: at most 1.0 MB per 10 min. "
		"Allowed 10 MB per 10 min. T1041.");

	alert_test_start(&t, 60);
	f = alert_test_add(&t, SERIES_FAN, "x", NULL, EG_LEVEL_TICKET);
	f->value_bytes = 57;
	f->allowed_bytes = 20;
	f->baseline_bytes = 3;
	expect_reason(&t, "x (mallory) -> many destinations",
		      "x (mallory) sent to 57 different destinations in 10 min. "
		      "Normal for this actor: at most 3 per 10 min. Allowed 20 per 10 min. T1020.");

	alert_test_start(&t, 60);
	f = alert_test_add(&t, SERIES_READ, "tar", NULL, EG_LEVEL_NOTICE);
	f->db_bytes = 1000 << 20;
	expect_reason(&t, "tar (mallory) reads database files",
		      "tar (mallory) read 104 MB of database files in 10 min. "
		      "Normal for this actor: never reads. Allowed 10 MB per 10 min. "
		      "10.0 % of the database. T1005.");
}

static void hostile_names_cannot_break_the_line(void **state)
{
	struct said said = { 0 };
	struct json_object *o, *v;
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	alert_test_add(&t, SERIES_PAIR, "a\"\n\x1b[2J\xff", "evil\"name\n{", EG_LEVEL_PAGE);
	one_tick(&t, &said);
	assert_ptr_equal(strchr(said.json.data, '\n'), said.json.data + said.json.len - 1);
	o = json_tokener_parse(said.json.data);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "destination.address", &v));
	assert_string_equal(json_object_get_string(v), "evil\"name\n{");
	json_object_put(o);
	forget(&said);
	alert_test_end(&t);
}

static void levels_map_once(void **state)
{
	struct alert_event e = { .level = EG_LEVEL_NOTICE };
	struct dest internal = { .scope = EG_SCOPE_PRIVATE }, public = { .scope = EG_SCOPE_PUBLIC };

	(void)state;
	assert_int_equal(alert_severity(&e)->ecs, 21);
	assert_int_equal(alert_severity(&e)->syslog, 5);
	e.level = EG_LEVEL_TICKET;
	assert_int_equal(alert_severity(&e)->cef, 6);
	e.level = EG_LEVEL_PAGE;
	assert_int_equal(alert_severity(&e)->ecs, 73);
	e.headline = (struct finding){ .dest = &public, .value_bytes = 10, .db_bytes = 1000 };
	assert_string_equal(alert_severity(&e)->ocsf_name, "Critical"); /* 1 % to a public place */
	e.headline.dest = &internal;
	assert_int_equal(alert_severity(&e)->ocsf, 4);
	e.headline.dest = &public;
	e.headline.value_bytes = 9;
	assert_int_equal(alert_severity(&e)->ecs, 73);
}

static void write_golden_events(struct said *said)
{
	struct alert_test t;
	struct finding *f;

	alert_test_start(&t, 60);
	f = alert_test_add(&t, SERIES_HOST, NULL, NULL, EG_LEVEL_TICKET);
	f->baseline_bytes = 5 << 20;
	one_tick(&t, said);
	dump_theft(&t);
	one_tick(&t, said);
	assert_int_equal(alerts_ack(t.alerts, "none", "ops"), -2);
	for (int i = 0; i < 31; i++)
		one_tick(&t, said);
	alert_test_end(&t);
}

/* EGRESSD_GOLDEN=write makes the file anew; then it is to be read and judged. */
static void json_is_the_golden_one(void **state)
{
	const char *mode = getenv("EGRESSD_GOLDEN");
	struct said said = { 0 };
	_cleanup_buf_ struct buf golden = BUF_INIT;
	_cleanup_fclose_ FILE *file = NULL;
	char chunk[4096];
	size_t n;

	(void)state;
	write_golden_events(&said);
	file = fopen(golden_path, mode ? "w+" : "r");
	assert_non_null(file);
	if (mode) {
		assert_int_equal(fwrite(said.json.data, 1, said.json.len, file), said.json.len);
		rewind(file);
	}
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&golden, chunk, n);
	assert_string_equal(said.json.data, golden.data);
	forget(&said);
}

static void ids_follow_from_content_alone(void **state)
{
	struct said first = { 0 }, second = { 0 };

	(void)state;
	write_golden_events(&first);
	write_golden_events(&second);
	assert_string_equal(first.json.data, second.json.data);
	forget(&first);
	forget(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump_reads_as_promised),
		cmocka_unit_test(host_alone_has_its_arithmetic),
		cmocka_unit_test(client_that_came_to_us_is_told_as_such),
		cmocka_unit_test(mixed_series_read_well_too),
		cmocka_unit_test(hostile_names_cannot_break_the_line),
		cmocka_unit_test(levels_map_once),
		cmocka_unit_test(json_is_the_golden_one),
		cmocka_unit_test(ids_follow_from_content_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
