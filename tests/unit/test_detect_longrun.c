// SPDX-License-Identifier: Apache-2.0
/*
 * What months of ordinary traffic must not come to: alerts that never end, baselines that
 * only sink, weekly jobs and rotating peers that stay strange; and settings at their limits.
 */
#include "unit/detect_fixture.h"

enum { DAY_TICKS = 144, HOUR_TICKS = 6 }; /* of 10 min */

static enum eg_level highest(const struct bench *b, enum series_kind kind)
{
	enum eg_level level = EG_LEVEL_NONE;

	for (size_t i = 0; i < b->count; i++)
		if (b->findings[i].kind == kind)
			level = MAX(level, b->findings[i].level);
	return level;
}

/* The series of the only pair. */
static const struct series *pair_of(const struct bench *b)
{
	for (uint32_t i = 0; i < b->engine->series_used; i++)
		if (b->engine->series[i].id && b->engine->series[i].kind == SERIES_PAIR)
			return &b->engine->series[i];
	fail();
	return NULL;
}

/* An hour of four times the usual, and then as ever: 28 d are always at five sevenths of
 * what they may be, and a little above their peak for as long. */
static void what_is_as_ever_is_quiet(void **state)
{
	const struct finding *f;
	struct tick_row row;
	struct bench b;

	(void)state;
	bench_open(&b);
	row = row_to(&b, "etl", "203.0.113.50", 40 * MB);
	bench_days(&b, 70, &row, 1);
	assert_null(bench_find(&b, SERIES_PAIR));
	row.tx_bytes = 200 * MB;
	for (int i = 0; i < HOUR_TICKS; i++)
		bench_feed(&b, &row, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_true(f->level >= EG_LEVEL_NOTICE);
	row.tx_bytes = 40 * MB;
	bench_days(&b, 1, &row, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f); /* watched still */
	assert_int_equal(f->level, EG_LEVEL_NONE);
	assert_true(f->ratio_milli < 500);
	row.tx_bytes = 300 * MB; /* more than half of the way to a notice is no rest */
	bench_feed(&b, &row, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_true(f->ratio_milli >= 500);
	bench_close(&b);
}

/* A job of 20 GB on the days of the mask. */
static void job_days(struct bench *b, unsigned int days, uint32_t mask)
{
	for (unsigned int i = 0; i < days * DAY_TICKS; i++) {
		struct tick_row row = row_to(b, "pgbackrest", "10.9.0.5", 20 * GB);
		bool runs = i % DAY_TICKS == 12 && mask & 1U << i / DAY_TICKS;

		bench_feed(b, &row, runs);
	}
}

static void a_weekly_job_has_a_habit_before_its_third_run(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b);
	job_days(&b, 13, 1U << 6);
	assert_true(pair_of(&b)->habit_kib > 0); /* once in 13 days */
	job_days(&b, 7, 1U << 0);
	assert_true(pair_of(&b)->habit_kib > 0); /* twice in 20 */
	job_days(&b, 7, 1U << 0);
	assert_true(pair_of(&b)->habit_kib > 0); /* three times in 27 */
	bench_close(&b);
	bench_open(&b);
	job_days(&b, 20, 1U << 6); /* once in 20 is none */
	assert_int_equal(pair_of(&b)->habit_kib, 0);
	bench_close(&b);
}

/* Every tick somebody nobody knows gets `bytes`. */
static void newcomers(struct bench *b, unsigned int days, uint64_t bytes)
{
	for (unsigned int i = 0; i < days * DAY_TICKS; i++) {
		struct tick_row rows[2];
		char address[32];

		snprintf(address, sizeof(address), "2001:db8:%x::1", i + 1);
		rows[0] = row_to(b, "nginx", address, bytes);
		rows[1] = row_to(b, "nginx", "203.0.113.50", MB / 10);
		bench_feed(b, rows, 2);
	}
}

static enum eg_level give(struct bench *b, const char *address, uint64_t bytes)
{
	struct tick_row row = row_to(b, "nginx", address, bytes);

	bench_feed(b, &row, 1);
	return highest(b, SERIES_PAIR);
}

static void nobody_is_judged_more_strictly_than_a_stranger(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = 100 * GB;
	newcomers(&b, 30, 60 * MB);
	/* two and a half floors, but strangers get as much in every tick */
	assert_true(give(&b, "203.0.113.50", 65 * MB) <= EG_LEVEL_NOTICE);
	bench_days(&b, 1, NULL, 0);
	assert_true(give(&b, "198.51.100.7", 65 * MB) <= EG_LEVEL_NOTICE);
	bench_days(&b, 1, NULL, 0);
	assert_true(give(&b, "203.0.113.50", 900 * MB) >= EG_LEVEL_TICKET);
	bench_days(&b, 1, NULL, 0);
	assert_int_equal(give(&b, "192.0.2.7", 900 * MB), EG_LEVEL_PAGE);
	bench_close(&b);
}

/* Nightly at 02:50, on Mondays at 03:10; the clocks change and one Thursday it is 04:00. The
 * sum of the house has never seen the like, its pair has. */
static void clocks_may_change_for_a_job_to_a_public_place(void **state)
{
	enum eg_level level = EG_LEVEL_NONE;
	struct bench b;

	(void)state;
	bench_open(&b);
	for (unsigned int i = 0; i < 46 * DAY_TICKS; i++) {
		unsigned int day = i / DAY_TICKS, at = day == 45 ? 23 : day % 7 ? 17 : 19;
		struct tick_row rows[] = { row_to(&b, "chronyd", "198.51.100.7", 10000),
					   row_to(&b, "etl", "203.0.113.50", 5 * GB) };

		bench_feed(&b, rows, i % DAY_TICKS == at ? 2 : 1);
		if (day == 45)
			level = MAX(level, highest(&b, SERIES_HOST));
	}
	assert_int_equal(level, EG_LEVEL_NOTICE);
	bench_close(&b);
}

/* 6 GB an hour but at night: what is as ever is never a ticket, whatever an hour may be. */
static void any_week_factor_gives_a_score(void **state)
{
	static const uint32_t factors[] = { 1000, 1500, 2000, 2500, 4000 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(factors); n++) {
		struct bench b;

		bench_open(&b);
		b.params.week_factor_milli = factors[n];
		for (unsigned int i = 0; i < 36 * DAY_TICKS; i++) {
			bool night = i % DAY_TICKS < 6 * HOUR_TICKS;
			struct tick_row row =
				row_to(&b, "etl", "203.0.113.50", night ? 200 * MB : GB);

			bench_feed(&b, &row, 1);
			if (i > 8 * DAY_TICKS)
				assert_true(highest(&b, SERIES_PAIR) <= EG_LEVEL_NOTICE);
		}
		bench_close(&b);
	}
}

static void the_smallest_floors_are_floors(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b);
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		b.params.floor_bytes[h] = 1024;
	b.params.internal_floors = 1;
	engine_params_changed(b.engine);
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		assert_true(b.engine->floor_kib[h] > 0);
		assert_true(b.engine->novel_floor_kib[h] > 0);
		assert_true(b.engine->internal_floor_kib[h] > 0);
		assert_true(b.engine->internal_novel_floor_kib[h] > 0);
	}
	bench_close(&b);
}

static void a_vote_does_not_wrap(void **state)
{
	struct series s = { .id = 0 };
	const struct dest *big, *small;
	struct bench b;

	(void)state;
	bench_open(&b);
	big = names_dest(b.names, "203.0.113.50", EG_SCOPE_UNKNOWN);
	small = names_dest(b.names, "198.51.100.7", EG_SCOPE_UNKNOWN);
	series_vote_dest(&s, big, 1ULL << 63);
	series_vote_dest(&s, big, 1ULL << 63);
	series_vote_dest(&s, small, 1000);
	assert_ptr_equal(s.dest, big);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_as_ever_is_quiet),
		cmocka_unit_test(a_weekly_job_has_a_habit_before_its_third_run),
		cmocka_unit_test(nobody_is_judged_more_strictly_than_a_stranger),
		cmocka_unit_test(clocks_may_change_for_a_job_to_a_public_place),
		cmocka_unit_test(any_week_factor_gives_a_score),
		cmocka_unit_test(the_smallest_floors_are_floors),
		cmocka_unit_test(a_vote_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
