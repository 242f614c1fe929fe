/* SPDX-License-Identifier: Apache-2.0
 *
 * The live past and the charts of egresstop from answers of the history: what is shown
 * is what was sent then, the present comes back as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "top/draw.h"
#include "top/fetch.h"
#include "top/past.h"
#include "top_fixture.h"

#define WHEN 1777644000 /* 2026-05-01T14:00:00Z */

static void add_row(struct buf *b, int64_t ts, const char *exe, const char *dst, const char *scope,
		    uint64_t tx)
{
	buf_addf(
		b,
		"{\"ts\":%lld,\"exe\":\"%s\",\"comm\":\"x\",\"container\":\"\",\"user\":\"mallory\","
		"\"dst\":\"%s\",\"group\":\"%s\",\"port\":443,\"proto\":\"tcp\","
		"\"init\":\"connected\",\"scope\":\"%s\",\"column\":\"egress\",\"tx\":%llu,"
		"\"wire\":%llu,\"workload\":\"%016zx\"}\n",
		(long long)ts, exe, dst, dst, scope, (unsigned long long)tx, (unsigned long long)tx,
		strlen(exe));
}

static void add_event(struct buf *b, int64_t ts, const char *event, const char *id)
{
	buf_addf(b,
		 "{\"ts\":%lld,\"alert.id\":\"%s\",\"event\":\"%s\",\"level\":\"page\","
		 "\"alert.first_ts\":%lld,\"process.name\":\"pg_dump\",\"user.name\":\"mallory\","
		 "\"destination.group\":\"203.0.113.7\",\"reason\":\"because\"}\n",
		 (long long)ts, id, event, (long long)ts);
}

static void draw_text(struct ui *ui, int width, int height, struct buf *out)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };

	assert_int_equal(canvas_reset(&c, width, height), 0);
	draw_screen(&c, ui);
	canvas_text(&c, false, out);
}

static void expect_shown(struct ui *ui, const char *text, bool shown)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	draw_text(ui, 120, 40, &out);
	if ((strstr(out.data, text) != NULL) != shown)
		fail_msg("\"%s\" is %son:\n%s", text, shown ? "not " : "", out.data);
}

static void fill(struct snapshot *s)
{
	add_row(&s->flows, WHEN - 60, "pg_dump", "203.0.113.7", "public", 600000000);
	add_row(&s->flows, WHEN - 120, "pg_dump", "203.0.113.7", "public", 60000000);
	add_row(&s->flows, WHEN - 3600, "curl", "203.0.113.9", "public", 1000000);
	add_row(&s->flows, WHEN - 3660, "tooold", "203.0.113.9", "public", 1000000);
	add_row(&s->flows, WHEN, "toonew", "203.0.113.9", "public", 1000000);
	add_row(&s->flows, WHEN - 60, "redis", "127.0.0.1", "loopback", 777);
	buf_add_str(&s->flows, "{\"ts\":1}\nnot json\n[]\n");
	add_event(&s->alerts, WHEN - 30, "open", "a1");
	add_event(&s->alerts, WHEN + 600, "close", "a1"); /* not known then */
	add_event(&s->alerts, WHEN + 900, "open", "a2");
}

static void test_the_hour_before(void **state)
{
	struct snapshot s = { 0 };
	double minute[HISTORY_SLOTS];
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 60);
	expect_shown(&ui, "pgbackrest", true);
	fill(&s);
	assert_int_equal(past_take(&ui, &s, WHEN), 0);
	expect_shown(&ui, "PAST 2026-05-01 14:00Z (3 m ago)", true);
	expect_shown(&ui, "pgbackrest", false);
	expect_shown(&ui, "tooold", false);
	expect_shown(&ui, "toonew", false);
	expect_shown(&ui, "redis", false);
	expect_shown(&ui, "because", true);
	assert_int_equal(ui.flows.bad_lines, 5);
	assert_int_equal(ui.view.count, 2);
	assert_string_equal(view_text(view_at(&ui.view, 0), T_PROCESS), "pg_dump");
	assert_int_equal(view_at(&ui.view, 0)->num[N_PAYLOAD], 660000000);
	assert_int_equal(view_at(&ui.view, 0)->num[N_RATE_60S], 10000000);
	assert_int_equal(view_at(&ui.view, 0)->level, EG_LEVEL_PAGE);
	view_history(&ui.view, &ui.flows, view_at(&ui.view, 0), minute);
	assert_true(minute[1] == 1000000.0);
	view_history(&ui.view, &ui.flows, view_at(&ui.view, 1), minute);
	assert_true(minute[59] == 16666.0);
	assert_int_equal(ui.past_alert_s, WHEN + 900);
	fixture_feed(&ui, 1); /* the present goes on unseen */
	expect_shown(&ui, "PAST", true);
	expect_shown(&ui, "pgbackrest", false);
	past_leave(&ui);
	expect_shown(&ui, "pgbackrest", true);
	expect_shown(&ui, "PAST", false);
	buf_free(&s.flows);
	buf_free(&s.alerts);
	ui_free(&ui);
}

/* Where the keys want to go; no daemon is asked. */
static void test_keys(void **state)
{
	static const struct {
		uint32_t key;
		enum seek_kind kind;
		int64_t value;
	} keys[] = {
		{ '[', SEEK_STEPS, -1 },      { ']', SEEK_STEPS, 1 },   { '{', SEEK_BY, -3600 },
		{ '}', SEEK_BY, 3600 },       { '(', SEEK_BY, -86400 }, { ')', SEEK_BY, 86400 },
		{ KEY_TO_END, SEEK_LIVE, 0 },
	};
	struct snapshot s = { 0 };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	fill(&s);
	assert_int_equal(past_take(&ui, &s, WHEN), 0);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		ui.seek = (struct seek){ SEEK_NONE, 0 };
		ui_press(&ui, keys[i].key);
		assert_int_equal(ui.seek.kind, keys[i].kind);
		assert_int_equal(ui.seek.value, keys[i].value);
	}
	ui_press(&ui, 'k');
	expect_shown(&ui, "this is the past", true);
	ui.seek = (struct seek){ SEEK_LIVE, 0 };
	past_seek(&ui);
	assert_int_equal(ui.past_s, 0);
	ui_press(&ui, 'a');
	ui_press(&ui, '@'); /* no alert is under the cursor until the next answer */
	assert_int_equal(ui.seek.kind, SEEK_NONE);
	fixture_feed(&ui, 1);
	ui_press(&ui, '@');
	assert_int_equal(ui.seek.kind, SEEK_TO);
	assert_int_equal(ui.seek.value, ui.alerts.rows[0].first_ts);
	buf_free(&s.flows);
	buf_free(&s.alerts);
	ui_free(&ui);
}

/* A daemon that is gone or keeps no history leaves the screen as it is, and says so. */
static void test_no_history(void **state)
{
	struct ask answer = { .kind = ASK_PAST, .failed = true, .error = "history is off" };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	ui_press(&ui, '[');
	past_seek(&ui);
	answer.ticket = ui.outbox[ASK_PAST].ticket;
	assert_int_equal(ui_answer(&ui, &answer), 0);
	assert_int_equal(ui.past_s, 0);
	expect_shown(&ui, "history is off", true);
	expect_shown(&ui, "pgbackrest", true);
	ui_free(&ui);
}

/* Keys go on while the past is fetched; what is not wanted any more is not shown. */
static void test_waiting(void **state)
{
	struct snapshot s = { 0 };
	struct ask answer = { .kind = ASK_PAST };
	int64_t first;
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	ui_press(&ui, '[');
	past_seek(&ui);
	expect_shown(&ui, "LOADING", true);
	first = ui.asked_s;
	answer.ticket = ui.outbox[ASK_PAST].ticket;
	ui_press(&ui, '['); /* on from the moment that is awaited */
	past_seek(&ui);
	assert_true(ui.asked_s == first - PAST_STEP_S);
	assert_int_equal(ui_answer(&ui, &answer), 0); /* too late */
	assert_int_equal(ui.past_s, 0);
	fill(&s);
	answer = (struct ask){ .kind = ASK_PAST,
			       .ticket = ui.outbox[ASK_PAST].ticket,
			       .when = WHEN,
			       .rows = { s.flows, s.alerts } };
	assert_int_equal(ui_answer(&ui, &answer), 0);
	assert_true(ui.past_s == WHEN && ui.paused);
	expect_shown(&ui, "LOADING", false);
	ui_press(&ui, '{');
	past_seek(&ui);
	ui_press(&ui, KEY_ESCAPE);
	expect_shown(&ui, "LOADING", false);
	answer.ticket = ui.outbox[ASK_PAST].ticket;
	answer.when = WHEN - 3600;
	assert_int_equal(ui_answer(&ui, &answer), 0);
	assert_true(ui.past_s == WHEN);
	buf_free(&s.flows);
	buf_free(&s.alerts);
	ui_free(&ui);
}

static void test_chart(void **state)
{
	static const char history[] =
		"{\"ts\":1777640400,\"tx\":1000}\n{\"ts\":1777557600,\"tx\":7}\n"
		"{\"ts\":1,\"tx\":5}\nrubbish\n{\"ts\":1777640400,\"tx\":-1}\n";
	static const char baseline[] =
		"{\"series.kind\":\"actor\",\"allowed_bytes\":{\"1 h\":600},\"envelope_bytes\":{\"1 h\":30}}\n"
		"{\"series.kind\":\"actor\",\"allowed_bytes\":{\"1 h\":100},\"envelope_bytes\":{\"1 h\":0}}\n"
		"{\"series.kind\":\"pair\",\"allowed_bytes\":{\"1 h\":9000}}\n{}\n[]\n";
	struct buf h = BUF_INIT, b = BUF_INIT;
	struct chart c = { .span = CHART_DAY, .end = WHEN };

	(void)state;
	buf_add_str(&h, history);
	buf_add_str(&b, baseline);
	chart_take(&c, &h, &b);
	assert_int_equal(c.bytes[0], 1000);
	assert_int_equal(c.bytes[23], 7);
	assert_int_equal(c.bytes[1], 0);
	assert_true(c.allowed_known);
	assert_int_equal(c.allowed, 700);
	assert_int_equal(c.usual, 30);
	buf_clear(&b);
	chart_take(&c, &h, &b);
	assert_false(c.allowed_known);
	buf_free(&h);
	buf_free(&b);
}

/* The allowance stands in the chart as a line. */
static void test_chart_drawn(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 60);
	expect_shown(&ui, "PROCESS", true); /* the cursor is on a row now */
	ui_press(&ui, KEY_RETURN);
	ui_press(&ui, KEY_TAB);
	assert_int_equal(ui.chart.span, CHART_HOUR);
	for (unsigned int i = 0; i < CHART_BARS_MAX; i++)
		ui.chart.bytes[i] = i < 10 ? 1000000 : 1000;
	ui.chart.allowed = 500000;
	ui.chart.allowed_known = true;
	expect_shown(&ui, "allowed 500k in 1 min", true);
	expect_shown(&ui, "─────", true);
	expect_shown(&ui, "never seen in a whole day", true);
	ui.chart.allowed = 900000000; /* would press the bars flat */
	expect_shown(&ui, "─────", false);
	expect_shown(&ui, "allowed 900M in 1 min", true);
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_hour_before), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_no_history),      cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_chart),           cmocka_unit_test(test_chart_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
