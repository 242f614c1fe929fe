/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person says to an alert, and what is asked about an opened process: the
 * requests that are written, the answers that are shown, hostile answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "top/draw.h"
#include "top_fixture.h"

static void type(struct ui *ui, const char *text)
{
	for (; *text; text++)
		ui_press(ui, (uint32_t)*text);
}

static void expect_shown(struct ui *ui, const char *text)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(canvas_reset(&c, 120, 60), 0);
	draw_screen(&c, ui);
	canvas_text(&c, false, &out);
	if (!strstr(out.data, text))
		fail_msg("no \"%s\" on:\n%s", text, out.data);
}

/* The loop takes a question from the outbox. */
static void answer(struct ui *ui, enum ask_kind kind, const char *rows, const char *more,
		   const char *error)
{
	struct ask ask = { .kind = kind, .ticket = ui->outbox[kind].ticket };

	ask_free(&ui->outbox[kind]);
	buf_add_str(&ask.rows[0], rows);
	buf_add_str(&ask.rows[1], more);
	ask.failed = error[0];
	snprintf(ask.error, sizeof(ask.error), "%s", error);
	assert_int_equal(ui_answer(ui, &ask), 0);
	ask_free(&ask);
}

static void test_changes(void **state)
{
	struct ui ui;
	const char *sent;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	ui_press(&ui, 'k');
	sent = ui.outbox[ASK_CHANGE].request[0].data;
	assert_non_null(sent);
	assert_non_null(strstr(sent, "{\"op\":\"ack\",\"alert\":\""));
	ui_press(&ui, 'y'); /* one at a time */
	assert_int_equal(ui.prompt, PROMPT_NONE);
	expect_shown(&ui, "has not answered");
	answer(&ui, ASK_CHANGE, "{}", "", "");
	expect_shown(&ui, "acknowledged; it stays silent");
	ui_press(&ui, 'y');
	assert_int_equal(ui.prompt, PROMPT_CHANGE);
	type(&ui, "new \"job\"");
	ui_press(&ui, KEY_RETURN);
	sent = ui.outbox[ASK_CHANGE].request[0].data;
	assert_non_null(strstr(sent, "\"op\":\"approve\""));
	assert_non_null(strstr(sent, "\"why\":\"new \\\"job\\\"\""));
	answer(&ui, ASK_CHANGE, "", "", "only root may");
	expect_shown(&ui, "not approved: only root may");
	ui_press(&ui, 'd');
	ui_press(&ui, KEY_ESCAPE);
	assert_int_equal(ui.outbox[ASK_CHANGE].request[0].len, 0);
	ui_press(&ui, 'K');
	expect_shown(&ui, "throttle and cut are not offered");
	ui_free(&ui);
}

static void test_silence(void **state)
{
	static const struct {
		const char *text, *shown;
	} bad[] = { { "", "how many bytes?" },
		    { "20X 7d", "how many bytes?" },
		    { "0 7d", "how many bytes?" },
		    { "20G", "for how long?" },
		    { "20G 31d", "for how long?" } };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	ui_press(&ui, 'a'); /* prompts work on every screen */
	ui_press(&ui, 's');
	assert_string_equal(ui.prompt_text, "9.2G 1d "); /* twice what it sent */
	expect_shown(&ui, "silence up to: 9.2G 1d");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ui_press(&ui, 'U' - '@');
		type(&ui, bad[i].text);
		ui_press(&ui, KEY_RETURN);
		expect_shown(&ui, bad[i].shown);
		assert_int_equal(ui.outbox[ASK_CHANGE].request[0].len, 0);
	}
	ui_press(&ui, 'U' - '@');
	type(&ui, "1.5G 2h  move to db-08");
	ui_press(&ui, KEY_RETURN);
	assert_non_null(
		strstr(ui.outbox[ASK_CHANGE].request[0].data,
		       ",\"bytes\":1500000000,\"seconds\":7200,\"why\":\"move to db-08\"}"));
	answer(&ui, ASK_CHANGE, "{}", "", "");
	expect_shown(&ui, "silenced; beyond those bytes");
	ui_free(&ui);
}

/* What is silenced does not shout; what asks is answered where it stands. */
static void test_states(void **state)
{
	static const char quiet[] =
		"{\"alert.id\":\"00112233445566778899aabbccddeeff\",\"event\":\"update\","
		"\"level\":\"page\",\"ts\":1777644183,\"process.name\":\"pg_dump\","
		"\"user.name\":\"mallory\",\"subject\":\"quiet\",\"alert.silenced\":true,"
		"\"alert.silenced_by\":\"uid 0\",\"alert.silenced_bytes_left\":20000000000,"
		"\"alert.silenced_until\":\"2026-05-08T14:00:00Z\",\"deviation\":null,"
		"\"evidence\":\"peak\",\"profile_age_days\":3,\"profile.warm\":false,"
		"\"profile.capped\":true}\n";
	struct snapshot s = { .wall_s = FIXTURE_TIME + 1 };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	assert_int_equal(view_at(&ui.view, 0)->level, EG_LEVEL_PAGE);
	fixture_read("flows.jsonl", &s.flows);
	fixture_read("alerts.jsonl", &s.alerts);
	buf_add_str(&s.alerts, quiet);
	assert_int_equal(ui_take(&ui, &s), 0);
	for (size_t i = 0; i < ui.view.count; i++)
		assert_true(view_at(&ui.view, i)->level < EG_LEVEL_PAGE);
	assert_int_equal(ui.alerts.rows[0].level, EG_LEVEL_TICKET);
	assert_string_equal(alert_state(&ui.alerts.rows[1]), "silent");
	ui_press(&ui, 'a');
	expect_shown(&ui, "ticket asks");
	expect_shown(&ui, "Is it normal from now on?");
	ui_press(&ui, 'y');
	type(&ui, "new nightly job");
	ui_press(&ui, KEY_RETURN);
	answer(&ui, ASK_CHANGE, "", "", "approve changes things: it needs root");
	expect_shown(&ui, "not approved: approve changes things: it needs root");
	ui_press(&ui, KEY_ARROW_DOWN);
	ui_press(&ui, 'e');
	expect_shown(&ui, "page, silent");
	expect_shown(&ui, "silenced by uid 0 until 2026-05-08T14:00:00Z, 20 GB of its budget left");
	expect_shown(&ui, "nothing was learned of it");
	expect_shown(&ui, "not enough for this span yet: held at ticket");
	buf_free(&s.flows);
	buf_free(&s.alerts);
	ui_free(&ui);
}

static void test_inside(void **state)
{
	static const char connections[] =
		"{\"network.transport\":\"tcp\",\"source.address\":\"192.0.2.1:41000\","
		"\"destination.address\":\"203.0.113.7:443\",\"connection.state\":\"ESTABLISHED\","
		"\"connection.sent_bytes\":4600000000,\"connection.retransmit_bytes\":12,"
		"\"connection.queued_bytes\":65536}\n"
		"rubbish\n[]\n{\"network.transport\":7}\n"
		"{\"network.transport\":\"udp\",\"connection.sent_bytes\":null}\n{\"more\":41}\n";
	static const char files[] =
		"{\"file.path\":\"/var/lib/postgresql/15/main/base/5/16402\",\"file.size\":1073741824}\n"
		"{\"file.path\":null}\n";
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	ui_press(&ui, KEY_RETURN);
	inside_update(&ui);
	assert_string_equal(ui.outbox[ASK_INSIDE].request[0].data,
			    "{\"op\":\"connections\",\"pid\":2211,"
			    "\"start\":\"2026-05-01T14:01:51Z\"}");
	expect_shown(&ui, "loading ...");
	answer(&ui, ASK_INSIDE, connections, files, "");
	expect_shown(&ui, "OPEN CONNECTIONS: 43");
	expect_shown(&ui, "203.0.113.7:443");
	expect_shown(&ui, "and 41 connections more");
	expect_shown(&ui, "base/5/16402");
	inside_update(&ui); /* it is of now */
	assert_int_equal(ui.outbox[ASK_INSIDE].request[0].len, 0);
	ui.now_s += 10;
	inside_update(&ui);
	assert_true(ui.outbox[ASK_INSIDE].request[0].len > 0);
	answer(&ui, ASK_INSIDE, "", "", "process 2211 has ended");
	expect_shown(&ui, "process 2211 has ended");
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
