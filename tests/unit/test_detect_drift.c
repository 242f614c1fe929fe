// SPDX-License-Identifier: Apache-2.0
/*
 * Baselines that drift: what the operator's yes and no do to what a series learns.
 */
#include "unit/detect_fixture.h"

/* The PAIR series of the only destination. */
static int find_pair(void *ctx, const struct engine_series_info *info)
{
	struct engine_series_info *ret = ctx;

	if (info->kind == SERIES_PAIR)
		*ret = *info;
	return 0;
}

static struct engine_series_info pair_of(const struct bench *b)
{
	struct engine_series_info info = { .id = 0 };

	assert_int_equal(engine_each_series(b->engine, find_pair, &info), 0);
	assert_true(info.id != 0);
	return info;
}

/* Days of `bytes` per 10 min, with an alert open on the series all the time. */
static void alerted_days(struct bench *b, unsigned int days, uint64_t bytes, uint64_t series_id)
{
	struct tick_row row = row_to(b, "etl", "203.0.113.9", bytes);
	int64_t end = b->ts + (int64_t)days * DAY_S;

	while (b->ts < end) {
		bench_feed(b, &row, 1);
		engine_mark_alerted(b->engine, series_id);
	}
}

static void open_with_baseline(struct bench *b, struct engine_series_info *ret)
{
	struct tick_row row;

	bench_open(b);
	row = row_to(b, "etl", "203.0.113.9", 100 * MB);
	bench_days(b, 20, &row, 1);
	*ret = pair_of(b);
	assert_in_range(ret->envelope_bytes[H_1H], 599 * MB, 601 * MB);
}

static void an_approved_series_learns_what_it_reached(void **state)
{
	struct engine_series_info info;
	struct tick_row row;
	struct bench b;

	(void)state;
	open_with_baseline(&b, &info);
	alerted_days(&b, 3, 800 * MB, info.id);
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 590 * MB, 601 * MB);
	assert_int_equal(engine_approve(b.engine, info.id), 0);
	assert_int_equal(pair_of(&b).approved_days, 7);
	alerted_days(&b, 1, 800 * MB, info.id); /* a day ends with the first tick of the next */
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 4799 * MB, 4801 * MB);
	assert_in_range(pair_of(&b).envelope_bytes[H_1D], 115 * GB, 116 * GB);
	assert_int_equal(pair_of(&b).approved_days, 6);
	assert_int_equal(pair_of(&b).held_days, 0);
	/* an alert day of the week that follows is not learned, a calm one is */
	alerted_days(&b, 2, 1600 * MB, info.id);
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 4700 * MB, 4801 * MB);
	row = row_to(&b, "etl", "203.0.113.9", 900 * MB);
	bench_days(&b, 3, &row, 1);
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 5399 * MB, 5401 * MB);
	/* and after it the clamp is back */
	bench_days(&b, 4, &row, 1);
	assert_int_equal(pair_of(&b).approved_days, 0);
	row = row_to(&b, "etl", "203.0.113.9", 1800 * MB);
	bench_days(&b, 2, &row, 1);
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 5300 * MB, 5700 * MB);
	bench_close(&b);
}

static void a_declined_series_does_not_grow(void **state)
{
	struct engine_series_info info;
	struct tick_row row;
	struct bench b;

	(void)state;
	open_with_baseline(&b, &info);
	assert_int_equal(engine_decline(b.engine, info.id), 0);
	assert_true(pair_of(&b).declined);
	row = row_to(&b, "etl", "203.0.113.9", 110 * MB);
	bench_days(&b, 40, &row, 1); /* without an alert it would be learned in five days */
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 599 * MB, 601 * MB);
	assert_int_equal(engine_approve(b.engine, info.id), 0);
	assert_false(pair_of(&b).declined);
	bench_days(&b, 1, &row, 1);
	bench_feed(&b, NULL, 0);
	assert_in_range(pair_of(&b).envelope_bytes[H_1H], 659 * MB, 661 * MB);
	bench_close(&b);
}

static void words_need_a_series_and_outlive_a_restart(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	struct engine_series_info info;
	struct bench b;

	(void)state;
	open_with_baseline(&b, &info);
	assert_int_equal(engine_approve(b.engine, info.id ^ 1), -ENOENT);
	assert_int_equal(engine_decline(b.engine, info.id ^ 1), -ENOENT);
	assert_int_equal(engine_approve(b.engine, info.id), 0);
	assert_int_equal(engine_save(b.engine, &saved), 0);
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), 0);
	assert_int_equal(pair_of(&b).approved_days, 7);
	assert_int_equal(engine_decline(b.engine, info.id), 0);
	buf_clear(&saved);
	assert_int_equal(engine_save(b.engine, &saved), 0);
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), 0);
	assert_int_equal(pair_of(&b).approved_days, 0);
	assert_true(pair_of(&b).declined);
	bench_close(&b);
}

/* Days of `bytes` per 10 min; the levels of drift that were told. */
static unsigned int drift_levels(struct bench *b, unsigned int days, const char *dst,
				 uint64_t bytes)
{
	struct tick_row row = row_to(b, "etl", dst, bytes);
	int64_t end = b->ts + (int64_t)days * DAY_S;
	unsigned int levels = 0;

	while (b->ts < end) {
		bench_feed(b, &row, 1);
		for (size_t i = 0; i < b->count; i++)
			if (b->findings[i].evidence == EVIDENCE_DRIFT &&
			    b->findings[i].kind == SERIES_PAIR)
				levels |= 1U << b->findings[i].level;
	}
	return levels;
}

static void what_outgrows_its_baseline_is_told(void **state)
{
	static const char *const places[] = { "10.0.0.9", "203.0.113.9" };
	static const unsigned int told[] = { 1U << EG_LEVEL_NOTICE, 1U << EG_LEVEL_TICKET };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct bench b;

		bench_open(&b);
		assert_int_equal(drift_levels(&b, 30, places[i], 50 * MB), 0);
		/* a tenth more is learned in a week, 40 % more in 17 days: nobody asks */
		assert_int_equal(drift_levels(&b, 30, places[i], 55 * MB), 0);
		/* three quarters more: the clamp holds for weeks, where the floors do not rule */
		assert_int_equal(drift_levels(&b, 7, places[i], 96 * MB), 0);
		assert_int_equal(drift_levels(&b, 7, places[i], 96 * MB) & told[i], told[i]);
		assert_int_equal(engine_approve(b.engine, pair_of(&b).id), 0);
		assert_int_equal(drift_levels(&b, 1, places[i], 96 * MB) & ~1U, 0);
		assert_int_equal(drift_levels(&b, 20, places[i], 96 * MB), 0);
		bench_close(&b);
	}
}

static void nobody_is_asked_twice(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b);
	assert_int_equal(drift_levels(&b, 30, "203.0.113.9", 50 * MB), 0);
	assert_true(drift_levels(&b, 14, "203.0.113.9", 96 * MB) != 0);
	assert_int_equal(engine_decline(b.engine, pair_of(&b).id), 0);
	(void)drift_levels(&b, 1, "203.0.113.9", 96 * MB);
	assert_int_equal(drift_levels(&b, 14, "203.0.113.9", 96 * MB), 0);
	bench_close(&b);
}

static int add_talker(void *ctx, const struct engine_series_info *info)
{
	assert_int_equal(info->kind, SERIES_PAIR);
	assert_true(info->db_bytes == TB);
	buf_addf(ctx, "%s ", info->dest->group);
	return 0;
}

static void talkers_are_told_public_first(void **state)
{
	_cleanup_buf_ struct buf said = BUF_INIT;
	struct tick_row rows[4];
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = TB;
	rows[0] = row_to(&b, "postgres", "10.0.0.5", 900 * MB);
	rows[1] = row_to(&b, "postgres", "198.51.100.5", 2 * MB);
	rows[2] = row_to(&b, "exporter", "203.0.113.5", 30 * MB);
	rows[3] = row_to(&b, "postgres", "10.0.1.5", 901 * MB);
	bench_days(&b, 3, rows, 4);
	assert_int_equal(engine_each_talker(b.engine, add_talker, &said), 0);
	assert_string_equal(said.data, "203.0.113.0/24 198.51.100.0/24 10.0.1.0/24 10.0.0.0/24 ");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_approved_series_learns_what_it_reached),
		cmocka_unit_test(a_declined_series_does_not_grow),
		cmocka_unit_test(words_need_a_series_and_outlive_a_restart),
		cmocka_unit_test(what_outgrows_its_baseline_is_told),
		cmocka_unit_test(nobody_is_asked_twice),
		cmocka_unit_test(talkers_are_told_public_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
