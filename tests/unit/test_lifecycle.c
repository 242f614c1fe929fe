/* SPDX-License-Identifier: Apache-2.0
 *
 * The lifecycle of incidents: when one opens, what folds into it, what is told again,
 * and that nothing loud is ever masked.
 */
#include "alert_fixture.h"

#include <errno.h>
#include <stdlib.h>

#define PAIR(exe, dst, level) alert_test_add(&t, SERIES_PAIR, exe, dst, EG_LEVEL_##level)
#define ADD(kind, exe, level) alert_test_add(&t, SERIES_##kind, exe, NULL, EG_LEVEL_##level)
#define TICK() assert_int_equal(alert_test_tick(&t), 0)

static void short_ticks_must_be_loud_twice(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 1);
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "");
	TICK(); /* silent in between: it starts anew */
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "");
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "0 open ticket pair curl (mallory) -> 203.0.113.7:443\n");
	PAIR("tar", "203.0.113.7", PAGE)->score_milli = 30000; /* very loud: at once */
	TICK();
	alert_test_expect(&t, "1 open page pair tar (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);

	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", NOTICE);
	TICK();
	alert_test_expect(&t, "0 open notice pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void series_of_one_theft_fold_and_the_most_specific_headlines(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	ADD(HOST, NULL, PAGE);
	ADD(ACTOR, "curl", PAGE);
	ADD(READ, "postgres", NOTICE);
	alert_test_add(&t, SERIES_NOVEL, "curl", "203.0.113.7", EG_LEVEL_PAGE);
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	alert_test_expect(&t, "0 open page pair curl (mallory) -> 203.0.113.7:443\n");
	assert_int_equal(alerts_open_count(t.alerts, EG_LEVEL_NONE), 1);
	alert_test_end(&t);
}

static void what_is_known_later_takes_over_under_the_same_id(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	ADD(HOST, NULL, TICKET);
	TICK();
	alert_test_expect(&t, "0 open ticket host db-07 -> anywhere\n");
	ADD(HOST, NULL, TICKET);
	ADD(ACTOR, "curl", TICKET);
	TICK();
	alert_test_expect(&t, "0 update ticket actor curl (mallory) -> anywhere\n");
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void sums_of_the_same_bytes_are_no_news(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	buf_clear(&t.log);
	PAIR("curl", "203.0.113.7", PAGE);
	ADD(ACTOR, "curl", PAGE);
	ADD(READ, "postgres", NOTICE);
	alert_test_add(&t, SERIES_NOVEL, "curl", "203.0.113.7", EG_LEVEL_PAGE);
	ADD(HOST, NULL, TICKET);
	TICK();
	alert_test_expect(&t, "");
	assert_int_equal(alerts_open_count(t.alerts, EG_LEVEL_NONE), 1);
	alert_test_end(&t);
}

static void another_actor_is_an_incident_of_its_own(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	PAIR("curl", "203.0.113.7", PAGE);
	PAIR("tar", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "0 open page pair curl (mallory) -> 203.0.113.7:443\n"
			      "1 open ticket pair tar (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void another_destination_is_told_at_once_and_later_is_its_own(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	PAIR("curl", "203.0.113.7", PAGE);
	PAIR("curl", "198.51.100.9", TICKET); /* not louder, yet not masked */
	TICK();
	alert_test_expect(&t, "0 open page pair curl (mallory) -> 203.0.113.7:443\n"
			      "0 update page pair curl (mallory) -> 198.51.100.9:443\n");
	for (unsigned int minute = 0; minute < 62; minute++) {
		PAIR("curl", "203.0.113.7", PAGE)->tx_bytes = 0;
		TICK();
	}
	alert_test_expect(&t, "");
	PAIR("curl", "203.0.113.7", PAGE)->tx_bytes = 0;
	PAIR("curl", "192.0.2.5", TICKET);
	TICK();
	alert_test_expect(&t, "1 open ticket pair curl (mallory) -> 192.0.2.5:443\n");
	alert_test_end(&t);
}

static void flood_of_destinations_is_told_a_few_at_a_time(void **state)
{
	struct alert_test t;
	char dst[32];
	unsigned int updates = 0;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	buf_clear(&t.log);
	for (unsigned int n = 0; n < 12; n++) {
		snprintf(dst, sizeof(dst), "198.51.%u.9", n);
		PAIR("curl", dst, PAGE);
		TICK();
		updates += t.log.len > 0;
		buf_clear(&t.log);
	}
	assert_int_equal(updates, 8);
	/* one that takes a hundredth of the database does not wait */
	PAIR("curl", "192.0.2.5", PAGE)->db_bytes = 100 << 20;
	TICK();
	alert_test_expect(&t, "0 update page pair curl (mallory) -> 192.0.2.5:443\n");
	alert_test_end(&t);
}

static void updates_wait_their_time_but_a_level_rise_does_not(void **state)
{
	struct alert_test t;
	struct finding *f;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", NOTICE);
	TICK();
	buf_clear(&t.log);
	PAIR("curl", "203.0.113.7", NOTICE)->tx_bytes = 1 << 30; /* ten times the bytes */
	TICK();
	alert_test_expect(&t, "");
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	PAIR("curl", "203.0.113.7", NOTICE); /* falls and returns: no news */
	TICK();
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_expect(&t, "");
	alert_test_silence(&t, 900);
	PAIR("curl", "203.0.113.7", TICKET)->score_milli = 22000; /* +10 */
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_silence(&t, 900);
	PAIR("curl", "203.0.113.7", TICKET)->tx_bytes = 2000 << 20; /* x 2 */
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_silence(&t, 900);
	f = PAIR("curl", "203.0.113.7", TICKET);
	f->horizon = 4; /* another horizon, but hardly another byte */
	TICK();
	alert_test_expect(&t, "");
	f = PAIR("curl", "203.0.113.7", TICKET);
	f->horizon = 4;
	f->tx_bytes = 1000 << 20;
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void quiet_for_twice_the_horizon_closes(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", PAGE)->horizon = 3; /* 1 h */
	TICK();
	buf_clear(&t.log);
	alert_test_silence(&t, 3600);
	/* below the allowance, yet above half of it: not quiet */
	PAIR("curl", "203.0.113.7", NONE)->ratio_milli = 700;
	TICK();
	alert_test_silence(&t, 7200);
	alert_test_expect(&t, "");
	alert_test_silence(&t, 60);
	alert_test_expect(&t, "0 close page pair curl (mallory) -> 203.0.113.7:443\n");
	assert_int_equal(alerts_open_count(t.alerts, EG_LEVEL_NONE), 0);
	alert_test_end(&t);
}

static void back_within_a_day_is_the_same_alert_and_later_a_new_one(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	alert_test_silence(&t, 3600);
	buf_clear(&t.log);
	PAIR("curl", "203.0.113.7", NOTICE);
	TICK();
	alert_test_expect(&t, "0 update notice pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_silence(&t, 3600);
	alert_test_expect(&t, "0 close ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_silence(&t, 86400);
	PAIR("curl", "203.0.113.7", NOTICE);
	TICK();
	alert_test_expect(&t, "1 open notice pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void decoys_use_up_the_pages_of_a_day_but_hide_no_theft(void **state)
{
	static const char *const decoys[] = { "a", "b", "c", "d" };
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	for (size_t i = 0; i < ARRAY_SIZE(decoys); i++) {
		PAIR(decoys[i], "10.0.0.5", PAGE);
		TICK();
	}
	alert_test_expect(&t, "0 open page pair a (mallory) -> 10.0.0.5:443\n"
			      "1 open page pair b (mallory) -> 10.0.0.5:443\n"
			      "2 open page pair c (mallory) -> 10.0.0.5:443\n"
			      "3 open page digest pair d (mallory) -> 10.0.0.5:443\n");
	PAIR("curl", "203.0.113.7", PAGE);                   /* public and new */
	PAIR("tar", "10.0.0.6", PAGE)->db_bytes = 100 << 20; /* all of the database */
	TICK();
	assert_null(strstr(t.log.data, "digest"));
	buf_clear(&t.log);
	t.tick.ts += 86400; /* another day */
	PAIR("e", "10.0.0.5", PAGE);
	TICK();
	assert_null(strstr(t.log.data, "open page digest"));
	alert_test_end(&t);
}

static void acknowledged_is_silent_but_for_rises_and_new_keys(void **state)
{
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", TICKET);
	TICK();
	buf_clear(&t.log);
	assert_int_equal(alerts_ack(t.alerts, "0123", "ops"), -ENOENT);
	assert_int_equal(alerts_ack(t.alerts, t.id[0], "ops"), 0);
	alert_test_silence(&t, 900);
	PAIR("curl", "203.0.113.7", TICKET)->tx_bytes = 1 << 30;
	TICK();
	alert_test_expect(&t, "");
	PAIR("curl", "198.51.100.9", NOTICE);
	TICK();
	alert_test_expect(&t, "0 update notice pair curl (mallory) -> 198.51.100.9:443\n");
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	alert_test_expect(&t, "0 update page pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void what_was_not_taken_is_given_again(void **state)
{
	struct alert_test t;
	char first[33];

	(void)state;
	alert_test_start(&t, 60);
	t.refuse = -ENOSPC;
	PAIR("curl", "203.0.113.7", PAGE);
	assert_int_equal(alert_test_tick(&t), -ENOSPC);
	memcpy(first, t.last_event_id, sizeof(first));
	PAIR("tar", "203.0.113.7", PAGE);
	assert_int_equal(alert_test_tick(&t), -ENOSPC);
	assert_string_equal(t.last_event_id, first); /* the first one first */
	alert_test_expect(&t, "");
	t.refuse = 0;
	TICK();
	alert_test_expect(&t, "0 open page pair curl (mallory) -> 203.0.113.7:443\n"
			      "1 open page pair tar (mallory) -> 203.0.113.7:443\n");
	TICK();
	alert_test_expect(&t, "");
	alert_test_end(&t);
}

static void restart_goes_on_with_the_same_alert(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT, again = BUF_INIT;
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", TICKET)->score_milli = 13000;
	PAIR("tar", "2001:db8::1", TICKET);
	TICK();
	buf_clear(&t.log);
	t.refuse = -ENOSPC; /* an event on its way when the sensor stops */
	PAIR("curl", "203.0.113.7", PAGE);
	assert_int_equal(alert_test_tick(&t), -ENOSPC);
	assert_int_equal(alerts_save(t.alerts, &saved), 0);

	alerts_free(t.alerts);
	assert_int_equal(alerts_new(alert_test_params(), "db-07", &t.alerts), 0);
	for (size_t cut = 0; cut < saved.len; cut += 7)
		assert_int_equal(alerts_load(t.alerts, saved.data, cut, t.names), -EBADMSG);
	assert_int_equal(alerts_open_count(t.alerts, EG_LEVEL_NONE), 0);
	assert_int_equal(alerts_load(t.alerts, saved.data, saved.len, t.names), 0);
	assert_int_equal(alerts_save(t.alerts, &again), 0);
	assert_int_equal(again.len, saved.len);
	assert_memory_equal(again.data, saved.data, saved.len);

	t.refuse = 0;
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	alert_test_expect(&t, "0 update page pair curl (mallory) -> 203.0.113.7:443\n");
	assert_int_equal(t.id_count, 2);
	alert_test_end(&t);
}

static int count_newest_first(void *ctx, const struct alert_event *e)
{
	struct buf *out = ctx;

	buf_addf(out, "%s %s;", alert_event_name(e->kind), e->subject);
	return 0;
}

static void incidents_are_listed_newest_first(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	PAIR("curl", "203.0.113.7", PAGE);
	TICK();
	PAIR("tar", "203.0.113.7", PAGE);
	TICK();
	assert_int_equal(alerts_each(t.alerts, count_newest_first, &out), 0);
	assert_string_equal(out.data, "open tar (mallory) -> 203.0.113.7:443;"
				      "open curl (mallory) -> 203.0.113.7:443;");
	alert_test_end(&t);
}

static int count_questions(void *ctx, const struct alert_event *e)
{
	size_t *asked = ctx;

	if (e->adopt) {
		++*asked;
		assert_int_equal(e->kind, ALERT_UPDATE);
		assert_non_null(strstr(e->reason, "Is it normal now? egressctl approve"));
	}
	return 0;
}

/* Hours of the same, 24 h of it `day_bytes` large. */
static void hours(struct alert_test *t, unsigned int count, uint64_t day_bytes, size_t *asked)
{
	while (count--) {
		struct finding *f =
			alert_test_add(t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_TICKET);

		f->day_bytes = day_bytes;
		assert_int_equal(
			alerts_feed(t->alerts, NULL, &t->tick, f, 1, count_questions, asked), 0);
		t->tick.ts += t->tick.interval_s;
		t->count = 0;
	}
}

static void people_are_asked_once_whether_a_level_is_normal(void **state)
{
	struct buf saved = BUF_INIT;
	struct alert_test t;
	size_t asked = 0;

	(void)state;
	alert_test_start(&t, 3600);
	hours(&t, 24, 500 << 20, &asked); /* another level at first */
	hours(&t, 48, 1000 << 20, &asked);
	assert_int_equal(asked, 0); /* 72 h, but not yet 48 alike */
	assert_int_equal(alerts_save(t.alerts, &saved), 0);
	assert_int_equal(alerts_load(t.alerts, saved.data, saved.len, t.names), 0);
	hours(&t, 2, 1100 << 20, &asked); /* within a quarter */
	assert_int_equal(asked, 1);
	hours(&t, 100, 1000 << 20, &asked);
	assert_int_equal(asked, 1);
	buf_free(&saved);
	alert_test_end(&t);

	asked = 0;
	alert_test_start(&t, 3600);
	for (unsigned int day = 1; day < 8; day++)
		hours(&t, 24, (uint64_t)day << 30, &asked); /* still rising */
	assert_int_equal(asked, 0);
	alert_test_end(&t);
}

struct sum {
	size_t count;
	uint64_t tx_total; /* of the last */
};

static int add_totals(void *ctx, const struct alert_event *e)
{
	struct sum *sum = ctx;

	sum->count++;
	sum->tx_total = e->tx_total;
	return 0;
}

/* A thief of a thousand names. */
static void closed_incidents_are_not_kept_without_bound(void **state)
{
	struct sum sum = { 0, 0 };
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	for (unsigned int i = 0; i < 1100; i++) {
		struct finding *f;
		char name[16];

		snprintf(name, sizeof(name), "x%u", i);
		f = alert_test_add(&t, SERIES_PAIR, name, "203.0.113.7", EG_LEVEL_TICKET);
		assert_int_equal(alerts_feed(t.alerts, NULL, &t.tick, f, 1, NULL, NULL), 0);
		t.tick.ts += t.tick.interval_s;
		t.count = 0;
	}
	assert_int_equal(alerts_each(t.alerts, add_totals, &sum), 0);
	assert_int_equal(sum.count, 1024);
	assert_true(alerts_open_count(t.alerts, EG_LEVEL_NONE) > 0);
	alert_test_end(&t);
}

static void bytes_of_an_alert_saturate(void **state)
{
	struct sum sum = { 0, 0 };
	struct alert_test t;

	(void)state;
	alert_test_start(&t, 60);
	for (int i = 0; i < 3; i++) {
		PAIR("curl", "203.0.113.7", PAGE)->tx_bytes = 3ULL << 62;
		TICK();
	}
	assert_int_equal(alerts_each(t.alerts, add_totals, &sum), 0);
	assert_int_equal(sum.count, 1);
	assert_true(sum.tx_total == UINT64_MAX);
	alert_test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ticks_must_be_loud_twice),
		cmocka_unit_test(series_of_one_theft_fold_and_the_most_specific_headlines),
		cmocka_unit_test(what_is_known_later_takes_over_under_the_same_id),
		cmocka_unit_test(sums_of_the_same_bytes_are_no_news),
		cmocka_unit_test(another_actor_is_an_incident_of_its_own),
		cmocka_unit_test(another_destination_is_told_at_once_and_later_is_its_own),
		cmocka_unit_test(flood_of_destinations_is_told_a_few_at_a_time),
		cmocka_unit_test(updates_wait_their_time_but_a_level_rise_does_not),
		cmocka_unit_test(quiet_for_twice_the_horizon_closes),
		cmocka_unit_test(back_within_a_day_is_the_same_alert_and_later_a_new_one),
		cmocka_unit_test(decoys_use_up_the_pages_of_a_day_but_hide_no_theft),
		cmocka_unit_test(acknowledged_is_silent_but_for_rises_and_new_keys),
		cmocka_unit_test(what_was_not_taken_is_given_again),
		cmocka_unit_test(restart_goes_on_with_the_same_alert),
		cmocka_unit_test(incidents_are_listed_newest_first),
		cmocka_unit_test(people_are_asked_once_whether_a_level_is_normal),
		cmocka_unit_test(closed_incidents_are_not_kept_without_bound),
		cmocka_unit_test(bytes_of_an_alert_saturate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
