/* SPDX-License-Identifier: Apache-2.0
 *
 * What egressctl makes of an alert's numbers: the terms of its score, its past summed up
 * by horizon, the chart. No part of the library, so the files are included.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/chart_text.c"
#include "ctl/evidence.c"
#include "ctl/past.c"
#include "ctl/row.c"
#include "ctl/table.c"
#include "ctl/terms.c"
#include "ctl/text.c"

enum { T0 = 1777600800 };

static struct json_object *parse(const char *text)
{
	struct json_object *o = json_tokener_parse(text);

	assert_non_null(o);
	return o;
}

static void add_term(void *ctx, const struct term *t)
{
	buf_addf(ctx, "%s %g %s%s;", t->name, t->points, t->part ? "|" : "", t->note);
}

static void expect_terms(const char *json, const char *words)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct json_object *alert = parse(json);

	terms_each(alert, add_term, &out);
	assert_string_equal(out.data ? out.data : "", words);
	json_object_put(alert);
}

static void terms_are_the_score(void **state)
{
	(void)state;
	expect_terms("{}", "");
	expect_terms(
		"{\"evidence\":\"peak\",\"observed\":4600000000,\"allowed\":29000000,\"score\":133,"
		"\"level\":\"page\",\"points.volume\":73,\"points.context\":60,"
		"\"points.new_destination\":30,\"points.tool\":20,\"points.unusual_actor\":20}",
		"volume 73 10 log2(4.6 GB / 29 MB);new destination 30 |allowance / 8;"
		"dump or transfer tool 20 |allowance / 4;unusual actor 20 |allowance / 4;"
		"context 60 the terms with |, held at their cap;score 133 page;");
	/* A usual day: the points are for what is beyond it. */
	expect_terms("{\"evidence\":\"day\",\"observed\":210000000000,\"allowed\":205000000000,"
		     "\"baseline\":200000000000,\"points.volume\":10}",
		     "volume 10 10 log2(10 GB / 5.0 GB), both beyond the usual day;");
	expect_terms(
		"{\"evidence\":\"week\",\"observed\":8000,\"allowed\":1000,\"points.volume\":15,"
		"\"points.role\":-20,\"points.context\":-20}",
		"volume 15 10 log2(8.0 kB / 1.0 kB), indirect: at most 15;"
		"known role -20 |allowance x 4;context -20 the terms with |, within their cap;");
	expect_terms("{\"rule\":\"fan\",\"observed\":99,\"allowed\":20,\"points.volume\":23,"
		     "\"points.of_tomorrow\":5}",
		     "volume 23 10 log2(99 destinations / 20 destinations);"
		     "of_tomorrow 5 |allowance / 1.4;");
}

static void add_field(void *ctx, const char *label, const char *words)
{
	buf_addf(ctx, "%s: %s;", label, words);
}

static void evidence_reads_well(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct json_object *alert = parse(
		"{\"observed\":4600000000,\"baseline\":0,\"horizon\":\"10 min\",\"ratio\":158.62,"
		"\"deviation\":null,\"profile_age_days\":2,\"profile.warm\":false,"
		"\"db.bytes\":112000000000,\"db.share_percent\":4.107,\"alert.duration_s\":120,"
		"\"evidence\":\"steady\",\"read_bytes\":38000000000}");

	(void)state;
	evidence_each(alert, EVIDENCE_NORMAL, add_field, &out);
	assert_string_equal(out.data,
			    "observed: 4.6 GB in 10 min;normal: none known yet;"
			    "of what is allowed: 158.62 times;deviation from normal: from nothing;"
			    "stands out: its quietest hour of a day, taken 24 times;"
			    "profile age: 2 d, still learning this horizon;"
			    "database files read: 38 GB;share of the database: 4.107 % of 112 GB;"
			    "duration: 2 min;");
	json_object_put(alert);
}

static void plan(struct past *p, const char *json, int64_t now)
{
	struct json_object *alert = parse(json);

	assert_int_equal(past_plan(alert, now, p), 0);
	json_object_put(alert);
}

static void take(struct past *p, int64_t ts, uint64_t tx)
{
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "ts", json_object_new_int64(ts));
	json_object_object_add(row, "tx", json_object_new_uint64(tx));
	past_take(p, row);
	json_object_put(row);
}

static const char open_alert[] =
	"{\"rule\":\"pair\",\"event\":\"open\",\"egress.workload\":\"8b\",\"ts\":1777600800,"
	"\"alert.first_ts\":1777600740,\"horizon_s\":600,\"allowed\":29000000,\"baseline\":7}";

static void windows_are_what_is_judged(void **state)
{
	_cleanup_past_ struct past p = { 0 };

	(void)state;
	plan(&p, open_alert, T0 + 30);
	assert_int_equal(p.step_s, 60);
	assert_int_equal(p.window_s, 600);
	assert_int_equal(p.lead, 9);
	assert_int_equal(p.count, 60);
	assert_int_equal(p.until, T0 + 60);
	assert_int_equal(p.since, T0 + 60 - 3600);
	assert_true(p.allowed_known && p.allowed == 29000000 && p.usual == 7);
	take(&p, p.since - 540, 1);   /* the first window begins here */
	take(&p, p.since - 541, 100); /* and not before */
	take(&p, p.since, 2);
	take(&p, p.since, 3);
	take(&p, p.until - 1, 4);
	take(&p, p.until, 100);
	past_finish(&p);
	assert_int_equal(p.tx[p.lead], 5);
	assert_int_equal(p.judged[0], 6);
	assert_int_equal(p.judged[1], 5);
	assert_int_equal(p.judged[9], 5);
	assert_int_equal(p.judged[10], 0);
	assert_int_equal(p.judged[59], 4);
}

static void steps_follow_the_horizon(void **state)
{
	static const struct {
		uint32_t horizon_s, step_s, window_s;
		size_t lead;
		bool allowed;
	} cases[] = {
		{ 10, 60, 60, 0, false },
		{ 60, 60, 60, 0, true },
		{ 3600, 300, 3600, 11, true },
		{ 21600, 3600, 21600, 5, true },
		{ 86400, 3600, 86400, 23, true },
		{ 604800, 21600, 604800, 27, true },
		{ 2419200, 86400, 2419200, 27, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_past_ struct past p = { 0 };
		char json[256];

		snprintf(json, sizeof(json),
			 "{\"rule\":\"host\",\"ts\":1777600800,\"horizon_s\":%u,\"allowed\":9}",
			 cases[i].horizon_s);
		plan(&p, json, T0);
		assert_int_equal(p.step_s, cases[i].step_s);
		assert_int_equal(p.window_s, cases[i].window_s);
		assert_int_equal(p.lead, cases[i].lead);
		assert_int_equal(p.allowed_known, cases[i].allowed);
		assert_true(p.lead < PAST_LEAD_MAX && p.has_series);
	}
}

static void closed_and_odd_alerts_have_a_past(void **state)
{
	_cleanup_past_ struct past closed = { 0 }, long_ago = { 0 }, odd = { 0 }, fan = { 0 };

	(void)state;
	plan(&closed,
	     "{\"rule\":\"actor\",\"event\":\"close\",\"egress.workload\":\"8b\",\"ts\":1777604400,"
	     "\"alert.first_ts\":1777600740,\"alert.last_ts\":1777600800,\"horizon_s\":60}",
	     T0 + 86400);
	assert_int_equal(closed.until, T0 + 600);
	/* Loud for longer than can be shown: the end of it. */
	plan(&long_ago,
	     "{\"rule\":\"host\",\"ts\":1777600800,\"alert.first_ts\":5,\"horizon_s\":60}", T0);
	assert_int_equal(long_ago.count, PAST_STEPS_MAX);
	assert_int_equal(long_ago.until, T0);
	plan(&odd, "{\"ts\":18446744073709551615,\"horizon_s\":18446744073709551615}", T0);
	assert_false(odd.has_series);
	assert_true(odd.count <= PAST_STEPS_MAX);
	/* Destinations of two steps may be the same: they are not added up. */
	plan(&fan,
	     "{\"rule\":\"fan\",\"egress.workload\":\"8b\",\"ts\":1777600800,\"horizon_s\":600}",
	     T0);
	assert_int_equal(fan.step_s, 600);
	take(&fan, T0 - 600, 70000);
	take(&fan, T0 - 600, 65535); /* too little to count */
	take(&fan, T0 - 1200, 70000);
	past_finish(&fan);
	assert_int_equal(fan.judged[fan.count - 1], 1);
	assert_int_equal(fan.judged[fan.count - 2], 1);
}

static void columns_keep_the_highest(void **state)
{
	_cleanup_past_ struct past p = { 0 };
	uint64_t judged[30], tx[30];

	(void)state;
	plan(&p, "{\"rule\":\"host\",\"ts\":1777600800,\"horizon_s\":60}", T0);
	take(&p, p.since, UINT64_MAX);
	take(&p, p.since, 5); /* saturates */
	take(&p, p.since + 60, 5);
	take(&p, p.until - 60, 8);
	past_finish(&p);
	assert_int_equal(past_columns(&p, 30, judged, tx), 30);
	assert_true(judged[0] == UINT64_MAX && tx[0] == UINT64_MAX);
	assert_int_equal(judged[1], 0);
	assert_int_equal(judged[29], 8);
	assert_int_equal(past_columns(&p, 7, judged, tx), 7);
}

static void draw(struct buf *out, uint64_t peak, const struct chart_text_style *style)
{
	_cleanup_past_ struct past p = { 0 };

	plan(&p, open_alert, T0);
	take(&p, T0 - 60, peak);
	past_finish(&p);
	chart_text(out, &p, style);
}

static void chart_has_bars_and_a_line(void **state)
{
	const struct chart_text_style ascii = { .width = 80 };
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	draw(&out, 58000000, &ascii);
	assert_non_null(strstr(out.data, "   58 MB |"));
	assert_non_null(strstr(out.data, " allowed |------------------------------------------"
					 "-----------------#\n"));
	assert_non_null(strstr(out.data, "^ loud\n"));
	assert_non_null(strstr(out.data, "  A bar is 60 s: the most it sent in any 10 min that "
					 "ended in it.\n  Allowed: 29 MB, normal: at most 7 B.\n"));
	for (const char *p = out.data; *p; p++)
		assert_true((unsigned char)*p < 0x80 && *p != '\033');
}

static void chart_takes_any_width(void **state)
{
	(void)state;
	for (unsigned int width = 0; width < 300; width++) {
		struct chart_text_style style = { .width = width,
						  .utf8 = width % 2,
						  .color = width % 3 };
		_cleanup_buf_ struct buf out = BUF_INIT;

		draw(&out, width % 5 ? UINT64_MAX : 0, &style);
		assert_int_equal(strstr(out.data, "\033[31m") != NULL, style.color && width % 5);
		assert_int_equal(strstr(out.data, "│") != NULL, style.utf8);
	}
}

/* Far below its allowance, as after a close: said in words, the bars stay. */
static void chart_is_not_pressed_flat(void **state)
{
	const struct chart_text_style style = { .width = 80, .utf8 = true };
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	draw(&out, 1000, &style);
	assert_non_null(strstr(out.data, "█"));
	assert_null(strstr(out.data, "─"));
	assert_non_null(strstr(out.data, "Allowed: 29 MB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_are_the_score),
		cmocka_unit_test(evidence_reads_well),
		cmocka_unit_test(windows_are_what_is_judged),
		cmocka_unit_test(steps_follow_the_horizon),
		cmocka_unit_test(closed_and_odd_alerts_have_a_past),
		cmocka_unit_test(columns_keep_the_highest),
		cmocka_unit_test(chart_has_bars_and_a_line),
		cmocka_unit_test(chart_takes_any_width),
		cmocka_unit_test(chart_is_not_pressed_flat),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
