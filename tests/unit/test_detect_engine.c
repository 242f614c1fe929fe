// SPDX-License-Identifier: Apache-2.0
/*
 * The engine by its rules: what is judged, from when on, by how much, and what
 * stays bounded.
 */
#include "unit/detect_fixture.h"

static void a_warm_host_is_judged_by_its_peak(void **state)
{
	struct tick_row row = host_row(100 * MB); /* 14.4 GB a day */
	const struct finding *f;
	struct bench b;

	(void)state;
	bench_open(&b);
	bench_days(&b, 20, &row, 1);
	assert_int_equal(b.count, 0);
	row.tx_bytes = 3200 * MB; /* 10 min: 32 x the peak, allowed 3 x */
	bench_feed(&b, &row, 1);
	f = bench_find(&b, SERIES_HOST);
	assert_non_null(f);
	assert_int_equal(f->cls, CLASS_ANY);
	assert_null(f->actor);
	assert_int_equal(f->level, EG_LEVEL_PAGE);
	assert_true(f->warm);
	assert_int_equal(f->horizon, H_10M);
	assert_in_range(f->value_bytes, 3199 * MB, 3201 * MB); /* a carried KiB */
	assert_in_range(f->baseline_bytes, 99 * MB, 101 * MB);
	assert_in_range(f->allowed_bytes, 297 * MB, 301 * MB);
	assert_in_range(f->volume_milli, 34100, 34160); /* 10 log2(32/3) */
	assert_int_equal(f->tx_bytes, 3200 * MB);
	assert_in_range(f->ratio_milli, 10660, 10700);
	assert_int_equal(f->profile_age_days, 20);
	bench_close(&b);
}

/* Score of one burst at the given time, G GB in one interval. */
static int32_t burst_score(struct bench *b, uint64_t bytes)
{
	struct tick_row row = host_row(bytes);
	const struct finding *f;

	bench_feed(b, &row, 1);
	f = bench_find(b, SERIES_HOST);
	return f ? f->score_milli : INT32_MIN;
}

static void phi_scales_the_floors(void **state)
{
	static const struct {
		uint64_t db_bytes, floor_10m_kb;
	} cases[] = { { 0, 256000 },
		      { TB, 256000 },
		      { 1000, 12800 },
		      { TB / 2, 128000 },
		      { 100 * TB, 1024000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;
		struct tick_row quiet = host_row(1 * MB);

		bench_open(&b);
		b.db_bytes = cases[i].db_bytes;
		bench_days(&b, 8, &quiet, 1);
		assert_in_range(burst_score(&b, 8 * cases[i].floor_10m_kb * 1000), 29900, 30100);
		assert_in_range(b.findings[0].floor_bytes, cases[i].floor_10m_kb * 999,
				cases[i].floor_10m_kb * 1001);
		bench_close(&b);
	}
}

static void nothing_below_the_minimum_scores(void **state)
{
	struct tick_row rows[1];
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = GB;
	rows[0] = host_row(0);
	bench_days(&b, 20, rows, 1);
	rows[0] = row_to(&b, "curl", "203.0.113.9", 15900 * 1000);
	bench_feed(&b, rows, 1);
	assert_int_equal(b.count, 0); /* 15.9 MB */
	rows[0].tx_bytes = 200 * 1000;
	bench_feed(&b, rows, 1);
	assert_non_null(bench_find(&b, SERIES_PAIR));
	bench_close(&b);
}

static void a_warm_stranger_collects_its_points(void **state)
{
	struct tick_row everyday, theft[2];
	const struct finding *f;
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = TB;
	everyday = row_to(&b, "postgres", "10.0.0.5", 50 * MB);
	bench_days(&b, 22, &everyday, 1);
	assert_int_equal(b.count, 0);
	theft[0] = everyday;
	theft[1] = row_to(&b, "pg_dump", "203.0.113.9", 128 * MB);
	bench_feed(&b, theft, 2);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_string_equal(f->actor->exe, "pg_dump");
	assert_string_equal(f->dest->group, "203.0.113.0/24");
	assert_int_equal(f->cls, CLASS_PUBLIC);
	assert_int_equal(f->init, EG_INIT_ACCEPTED);
	assert_int_equal(f->port, 5432);
	assert_true(has_context(f, EG_CTX_NEW_DEST));
	assert_true(has_context(f, EG_CTX_UNUSUAL_ACTOR));
	assert_true(has_context(f, EG_CTX_TOOL));
	assert_true(has_context(f, EG_CTX_FIRST_PUBLIC));
	assert_false(has_context(f, EG_CTX_OFF_HOURS));            /* a newcomer has no week */
	assert_int_equal(f->score_milli - f->volume_milli, 60000); /* 80, capped */
	assert_in_range(f->volume_milli + 11000, 900, 1100);       /* 128 of 256 MB: -10 */
	assert_int_equal(f->level, EG_LEVEL_PAGE);
	/* the same bytes to a new place, without points for the place */
	f = bench_find(&b, SERIES_NOVEL);
	assert_non_null(f);
	assert_false(has_context(f, EG_CTX_NEW_DEST));
	assert_in_range(f->floor_bytes, 32 * MB, 32 * MB);
	assert_string_equal(f->dest->group, "203.0.113.0/24");
	assert_non_null(bench_find(&b, SERIES_ACTOR));
	/* HOST takes none of it */
	f = bench_find(&b, SERIES_HOST);
	assert_true(!f || !has_context(f, EG_CTX_NEW_DEST));
	bench_close(&b);
}

static void a_cold_sensor_does_not_page_for_everyday_traffic(void **state)
{
	struct tick_row rows[2];
	struct bench b;
	bool ticket = false, notice = false;

	(void)state;
	bench_open(&b);
	b.db_bytes = 100 * GB;
	rows[0] = row_to(&b, "postgres", "10.0.0.5", 200 * MB);
	rows[1] = row_to(&b, "nginx", "198.51.100.5", 20 * MB);
	rows[0].rd_bytes = 150 * MB; /* reads about what it sends, as databases do */
	for (int i = 0; i < 144; i++) {
		bench_feed(&b, rows, i < 40 ? 2 : 1); /* in public below 1 % of D */
		for (size_t k = 0; k < b.count; k++) {
			const struct finding *f = &b.findings[k];

			assert_true(f->level < EG_LEVEL_PAGE);
			assert_true(f->level <= EG_LEVEL_NOTICE || f->cls == CLASS_PUBLIC);
			ticket |= f->level == EG_LEVEL_TICKET;
			notice |= f->level == EG_LEVEL_NOTICE && f->cls == CLASS_INTERNAL;
		}
	}
	assert_true(ticket && notice);
	/* ... and catches the dump of the first night */
	rows[1] = row_to(&b, "pg_dump", "203.0.113.9", 500 * MB);
	bench_feed(&b, rows, 2);
	assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_PAGE);
	assert_false(bench_find(&b, SERIES_PAIR)->warm);
	bench_close(&b);
}

static void a_cold_unknown_needs_a_share_to_page(void **state)
{
	struct tick_row row;
	const struct finding *f;
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = 20 * GB;
	row = row_to(&b, "x", "203.0.113.9", 250 * MB); /* above 1 % of D, below 256 MB */
	bench_feed(&b, &row, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_false(has_context(f, EG_CTX_NEW_DEST));
	assert_int_equal(f->level, EG_LEVEL_TICKET);
	bench_feed(&b, &row, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_true(has_context(f, EG_CTX_NEW_DEST));
	assert_int_equal(f->level, EG_LEVEL_PAGE);
	bench_close(&b);
}

static void long_horizons_wait_until_they_are_warm(void **state)
{
	struct tick_row row = host_row(1 * MB);
	struct bench b;

	(void)state;
	bench_open(&b);
	for (unsigned int day = 1; day <= 57; day++) {
		struct series *s;
		uint32_t expected =
			(day >= 7 ? 0x1c : 0) | (day >= 14 ? 0x60 : 0) | (day >= 56 ? 0x80 : 0);

		bench_days(&b, 1, &row, 1);
		assert_int_equal(bench_try(&b, &row, 1, false), 0); /* the next day begins */
		s = core_at(b.engine, b.engine->host[CLASS_ANY]);
		/* an interval of 600 s never measures 10 s and 1 min */
		assert_int_equal(core_warm_mask(b.engine, s), expected);
	}
	bench_close(&b);
}

static void gaps_teach_nothing(void **state)
{
	struct tick_row row = host_row(1 * MB), unknown = { .tx_unknown = true };
	struct bench b;
	int64_t end;

	(void)state;
	bench_open(&b);
	bench_days(&b, 10, &row, 1);
	assert_int_equal(b.engine->learned[H_1H], 9); /* the tenth ends with the next tick */
	for (end = b.ts + DAY_S / 4; b.ts < end;)     /* 6 h of a day unseen */
		bench_feed(&b, &unknown, 1);
	for (end = b.ts + DAY_S * 3 / 4; b.ts < end;)
		bench_feed(&b, &row, 1);
	bench_feed(&b, &row, 1);
	assert_int_equal(b.engine->learned[H_1H], 10);
	/* rows of a gap tick count all the same */
	row.tx_bytes = 5 * GB;
	assert_int_equal(bench_try(&b, &row, 1, true), 0);
	assert_int_equal(b.count, 1);
	bench_close(&b);
}

static void silence_is_zeros_and_cheap(void **state)
{
	struct tick_row row = host_row(100 * MB);
	struct bench b;
	struct series *s;
	uint64_t peak;

	(void)state;
	bench_open(&b);
	bench_days(&b, 60, &row, 1);
	s = core_at(b.engine, b.engine->host[CLASS_ANY]);
	peak = s->envelope.peak_kib[H_10M];
	b.ts += 60 * DAY_S;
	bench_feed(&b, &row, 1);
	assert_in_range(s->envelope.peak_kib[H_10M], peak * 49 / 100, peak * 51 / 100);
	assert_int_equal(s->ring.sum_kib[H_28D], s->ring.sum_kib[H_10M]);
	bench_close(&b);
}

static void time_never_goes_back(void **state)
{
	struct tick_row row = host_row(100 * MB);
	struct bench b;
	uint64_t sum;

	(void)state;
	bench_open(&b);
	bench_feed(&b, &row, 1);
	bench_feed(&b, &row, 1);
	sum = b.engine->series[b.engine->host[CLASS_ANY]].ring.sum_kib[H_1D];
	b.ts -= 2 * b.interval_s;
	assert_int_equal(bench_try(&b, &row, 1, false), -EINVAL);
	assert_int_equal(b.engine->series[b.engine->host[CLASS_ANY]].ring.sum_kib[H_1D], sum);
	b.ts = -5;
	assert_int_equal(bench_try(&b, &row, 1, false), -EINVAL);
	b.ts = 1LL << 40;
	assert_int_equal(bench_try(&b, &row, 1, false), -EINVAL);
	b.interval_s = 0;
	b.ts = MONDAY + DAY_S;
	assert_int_equal(bench_try(&b, &row, 1, false), -EINVAL);
	bench_close(&b);
}

static void a_late_tick_does_not_look_like_a_burst(void **state)
{
	struct tick_row row = host_row(5 * MB);
	struct bench b;

	(void)state;
	bench_open(&b);
	b.interval_s = 1;
	for (int i = 0; i < 30; i++)
		bench_feed(&b, &row, 1);
	assert_int_equal(b.engine->first_horizon, 0);
	b.interval_s = 45; /* the daemon stood still */
	row.tx_bytes = 225 * MB;
	bench_feed(&b, &row, 1);
	assert_int_equal(b.engine->first_horizon, 1);
	b.interval_s = 1;
	row.tx_bytes = 5 * MB;
	for (int i = 0; i < 10; i++) {
		bench_feed(&b, &row, 1);
		assert_int_equal(b.engine->first_horizon, 1); /* the lump is still inside */
	}
	bench_feed(&b, &row, 1);
	assert_int_equal(b.engine->first_horizon, 0);
	bench_close(&b);
}

static void alert_days_do_not_raise_the_peak(void **state)
{
	for (int alerted = 0; alerted < 2; alerted++) {
		struct tick_row row = host_row(400 * MB);
		struct series *s;
		struct bench b;
		uint64_t peak;

		(void)state;
		bench_open(&b);
		bench_days(&b, 20, &row, 1);
		s = core_at(b.engine, b.engine->host[CLASS_ANY]);
		row.tx_bytes = 9000 * MB;
		bench_feed(&b, &row, 1);
		peak = s->envelope.peak_kib[H_10M];
		if (alerted)
			engine_mark_alerted(b.engine, b.findings[0].series_id);
		row.tx_bytes = 400 * MB;
		bench_days(&b, 1, &row, 1);
		if (alerted)
			assert_true(s->envelope.peak_kib[H_10M] <= peak);
		else
			assert_int_equal(s->envelope.peak_kib[H_10M], peak * 102 / 100);
		bench_close(&b);
	}
}

static void hidden_leak_lifts_the_quietest_hour(void **state)
{
	const struct finding *f = NULL;
	struct bench b;
	struct tick_row row;

	(void)state;
	bench_open(&b);
	/* 4 busy hours a day, at different times: 48 GB; else nothing */
	for (int i = 0; i < 30 * 144; i++) {
		uint64_t seed = (uint64_t)(i / 144);
		uint64_t at = random_next(&seed) % 120;
		bool busy = (uint64_t)(i % 144) >= at && (uint64_t)(i % 144) < at + 24;

		row = host_row(busy ? 2 * GB : 0);
		bench_feed(&b, &row, 1);
	}
	/* 20 MB/min more, day and night: 29 GB a day, half of a usual day */
	for (int i = 0; i < 200 && !f; i++) {
		row = host_row(200 * MB);
		bench_feed(&b, &row, 1);
		f = bench_find(&b, SERIES_HOST);
		if (f && f->level < EG_LEVEL_TICKET)
			f = NULL;
	}
	assert_non_null(f);
	assert_int_equal(f->evidence, EVIDENCE_STEADY);
	assert_int_equal(f->horizon, H_1D);
	assert_int_equal(f->volume_milli, 15000); /* bounded: never a page by itself */
	assert_int_equal(f->level, EG_LEVEL_TICKET);
	bench_close(&b);
}

/* A host that works from 9 to 17 on weekdays sends at 3 in the night. */
static void the_week_speaks_only_for_those_who_keep_it(void **state)
{
	for (int keeps = 0; keeps < 2; keeps++) {
		const struct finding *f;
		struct tick_row row;
		struct bench b;

		(void)state;
		bench_open(&b);
		for (int i = 0; i < 35 * 144; i++) {
			int hour = i % 144 / 6, day = i / 144 % 7;
			bool office = hour >= 9 && hour < 17 && day < 5;
			bool odd = !keeps && i / 144 == 30 && hour == 21;

			row = host_row(office ? 4 * GB : odd ? 2 * GB : 10 * MB);
			bench_feed(&b, &row, 1);
		}
		for (int i = 0; i < 3 * 6 + 3; i++) {
			row = host_row(i < 3 * 6 ? 10 * MB : 3 * GB);
			bench_feed(&b, &row, 1);
		}
		f = bench_find(&b, SERIES_HOST);
		if (keeps) {
			assert_non_null(f);
			assert_int_equal(f->evidence, EVIDENCE_WEEK);
			assert_int_equal(f->level, EG_LEVEL_TICKET);
			assert_false(has_context(f, EG_CTX_OFF_HOURS)); /* not twice */
		} else {
			assert_true(!f || f->evidence != EVIDENCE_WEEK);
		}
		bench_close(&b);
	}
}

static void a_habit_is_no_surprise(void **state)
{
	const struct finding *f;
	struct tick_row rows[1];
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = 100 * GB;
	for (int i = 0; i < 21 * 144 + 12; i++) { /* a dump every night at 01:00 */
		rows[0] = row_to(&b, "pg_dump", "10.0.0.9", i % 144 == 6 ? 2 * GB : 0);
		bench_feed(&b, rows, 1);
		if (i / 144 > 14)
			for (size_t k = 0; k < b.count; k++)
				assert_true(b.findings[k].level <= EG_LEVEL_NOTICE);
	}
	rows[0] = row_to(&b, "pg_dump", "203.0.113.77", 2 * GB); /* elsewhere */
	bench_feed(&b, rows, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_true(has_context(f, EG_CTX_TOOL));
	assert_true(has_context(f, EG_CTX_NEW_DEST));
	assert_false(has_context(f, EG_CTX_UNUSUAL_ACTOR));
	assert_int_equal(f->level, EG_LEVEL_PAGE);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_warm_host_is_judged_by_its_peak),
		cmocka_unit_test(phi_scales_the_floors),
		cmocka_unit_test(nothing_below_the_minimum_scores),
		cmocka_unit_test(a_warm_stranger_collects_its_points),
		cmocka_unit_test(a_cold_sensor_does_not_page_for_everyday_traffic),
		cmocka_unit_test(a_cold_unknown_needs_a_share_to_page),
		cmocka_unit_test(long_horizons_wait_until_they_are_warm),
		cmocka_unit_test(gaps_teach_nothing),
		cmocka_unit_test(silence_is_zeros_and_cheap),
		cmocka_unit_test(time_never_goes_back),
		cmocka_unit_test(a_late_tick_does_not_look_like_a_burst),
		cmocka_unit_test(alert_days_do_not_raise_the_peak),
		cmocka_unit_test(hidden_leak_lifts_the_quietest_hour),
		cmocka_unit_test(the_week_speaks_only_for_those_who_keep_it),
		cmocka_unit_test(a_habit_is_no_surprise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
