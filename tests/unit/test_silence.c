/* SPDX-License-Identifier: Apache-2.0
 *
 * A silence keeps an incident on record and back from people until its bytes or its
 * time are used up; what it was not made for is told all the same.
 */
#include "alert_fixture.h"

#include <errno.h>

#define TICK() assert_int_equal(alert_test_tick(&t), 0)
#define MB (1u << 20)

static struct finding *pair(struct alert_test *t, const char *dst, enum eg_level level,
			    uint64_t tx_bytes)
{
	struct finding *f = alert_test_add(t, SERIES_PAIR, "curl", dst, level);

	f->tx_bytes = tx_bytes;
	return f;
}

static void start(struct alert_test *t, uint64_t bytes, int64_t seconds)
{
	struct alert_silence silence = { .bytes = bytes, .by = "uid 1000" };

	alert_test_start(t, 60);
	pair(t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	assert_int_equal(alert_test_tick(t), 0);
	alert_test_expect(t, "0 open ticket pair curl (mallory) -> 10.0.5.9:443\n");
	silence.until_ts = t->tick.ts + seconds;
	assert_int_equal(alerts_silence(t->alerts, t->id[0], &silence), 0);
}

/* Louder all the time: without a silence every tick would be an update. */
static void minutes(struct alert_test *t, unsigned int count, uint64_t tx_bytes)
{
	for (unsigned int i = 0; i < count; i++) {
		pair(t, "10.0.5.9", EG_LEVEL_TICKET, tx_bytes);
		assert_int_equal(alert_test_tick(t), 0);
	}
}

static void nothing_is_said_until_the_budget_is_used_up(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, 10 * MB, 86400);
	minutes(&t, 10, MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB); /* one more than 10 */
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	minutes(&t, 1, MB);
	alert_test_expect(&t, ""); /* once, then as ever */
	alert_test_end(&t);
}

static void its_time_ends_it_too(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 600);
	minutes(&t, 9, MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB);
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	alert_test_end(&t);
}

static void what_is_held_back_is_on_record(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	pair(&t, "10.0.5.9", EG_LEVEL_PAGE, MB);
	TICK();
	alert_test_expect(&t, "0 update page silenced pair curl (mallory) -> 10.0.5.9:443\n");
	assert_int_equal(alerts_open_count(t.alerts, EG_LEVEL_PAGE), 1);
	alert_test_end(&t);
}

static void a_new_public_destination_is_told(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	pair(&t, "10.0.6.9", EG_LEVEL_TICKET, MB);
	TICK();
	alert_test_expect(&t, "0 update ticket silenced pair curl (mallory) -> 10.0.6.9:443\n");
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	pair(&t, "203.0.113.7", EG_LEVEL_TICKET, MB);
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void the_close_is_told(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	alert_test_silence(&t, 1800 + 120);
	alert_test_expect(&t, "0 close ticket pair curl (mallory) -> 10.0.5.9:443\n");
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB); /* comes back: still silenced */
	TICK();
	alert_test_expect(&t, "0 update ticket silenced pair curl (mallory) -> 10.0.5.9:443\n");
	alert_test_end(&t);
}

static void it_may_be_taken_back(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	assert_int_equal(alerts_silence(t.alerts, t.id[0], &(struct alert_silence){ .bytes = 0 }),
			 0);
	pair(&t, "10.0.5.9", EG_LEVEL_PAGE, MB);
	TICK();
	alert_test_expect(&t, "0 update page pair curl (mallory) -> 10.0.5.9:443\n");
	assert_int_equal(alerts_silence(t.alerts, "ff", &(struct alert_silence){ .bytes = 0 }),
			 -ENOENT);
	alert_test_end(&t);
}

static void it_outlives_a_restart_with_what_it_used(void **state)
{
	struct buf saved = BUF_INIT;
	struct alert_test t;

	(void)state;
	start(&t, 10 * MB, 86400);
	minutes(&t, 6, MB);
	assert_int_equal(alerts_save(t.alerts, &saved), 0);
	assert_int_equal(alerts_load(t.alerts, saved.data, saved.len, t.names), 0);
	minutes(&t, 4, MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB);
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	buf_free(&saved);
	alert_test_end(&t);
}

static int count(void *ctx, uint64_t series_id)
{
	(void)series_id;
	++*(unsigned int *)ctx;
	return 0;
}

static void an_alert_is_found_by_the_beginning_of_its_id(void **state)
{
	struct alert_test t;
	const char *id;
	char prefix[9];
	unsigned int series = 0;

	(void)state;
	start(&t, 1, 1);
	snprintf(prefix, sizeof(prefix), "%.8s", t.id[0]);
	assert_int_equal(alerts_resolve(t.alerts, prefix, &id), 0);
	assert_string_equal(id, t.id[0]);
	assert_int_equal(alerts_resolve(t.alerts, "xyz", &id), -ENOENT);
	alert_test_add(&t, SERIES_PAIR, "tar", "203.0.113.7", EG_LEVEL_PAGE);
	TICK();
	assert_int_equal(alerts_resolve(t.alerts, "", &id), -ENOTUNIQ);
	assert_int_equal(alerts_each_series(t.alerts, t.id[0], count, &series), 0);
	assert_int_equal(series, 1);
	alert_test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_until_the_budget_is_used_up),
		cmocka_unit_test(its_time_ends_it_too),
		cmocka_unit_test(what_is_held_back_is_on_record),
		cmocka_unit_test(a_new_public_destination_is_told),
		cmocka_unit_test(the_close_is_told),
		cmocka_unit_test(it_may_be_taken_back),
		cmocka_unit_test(it_outlives_a_restart_with_what_it_used),
		cmocka_unit_test(an_alert_is_found_by_the_beginning_of_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
