// SPDX-License-Identifier: Apache-2.0
/*
 * Inside the house: what undeclared replicas, batches and rotating clients may do without
 * more than a notice, and what is a ticket all the same.
 */
#include "unit/detect_fixture.h"

enum { DAY_TICKS = 144, HOUR_TICKS = 6 }; /* of 10 min */

static void learn(struct bench *b, uint64_t (*bytes_at)(unsigned int tick))
{
	bench_open(b);
	b->db_bytes = 100 * GB;
	for (unsigned int i = 0; i < 30 * DAY_TICKS; i++) {
		struct tick_row row = row_to(b, "postgres", "10.4.0.2", bytes_at(i));

		bench_feed(b, &row, 1);
	}
}

/* The highest level of anything while `bytes` go to `dst` in each of some intervals. */
static enum eg_level send(struct bench *b, const char *dst, uint64_t bytes, unsigned int ticks)
{
	enum eg_level highest = EG_LEVEL_NONE;

	for (unsigned int i = 0; i < ticks; i++) {
		struct tick_row row = row_to(b, "postgres", dst, bytes);

		bench_feed(b, &row, bytes ? 1 : 0);
		for (size_t k = 0; k < b->count; k++)
			highest = MAX(highest, b->findings[k].level);
	}
	return highest;
}

static uint64_t flat(unsigned int tick)
{
	(void)tick;
	return 600 * MB;
}

/* A tenth at night, from 0 to 6. */
static uint64_t by_day(unsigned int tick)
{
	return tick % DAY_TICKS < 6 * HOUR_TICKS ? 60 * MB : 600 * MB;
}

static void who_was_away_may_catch_up(void **state)
{
	struct bench b;

	(void)state;
	learn(&b, flat);
	assert_int_equal(send(&b, "10.4.0.2", 0, 6 * HOUR_TICKS), EG_LEVEL_NONE);
	/* all it missed in half an hour, twelve times what it ever got in one */
	assert_int_equal(send(&b, "10.4.0.2", 7200 * MB, 3), EG_LEVEL_NOTICE);
	bench_close(&b);
	/* more than it missed */
	learn(&b, flat);
	(void)send(&b, "10.4.0.2", 0, 6 * HOUR_TICKS);
	assert_int_equal(send(&b, "10.4.0.2", 7200 * MB, 12), EG_LEVEL_TICKET);
	bench_close(&b);
	/* and the same by one that was never away */
	learn(&b, flat);
	assert_int_equal(send(&b, "10.4.0.2", 15000 * MB, 3), EG_LEVEL_TICKET);
	bench_close(&b);
}

static void a_stream_may_swell_for_some_hours(void **state)
{
	struct bench b;

	(void)state;
	learn(&b, flat);
	assert_int_equal(send(&b, "10.4.0.2", 600 * MB * 8, 2 * HOUR_TICKS), EG_LEVEL_NOTICE);
	bench_close(&b);
}

static void a_quiet_hour_may_not(void **state)
{
	const struct finding *f;
	struct bench b;

	(void)state;
	learn(&b, by_day);
	(void)send(&b, "10.4.0.2", 60 * MB, 3 * HOUR_TICKS);
	/* 03:00: two thirds of what a busy hour brings are a ticket within 40 minutes */
	assert_int_equal(send(&b, "10.4.0.2", 400 * MB, 4), EG_LEVEL_TICKET);
	f = bench_find(&b, SERIES_PAIR);
	assert_int_equal(f->evidence, EVIDENCE_WEEK);
	assert_in_range(f->volume_milli, 10000, 15000);
	bench_close(&b);
	/* a month's end: the busy hours are three times as busy */
	learn(&b, by_day);
	(void)send(&b, "10.4.0.2", 60 * MB, 6 * HOUR_TICKS);
	(void)send(&b, "10.4.0.2", 600 * MB, 3 * HOUR_TICKS);
	assert_true(send(&b, "10.4.0.2", 1800 * MB, 8 * HOUR_TICKS) <= EG_LEVEL_NOTICE);
	bench_close(&b);
}

/* Every day three other clients of one tier, which is 8 networks large. */
static void clients_that_come_back_are_like_newcomers(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b);
	for (unsigned int i = 0; i < 50 * DAY_TICKS; i++) {
		unsigned int day = i / DAY_TICKS;
		struct tick_row rows[3];

		for (unsigned int n = 0; n < 3; n++) {
			char address[32];

			snprintf(address, sizeof(address), "10.2.%u.7",
				 (day * day + day / 3 + n * 3) % 8 + 8 * (day % 11 / 4));
			rows[n] = row_to(&b, "postgres", address, 100 * MB);
		}
		bench_feed(&b, rows, 3);
		for (size_t k = 0; day >= 14 && k < b.count; k++)
			assert_true(b.findings[k].level <= EG_LEVEL_NOTICE);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_away_may_catch_up),
		cmocka_unit_test(a_stream_may_swell_for_some_hours),
		cmocka_unit_test(a_quiet_hour_may_not),
		cmocka_unit_test(clients_that_come_back_are_like_newcomers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
