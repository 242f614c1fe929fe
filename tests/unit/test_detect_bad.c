// SPDX-License-Identifier: Apache-2.0
/*
 * Input that should not be: each kind has a defined outcome (docs/detection.md).
 */
#include "unit/detect_fixture.h"

enum { STRANGERS = 1000000, STRANGERS_A_TICK = 10000 };

/* What was learned of every series, as text. */
static int add_learned(void *ctx, const struct engine_series_info *info)
{
	buf_addf(ctx, "%llx", (unsigned long long)info->id);
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		buf_addf(ctx, " %llu %llu", (unsigned long long)info->envelope_bytes[h],
			 (unsigned long long)info->value_bytes[h]);
	return 0;
}

static void repeated_rows_add_up_in_any_order(void **state)
{
	_cleanup_buf_ struct buf first = BUF_INIT, second = BUF_INIT;
	struct bench a, b;

	(void)state;
	bench_open(&a);
	bench_open(&b);
	for (int i = 0; i < 20 * 144; i++) {
		struct tick_row x = row_to(&a, "postgres", "10.0.0.5", 40 * MB);
		struct tick_row y = row_to(&a, "postgres", "203.0.113.5", 3 * MB);
		struct tick_row z = row_to(&a, "curl", "198.51.100.9", i % 500 ? 0 : 90 * MB);

		bench_feed(&a, (struct tick_row[]){ x, y, z, x }, 4);
		x = row_to(&b, "postgres", "10.0.0.5", 80 * MB);
		y = row_to(&b, "postgres", "203.0.113.5", 3 * MB);
		z = row_to(&b, "curl", "198.51.100.9", i % 500 ? 0 : 90 * MB);
		bench_feed(&b, (struct tick_row[]){ x, y, z }, 3);
		assert_int_equal(a.count, b.count);
		for (size_t k = 0; k < a.count; k++) {
			assert_true(a.findings[k].series_id == b.findings[k].series_id);
			assert_int_equal(a.findings[k].score_milli, b.findings[k].score_milli);
		}
	}
	assert_int_equal(engine_each_series(a.engine, add_learned, &first), 0);
	assert_int_equal(engine_each_series(b.engine, add_learned, &second), 0);
	assert_string_equal(first.data, second.data);
	bench_close(&a);
	bench_close(&b);
}

static void absurd_values_saturate(void **state)
{
	struct tick_row rows[3];
	const struct finding *f;
	struct bench b;

	(void)state;
	bench_open(&b);
	rows[0] = row_to(&b, "postgres", "10.0.0.5", 40 * MB);
	bench_days(&b, 20, rows, 1);
	rows[1] = row_to(&b, "curl", "203.0.113.7", 1ULL << 63);
	rows[1].rd_bytes = UINT64_MAX;
	rows[2] = rows[1];
	for (int day = 0; day < 60 * 144; day++) {
		bench_feed(&b, rows, 3);
		f = bench_find(&b, SERIES_PAIR);
		assert_non_null(f);
		if (day)
			continue;
		assert_int_equal(f->level, EG_LEVEL_PAGE);
		assert_true(f->value_bytes > 1ULL << 42); /* a slot holds 4 TiB, and stays there */
		assert_true(f->tx_bytes == UINT64_MAX);
		assert_true(f->score_milli > 0);
	}
	/* the series beside it is as it was, and silence ends it */
	for (size_t i = 0; i < b.count; i++)
		assert_true(!b.findings[i].dest ||
			    strcmp(b.findings[i].dest->group, "10.0.0.0/24") != 0);
	bench_days(&b, 40, rows, 1);
	assert_int_equal(b.count, 0);
	bench_close(&b);
}

static void a_million_destinations_hide_nobody(void **state)
{
	static struct tick_row rows[STRANGERS_A_TICK + 2];
	uint32_t series_limit;
	struct bench b;
	bool caught = false;

	(void)state;
	bench_open(&b);
	b.db_bytes = 100 * GB;
	b.interval_s = 60;
	rows[0] = row_to(&b, "postgres", "10.0.0.5", 4 * MB);
	bench_days(&b, 16, rows, 1);
	series_limit = b.engine->series_limit;
	for (int i = 0; i < STRANGERS;) {
		size_t count = 1;

		/* Names of the engine's user live as long as it; a table of a million is not
		 * the engine's cost. */
		while (count <= STRANGERS_A_TICK) {
			char name[32];

			snprintf(name, sizeof(name), "c%d.example", i++);
			rows[count++] = row_to(&b, "postgres", name, 10 * 1000);
		}
		if (i > STRANGERS / 2)
			rows[count++] = row_to(&b, "postgres", "203.0.113.66", 300 * MB);
		bench_feed(&b, rows, count);
		for (size_t k = 0; k < b.count; k++)
			caught |= b.findings[k].level == EG_LEVEL_PAGE && b.findings[k].dest &&
				  strcmp(b.findings[k].dest->group, "203.0.113.0/24") == 0;
	}
	assert_true(caught);
	assert_true(engine_series_count(b.engine) <= series_limit);
	assert_int_equal(b.engine->series_limit, series_limit);
	assert_true(b.engine->ledger.used <= LEDGER_ENTRIES);
	bench_close(&b);
}

static void clock_steps_are_survived(void **state)
{
	struct tick_row row;
	struct bench b;
	int64_t now;

	(void)state;
	bench_open(&b);
	row = row_to(&b, "postgres", "10.0.0.5", 40 * MB);
	bench_days(&b, 20, &row, 1);
	now = b.ts;
	b.ts -= 3600; /* back: refused until time has caught up */
	for (int i = 0; i < 5; i++, b.ts += b.interval_s)
		assert_int_equal(bench_try(&b, &row, 1, false), -EINVAL);
	assert_int_equal(bench_try(&b, &row, 1, false),
			 0);   /* ends where it stood: no time, bytes */
	b.ts = now + 3 * 3600; /* ahead: silence */
	bench_feed(&b, &row, 1);
	assert_int_equal(b.count, 0);
	b.ts += 400LL * DAY_S; /* far ahead: not seen */
	bench_feed(&b, &row, 1);
	assert_int_equal(b.count, 0);
	assert_int_equal(b.engine->learned[H_1H], 20);
	bench_close(&b);
}

static void two_hosts_need_two_engines(void **state)
{
	struct tick_row row;
	struct bench a, b;

	(void)state;
	bench_open(&a);
	bench_open(&b);
	row = row_to(&a, "postgres", "203.0.113.5", 500 * MB);
	bench_days(&a, 20, &row, 1); /* a busy host */
	row = row_to(&b, "postgres", "10.0.0.5", MB);
	bench_days(&b, 20, &row, 1); /* a calm one: what the other does is no excuse */
	row = row_to(&b, "postgres", "203.0.113.5", 500 * MB);
	bench_feed(&b, &row, 1);
	assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_PAGE);
	row = row_to(&a, "postgres", "203.0.113.5", 500 * MB);
	bench_feed(&a, &row, 1);
	assert_null(bench_find(&a, SERIES_PAIR));
	bench_close(&a);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeated_rows_add_up_in_any_order),
		cmocka_unit_test(absurd_values_saturate),
		cmocka_unit_test(a_million_destinations_hide_nobody),
		cmocka_unit_test(clock_steps_are_survived),
		cmocka_unit_test(two_hosts_need_two_engines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
