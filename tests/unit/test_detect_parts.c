// SPDX-License-Identifier: Apache-2.0
/*
 * The detector's parts, each against a naive model or its own identities: fixed
 * point, ring, envelope, hour-of-week, quietest hour, id map, ledger.
 */
#include "unit/detect_fixture.h"

#include "detect/fixed.h"

static void logarithm_obeys_its_laws(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(fixed_log2(1ULL << i), (int64_t)i << FIXED_LOG2_BITS);
	/* log2(3) = 1.5849625007 */
	assert_in_range(fixed_log2(3), 26591255, 26591259);
	for (int i = 0; i < 20000; i++) {
		uint64_t a = 1 + (random_next(&seed) >> 34), b = 1 + (random_next(&seed) >> 34);
		int64_t error = fixed_log2(a * b) - fixed_log2(a) - fixed_log2(b);

		assert_in_range(error + 200, 0, 400); /* 200 / 2^24 = 1.2e-5 */
		assert_true(fixed_log2(a + 1) >= fixed_log2(a));
	}
	assert_int_equal(fixed_points_milli(2000, 1000), 10000);
	assert_int_equal(fixed_points_milli(1000, 8000), -30000);
	assert_int_equal(fixed_points_milli(12345, 12345), 0);
}

static void decay_halves_in_its_time(void **state)
{
	static const uint32_t lives[] = { 1, 2, 7, 60, 365 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++) {
		uint64_t v = 1ULL << 50;

		for (uint32_t k = 0; k < lives[i]; k++)
			v = fixed_mul_q32(v, fixed_half_life(lives[i]));
		assert_in_range(v, (1ULL << 49) - (1ULL << 30), (1ULL << 49) + (1ULL << 30));
	}
}

static void arithmetic_saturates(void **state)
{
	(void)state;
	assert_true(fixed_mul_milli(UINT64_MAX, 1500) == UINT64_MAX);
	assert_true(fixed_mul_milli(UINT64_MAX, 500) >= UINT64_MAX / 2 - 1000);
	assert_int_equal(fixed_mul_milli(1001, 1020), 1021);
	assert_int_equal(fixed_mul_milli(UINT64_MAX, 0), 0);
	assert_int_equal(fixed_ratio_milli(UINT64_MAX, 1), UINT32_MAX);
	assert_int_equal(fixed_ratio_milli(3, 2), 1500);
	assert_true(fixed_add(UINT64_MAX, 1) == UINT64_MAX);
	assert_true(fixed_ratio_above(UINT64_MAX, 1, UINT64_MAX - 1, 1));
	assert_false(fixed_ratio_above(2, 4, 1, 2));
}

/* --- ring ------------------------------------------------------------------ */

enum { EVENTS = 600 };
struct event {
	uint32_t time;
	uint64_t kib;
};

/* V_h by definition: slots of the horizon's width, the current one included. */
static uint64_t naive_sum(const struct event *events, size_t count, uint32_t now, unsigned int h)
{
	static const uint32_t width[] = { 1, 10, 60, 600, 3600, 3600, DAY_S, DAY_S };
	static const uint32_t slots[] = { 10, 6, 10, 6, 6, 24, 7, 28 };
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		if (now / width[h] - events[i].time / width[h] < slots[h])
			sum += events[i].kib;
	return sum;
}

static uint32_t random_step(uint64_t *seed)
{
	static const uint32_t scale[] = { 2, 12, 90, 900, 5000, 40000, 200000, 3000000 };

	return (uint32_t)(random_next(seed) % scale[random_next(seed) % 8]);
}

static void ring_sums_as_a_naive_list_does(void **state)
{
	(void)state;
	for (uint64_t run = 1; run <= 60; run++) {
		struct event events[EVENTS];
		uint64_t seed = run, bytes_carried = 0;
		struct ring_clock clock;
		struct ring ring, again;
		uint32_t now = 1700000000 + (uint32_t)(random_next(&seed) % 1000000);

		ring_clock_set(&clock, now);
		ring_init(&ring, &clock);
		for (size_t i = 0; i < EVENTS && now < 4000000000U; i++) {
			uint64_t bytes = random_next(&seed) >> (24 + random_next(&seed) % 40);

			now += random_step(&seed);
			ring_clock_set(&clock, now);
			ring_advance(&ring, &clock);
			ring_add(&ring, &clock, bytes);
			bytes_carried += bytes & 1023;
			events[i] = (struct event){ now, (bytes >> 10) + (bytes_carried >> 10) };
			bytes_carried &= 1023;
			for (unsigned int h = 0; h < EG_HORIZONS; h++)
				assert_true(ring.sum_kib[h] == naive_sum(events, i + 1, now, h));
		}
		again = ring;
		ring_resum(&again);
		assert_memory_equal(&again, &ring, sizeof(ring));
	}
}

static void ring_saturates_and_never_wraps(void **state)
{
	struct ring_clock clock;
	struct ring ring;

	(void)state;
	ring_clock_set(&clock, 1700000000);
	ring_init(&ring, &clock);
	for (int i = 0; i < 3; i++)
		ring_add(&ring, &clock, 3ULL << 40); /* 3 TiB: a u32 slot holds 4 */
	assert_int_equal(ring.sum_kib[H_10S], UINT32_MAX);
	assert_true(ring.sum_kib[H_28D] == 9ULL << 30);
	for (int i = 0; i < 3; i++)
		ring_add(&ring, &clock, UINT64_MAX);
	assert_int_equal(ring.sum_kib[H_1D], UINT32_MAX);
	assert_true(ring.sum_kib[H_28D] == 1ULL << 54);
	ring_clock_set(&clock, 1700000000 + 29 * DAY_S);
	ring_advance(&ring, &clock);
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		assert_int_equal(ring.sum_kib[h], 0);
}

static void ring_ignores_a_clock_that_goes_back(void **state)
{
	struct ring_clock clock, before;
	struct ring ring, copy;

	(void)state;
	ring_clock_set(&clock, 1700000000);
	ring_clock_set(&before, 1690000000);
	ring_init(&ring, &clock);
	ring_add(&ring, &clock, 4096);
	copy = ring;
	ring_advance(&ring, &before);
	assert_memory_equal(&ring, &copy, sizeof(ring));
}

/* --- envelope ---------------------------------------------------------------- */

static const uint64_t floors[EG_HORIZONS] = { 100, 100, 100, 100, 100, 100, 100, 100 };

static struct envelope_day a_day(bool warm)
{
	return (struct envelope_day){
		.floor_kib = floors,
		.decay_q32 = fixed_half_life(60),
		.growth_milli = 1020,
		.learned_mask = 0xff,
		.warm_mask = warm ? 0xff : 0,
	};
}

static uint64_t peak_after(uint64_t peak, uint64_t anchor, uint64_t today,
			   const struct envelope_day *day)
{
	struct envelope e = { .peak_kib = { peak } };

	envelope_set_anchor(&e, 0, anchor);
	e.today_kib[0] = today;
	envelope_day_end(&e, day);
	return e.peak_kib[0];
}

static void envelope_learns_freely_then_under_a_clamp(void **state)
{
	struct envelope_day cold = a_day(false), warm = a_day(true), frozen = a_day(true);

	(void)state;
	frozen.frozen = true;
	assert_int_equal(peak_after(1000, 0, 9000, &cold), 9000);
	assert_int_equal(peak_after(1000, 0, 10, &cold), 1000);
	assert_int_equal(peak_after(1000, 1024, 9000, &warm), 1020);   /* g */
	assert_int_equal(peak_after(1000, 1024, 9000, &frozen), 1000); /* alert day */
	assert_int_equal(peak_after(1000, 1024, 10, &frozen), 1000);   /* it teaches nothing */
	assert_int_equal(peak_after(0, 0, 9000, &warm), 50);           /* half the floor is free */
	assert_int_equal(peak_after(1000, 1024, 10, &warm), 988);      /* 2^(-1/60) */
	assert_int_equal(peak_after(1000, 1024, 995, &warm), 995);
	/* no further than half above the anchor, and never down for its sake */
	assert_int_equal(peak_after(1530, 1024, 9000, &warm), 1536);
	assert_int_equal(peak_after(1600, 1024, 9000, &warm), 1600);
}

static void envelope_says_where_growth_was_held(void **state)
{
	struct envelope_day warm = a_day(true);
	struct envelope e = { .peak_kib = { 1000, 1000 }, .anchor = { 16, 16 } };

	(void)state;
	e.today_kib[1] = 5000;
	warm.learned_mask = 0x7f;
	e.today_kib[7] = 5000;
	assert_int_equal(envelope_day_end(&e, &warm), 1 << 1);
	assert_int_equal(e.today_kib[1], 0);
	assert_int_equal(e.today_kib[7], 5000); /* not measured that day: kept for the next */
	assert_int_equal(e.peak_kib[7], 0);
}

static void anchor_follows_every_28th_day(void **state)
{
	struct envelope_day warm = a_day(true);
	struct envelope e = { .peak_kib = { 1280 }, .today_kib = { 1280 }, .anchor = { 16 } };

	(void)state;
	envelope_day_end(&e, &warm);
	assert_int_equal(envelope_anchor_kib(&e, 0), 1024);
	warm.anchor_due = true;
	e.today_kib[0] = 1280;
	envelope_day_end(&e, &warm);
	assert_int_equal(envelope_anchor_kib(&e, 0), e.peak_kib[0]);
}

/* --- week and quietest hour ---------------------------------------------------- */

static void week_remembers_its_hours(void **state)
{
	struct weekslot w = { .q = { 0 } };
	uint32_t hours[24] = { [3] = 1000000 };
	uint32_t day = MONDAY / DAY_S;
	uint64_t peak;

	(void)state;
	weekslot_day_end(&w, hours, day, false);
	peak = weekslot_peak_kib(&w, day * 24 + 3);
	assert_in_range(peak, 940000, 1060000);                      /* a sixth of a doubling */
	assert_int_equal(weekslot_peak_kib(&w, day * 24 + 2), peak); /* neighbours */
	assert_int_equal(weekslot_peak_kib(&w, day * 24 + 4), peak);
	assert_int_equal(weekslot_peak_kib(&w, day * 24 + 5), 0);
	assert_int_equal(weekslot_peak_kib(&w, (day + 7) * 24 + 3), peak);
	assert_int_equal(weekslot_peak_kib(&w, (day + 1) * 24 + 3), 0);
	/* ten silent weeks: 0.93^10 = .48 */
	hours[3] = 0;
	for (uint32_t week = 1; week <= 10; week++)
		weekslot_day_end(&w, hours, day + 7 * week, false);
	assert_in_range(weekslot_peak_kib(&w, day * 24 + 3), peak * 42 / 100, peak * 55 / 100);
	/* a day with an alert teaches neither more nor less than was known */
	peak = weekslot_peak_kib(&w, day * 24 + 3);
	hours[3] = UINT32_MAX;
	weekslot_day_end(&w, hours, day + 77, true);
	assert_int_equal(weekslot_peak_kib(&w, day * 24 + 3), peak);
	hours[3] = 0;
	for (uint32_t week = 12; week <= 30; week++)
		weekslot_day_end(&w, hours, day + 7 * week, true);
	assert_int_equal(weekslot_peak_kib(&w, day * 24 + 3), peak);
}

static void week_wraps_around(void **state)
{
	struct weekslot w = { .q = { 0 } };
	uint32_t hours[24] = { [23] = 5000 };

	(void)state;
	weekslot_day_end(&w, hours, 6, false); /* hour 167 */
	assert_in_range(weekslot_peak_kib(&w, 168), 4700, 5300);
	assert_int_equal(weekslot_peak_kib(&w, 169), 0);
}

static void quietest_hour_rules(void **state)
{
	struct steady s = { .value_kib = 0 };
	struct steady_day day = { .floor_kib = 100,
				  .decay_q32 = fixed_half_life(60),
				  .growth_milli = 1020 };
	struct ring_clock clock;
	struct ring ring;
	uint32_t now = MONDAY;

	(void)state;
	ring_clock_set(&clock, now);
	ring_init(&ring, &clock);
	for (int hour = 0; hour < 30; hour++, now += 3600) {
		ring_clock_set(&clock, now);
		ring_advance(&ring, &clock);
		steady_update(&s, &ring);
		/* 23 whole hours must have had something */
		assert_int_equal(s.value_kib, hour < 23 ? 0 : 24 * 7);
		ring_add(&ring, &clock, hour == 10 ? 7 << 10 : 50 << 10);
	}
	steady_day_end(&s, &day);
	assert_int_equal(s.peak_kib, 168); /* learned freely while not warm */
	assert_false(steady_is_fickle(&s));
	assert_int_equal(steady_allowed_kib(&s, 100), 336);
	assert_int_equal(steady_allowed_kib(&s, 1000), 1000);
	day.warm = true;
	s.today_kib = 5000;
	steady_day_end(&s, &day);
	assert_int_equal(s.peak_kib, 171); /* 2 % a day */
	s.above_days <<= 1;
	assert_true(steady_is_fickle(&s));
	s.above_days <<= 27;
	assert_false(steady_is_fickle(&s)); /* forgotten after 28 days */
}

/* --- tables ---------------------------------------------------------------- */

static void idmap_agrees_with_an_array(void **state)
{
	enum { IDS = 64 };
	uint32_t model[IDS], count = 0;
	uint64_t seed = 7;
	struct idmap m;

	(void)state;
	assert_int_equal(idmap_init(&m, IDS), 0);
	for (int i = 0; i < IDS; i++)
		model[i] = IDMAP_NONE;
	for (int step = 0; step < 40000; step++) {
		uint32_t i = (uint32_t)(random_next(&seed) % IDS);
		/* ids that collide: few low bits, so that probing and deletion matter */
		uint64_t id = ((uint64_t)(i + 1) << 32) | (i % 5);

		if (model[i] != IDMAP_NONE && random_next(&seed) % 2) {
			idmap_remove(&m, id);
			model[i] = IDMAP_NONE;
			count--;
		} else if (model[i] == IDMAP_NONE) {
			idmap_put(&m, id, (uint32_t)step);
			model[i] = (uint32_t)step;
			count++;
		}
		for (uint32_t k = 0; k < IDS; k++)
			assert_int_equal(idmap_get(&m, ((uint64_t)(k + 1) << 32) | (k % 5)),
					 model[k]);
		assert_int_equal(m.count, count);
	}
	idmap_destroy(&m);
}

static void ledger_knows_after_days(void **state)
{
	struct ledger l;

	(void)state;
	assert_int_equal(ledger_init(&l, &detect_defaults), 0);
	assert_true(ledger_is_new(&l, 42, 100));
	assert_int_equal(ledger_first_day(&l, 42), 0);
	assert_true(ledger_note(&l, 42, 100));
	assert_true(ledger_note(&l, 42, 100)); /* the same day counts once */
	assert_true(ledger_note(&l, 42, 107)); /* old enough, two days only */
	assert_false(ledger_note(&l, 42, 108));
	assert_int_equal(ledger_first_day(&l, 42), 100);
	assert_false(ledger_is_new(&l, 42, 108));
	assert_true(ledger_note(&l, 43, 100));
	assert_true(ledger_note(&l, 43, 101));
	assert_true(ledger_note(&l, 43, 102)); /* three days, too young */
	assert_false(ledger_is_new(&l, 43, 107));
	assert_int_equal(l.used, 2);
	ledger_destroy(&l);
}

static void ledger_evicts_strangers_first(void **state)
{
	struct ledger l;
	uint64_t id = 1ULL << 16; /* all of one row */

	(void)state;
	assert_int_equal(ledger_init(&l, &detect_defaults), 0);
	for (uint16_t day = 1; day <= 20; day++)
		ledger_note(&l, id, day);
	for (uint64_t i = 1; i <= 1000; i++)
		assert_true(ledger_note(&l, id + i * ((uint64_t)LEDGER_ROWS << 16), 20));
	assert_false(ledger_is_new(&l, id, 20));
	assert_true(ledger_is_new(&l, id + ((uint64_t)LEDGER_ROWS << 16), 40)); /* gone */
	assert_int_equal(l.used, LEDGER_WAYS);
	assert_int_equal(l.evictions, 1001 - LEDGER_WAYS);
	ledger_destroy(&l);
}

/* M_h of one day, its rules, what E_h and P_h become. */
static void envelope_takes_the_operators_word(void **state)
{
	struct envelope e = { .peak_kib = { 1000 }, .today_kib = { 9000 }, .anchor = { 16 } };
	struct envelope_day day = a_day(true);

	(void)state;
	day.adopt = true;
	assert_int_equal(envelope_day_end(&e, &day), 0);
	assert_int_equal(e.peak_kib[0], 9000);
	/* kept in 64 KiB, rounded up */
	assert_int_equal(envelope_anchor_kib(&e, 0), 9024);
	envelope_set_anchor(&e, 1, UINT64_MAX - 1);
	assert_true(envelope_anchor_kib(&e, 1) == UINT64_MAX);
	day = a_day(true);
	day.frozen = day.pinned = day.anchor_due = true;
	e.today_kib[0] = 9900;
	e.anchor[0] = 125;
	assert_int_equal(envelope_day_end(&e, &day), 1);
	assert_int_equal(e.peak_kib[0], 9000);
	assert_int_equal(envelope_anchor_kib(&e, 0), 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithm_obeys_its_laws),
		cmocka_unit_test(decay_halves_in_its_time),
		cmocka_unit_test(arithmetic_saturates),
		cmocka_unit_test(ring_sums_as_a_naive_list_does),
		cmocka_unit_test(ring_saturates_and_never_wraps),
		cmocka_unit_test(ring_ignores_a_clock_that_goes_back),
		cmocka_unit_test(envelope_learns_freely_then_under_a_clamp),
		cmocka_unit_test(envelope_says_where_growth_was_held),
		cmocka_unit_test(envelope_takes_the_operators_word),
		cmocka_unit_test(anchor_follows_every_28th_day),
		cmocka_unit_test(week_remembers_its_hours),
		cmocka_unit_test(week_wraps_around),
		cmocka_unit_test(quietest_hour_rules),
		cmocka_unit_test(idmap_agrees_with_an_array),
		cmocka_unit_test(ledger_knows_after_days),
		cmocka_unit_test(ledger_evicts_strangers_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
