// SPDX-License-Identifier: Apache-2.0
/*
 * Fan-out: the counter by itself, and the series that judges how many destinations
 * an actor sends to.
 */
#include "unit/detect_fixture.h"

static void the_hash_is_siphash(void **state)
{
	/* the published vectors: key 00 01 .. 0f, message 00 01 .. 07 */
	const struct fan_key key = { { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL } };
	const struct fan_key other = { { 0x0706050403020101ULL, 0x0f0e0d0c0b0a0908ULL } };

	(void)state;
	assert_true(fan_hash(&key, 0x0706050403020100ULL) == 0x93f5f5799a932462ULL);
	assert_true(fan_hash(&other, 0x0706050403020100ULL) != 0x93f5f5799a932462ULL);
}

static void counts_are_exact_up_to_32(void **state)
{
	const struct fan_key key = { { 1, 2 } };
	struct fan f;

	(void)state;
	fan_init(&f, 0, 1000);
	for (uint64_t i = 1; i <= FAN_EXACT; i++) {
		fan_note(&f, fan_hash(&key, i), 1000);
		fan_note(&f, fan_hash(&key, i), 1000);
		assert_int_equal(fan_count(&f, 1000).ten_minutes, i);
		assert_int_equal(fan_count(&f, 1000).hour, i);
	}
}

static void counts_are_close_beyond(void **state)
{
	static const uint32_t sizes[] = { 40, 64, 100, 200, 500, 2000, 100000 };
	const struct fan_key key = { { 3, 4 } };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(sizes); n++) {
		uint64_t sum = 0;
		uint32_t size = sizes[n];

		/* the mean of 64 counts: its standard error is 1.6 % */
		for (uint64_t run = 0; run < 64; run++) {
			struct fan f;
			uint32_t got;

			fan_init(&f, 0, 1000);
			for (uint64_t i = 0; i < size; i++)
				fan_note(&f, fan_hash(&key, run << 32 | i), 1000);
			got = fan_count(&f, 1000).hour;
			assert_in_range(got, size / 2, size * 2);
			assert_true(got >= FAN_EXACT);
			sum += got;
		}
		assert_in_range(sum / 64, size * 93 / 100, size * 107 / 100);
	}
}

static void windows_slide(void **state)
{
	const struct fan_key key = { { 5, 6 } };

	(void)state;
	for (uint64_t groups = 8; groups <= 64; groups += 56) { /* exact, estimated */
		uint32_t all;
		struct fan f;

		fan_init(&f, 0, 6000);
		for (uint64_t i = 0; i < groups; i++)
			fan_note(&f, fan_hash(&key, i), 6000);
		all = fan_count(&f, 6000).hour;
		assert_int_equal(fan_count(&f, 6009).ten_minutes, all);
		assert_int_equal(fan_count(&f, 6010).ten_minutes, 0);
		assert_int_equal(fan_count(&f, 6059).hour, all);
		assert_int_equal(fan_count(&f, 6060).hour, 0);
		assert_false(fan_is_idle(&f, 6059));
		assert_true(fan_is_idle(&f, 6060));
		/* the same with notes between that move the slots */
		fan_note(&f, fan_hash(&key, 0), 6015);
		assert_int_equal(fan_count(&f, 6015).ten_minutes, 1);
		assert_int_equal(fan_count(&f, 6015).hour, all);
		fan_note(&f, fan_hash(&key, 0), 6065);
		assert_int_equal(fan_count(&f, 6065).hour, 1);
	}
}

/* One interval in which postgres gives `bytes` to each of `groups` networks from
 * 203.`block`.0 on. */
static void feed_groups(struct bench *b, unsigned int block, unsigned int groups, uint64_t bytes)
{
	struct tick_row rows[256];

	assert_true(groups <= ARRAY_SIZE(rows));
	for (unsigned int i = 0; i < groups; i++) {
		char address[32];

		snprintf(address, sizeof(address), "203.%u.%u.7", block, i);
		rows[i] = row_to(b, "postgres", address, bytes);
	}
	bench_feed(b, rows, groups);
}

static void open_with_12_days(struct bench *b, unsigned int groups)
{
	bench_open(b);
	for (int i = 0; i < 12 * 144; i++)
		feed_groups(b, 1, groups, 100 * 1000);
}

static void more_destinations_than_ever_are_a_ticket(void **state)
{
	const struct finding *f;
	struct bench b;

	(void)state;
	open_with_12_days(&b, 16);
	assert_null(bench_find(&b, SERIES_FAN));
	feed_groups(&b, 1, 31, 100 * 1000); /* twice 16 is allowed */
	assert_null(bench_find(&b, SERIES_FAN));
	feed_groups(&b, 2, 150, 100 * 1000);
	f = bench_find(&b, SERIES_FAN);
	assert_non_null(f);
	assert_string_equal(f->actor->exe, "postgres");
	assert_int_equal(f->level, EG_LEVEL_TICKET);
	assert_int_equal(f->floor_bytes, 20);
	assert_int_equal(f->allowed_bytes, 32);
	assert_int_equal(f->baseline_bytes, 16);
	assert_in_range(f->value_bytes, 100, 260); /* an estimate of 150 or 181 */
	assert_int_equal(f->tx_bytes, 150 * 100 * 1000);
	assert_in_range(f->day_bytes, 144 * 16 * 100 * 1000, 150 * 16 * 100 * 1000 + 15 * MB);
	assert_true(f->horizon == H_10M || f->horizon == H_1H);
	bench_close(&b);
}

static void few_destinations_or_few_bytes_do_not_count(void **state)
{
	struct bench b;

	(void)state;
	open_with_12_days(&b, 4);
	feed_groups(&b, 2, 15, 100 * 1000); /* 19 with the usual four: below the floor */
	assert_null(bench_find(&b, SERIES_FAN));
	feed_groups(&b, 3, 200, 60 * 1000); /* below 64 KiB each */
	assert_null(bench_find(&b, SERIES_FAN));
	feed_groups(&b, 4, 40, 66 * 1000);
	assert_non_null(bench_find(&b, SERIES_FAN));
	bench_close(&b);
}

static void small_pieces_add_up(void **state)
{
	struct bench b;
	size_t at;

	(void)state;
	open_with_12_days(&b, 4);
	b.interval_s = 10;
	for (at = 0; at < 60 && !bench_find(&b, SERIES_FAN); at++)
		feed_groups(&b, 2, 60, 5000);
	assert_int_equal(at, 14); /* 14 x 5000 > 65536 */
	bench_close(&b);
}

static void fan_out_is_context_for_volume(void **state)
{
	for (int warm = 0; warm < 2; warm++) {
		const struct finding *f;
		struct bench b;

		(void)state;
		bench_open(&b);
		for (int i = 0; i < (warm ? 12 : 3) * 144; i++)
			feed_groups(&b, 1, 16, 100 * 1000);
		feed_groups(&b, 2, 250, 20 * MB);
		f = bench_find(&b, SERIES_ACTOR);
		assert_non_null(f);
		assert_true(has_context(f, EG_CTX_FAN) == (warm == 1));
		f = bench_find(&b, SERIES_HOST);
		assert_true(!f || !has_context(f, EG_CTX_FAN));
		bench_close(&b);
	}
}

static void a_crowd_is_learned(void **state)
{
	struct bench b;

	(void)state;
	open_with_12_days(&b, 120);
	assert_null(bench_find(&b, SERIES_FAN));
	feed_groups(&b, 1, 140, 100 * 1000);
	assert_null(bench_find(&b, SERIES_FAN));
	bench_close(&b);
}

static void counters_are_shared_by_who_needs_them(void **state)
{
	struct tick_row rows[64];
	struct bench b;

	(void)state;
	bench_open(&b);
	engine_free(b.engine);
	b.params.max_series = 256; /* 64 actors, 16 counters */
	assert_int_equal(engine_new(&b.params, b.names, &b.engine), 0);
	assert_int_equal(b.engine->fans.limit, 16);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 40; i++) {
			char exe[16];

			snprintf(exe, sizeof(exe), "p%u-%u", round, i);
			rows[i] = row_to(&b, exe, "203.0.113.7", 100 * 1000);
		}
		bench_feed(&b, rows, 20);
		assert_int_equal(b.engine->fans.used, 16);
		for (uint32_t i = 0; i < 16; i++)
			assert_int_equal(b.engine->actors[b.engine->fans.pool[i].actor].fan, i);
		b.ts += 7200;
	}
	bench_close(&b);
}

/* Counters, partial bytes and key go on after loading as if nothing had happened. */
static void state_keeps_the_counts(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT, again = BUF_INIT;
	const uint64_t key[2] = { 7, 8 };
	struct bench one, two;

	(void)state;
	bench_open(&one);
	bench_open(&two);
	engine_set_key(one.engine, key);
	for (int i = 0; i < 12 * 144; i++)
		feed_groups(&one, 1, 16, 100 * 1000);
	one.interval_s = two.interval_s = 10;
	feed_groups(&one, 2, 100, 50 * 1000); /* not yet given */
	feed_groups(&one, 3, 50, 100 * 1000);
	assert_int_equal(engine_save(one.engine, &saved), 0);
	assert_int_equal(engine_load(two.engine, saved.data, saved.len), 0);
	assert_int_equal(engine_save(two.engine, &again), 0);
	assert_int_equal(again.len, saved.len);
	assert_memory_equal(again.data, saved.data, saved.len);
	two.ts = one.ts;
	feed_groups(&one, 2, 100, 50 * 1000);
	feed_groups(&two, 2, 100, 50 * 1000);
	assert_non_null(bench_find(&one, SERIES_FAN));
	assert_non_null(bench_find(&two, SERIES_FAN));
	assert_true(bench_find(&one, SERIES_FAN)->value_bytes ==
		    bench_find(&two, SERIES_FAN)->value_bytes);
	assert_in_range(bench_find(&two, SERIES_FAN)->value_bytes, 110, 250); /* 166 */
	engine_set_key(two.engine, (uint64_t[2]){ 0, 0 });
	assert_true(two.engine->fans.key.word[0] == 7);
	bench_close(&one);
	bench_close(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_siphash),
		cmocka_unit_test(counts_are_exact_up_to_32),
		cmocka_unit_test(counts_are_close_beyond),
		cmocka_unit_test(windows_slide),
		cmocka_unit_test(more_destinations_than_ever_are_a_ticket),
		cmocka_unit_test(few_destinations_or_few_bytes_do_not_count),
		cmocka_unit_test(small_pieces_add_up),
		cmocka_unit_test(fan_out_is_context_for_volume),
		cmocka_unit_test(a_crowd_is_learned),
		cmocka_unit_test(counters_are_shared_by_who_needs_them),
		cmocka_unit_test(state_keeps_the_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
