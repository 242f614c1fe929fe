// SPDX-License-Identifier: Apache-2.0
/*
 * Saved state: an engine that was saved and loaded goes on as if nothing had
 * happened, and damaged bytes change nothing.
 */
#include <stdio.h>

#include "detect/state.h"
#include "unit/detect_fixture.h"

/* Everyday rows with a theft now and then, from a seed. */
static size_t make_rows(struct bench *b, uint64_t *seed, struct tick_row rows[4])
{
	char address[32];

	snprintf(address, sizeof(address), "203.0.%u.7", (unsigned int)(random_next(seed) % 40));
	rows[0] = row_to(b, "postgres", "10.0.0.5", random_next(seed) % (300 * MB));
	rows[0].rd_bytes = random_next(seed) % (900 * MB);
	rows[1] = row_to(b, "curl", address, random_next(seed) % 64 ? 0 : 200 * MB);
	rows[2] = row_to(b, "walsender", "replica-2", random_next(seed) % (50 * MB));
	rows[3] =
		(struct tick_row){ .tx_bytes = random_next(seed) % MB, .scope = EG_SCOPE_PRIVATE };
	return 4;
}

static void run(struct bench *b, uint64_t *seed, unsigned int ticks)
{
	while (ticks--) {
		struct tick_row rows[4];

		bench_feed(b, rows, make_rows(b, seed, rows));
		for (size_t i = 0; i < b->count; i++)
			if (b->findings[i].level == EG_LEVEL_PAGE)
				engine_mark_alerted(b->engine, b->findings[i].series_id);
	}
}

static void same_finding(const struct finding *a, const struct finding *b)
{
	assert_true(a->series_id == b->series_id);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->score_milli, b->score_milli);
	assert_true(a->value_bytes == b->value_bytes);
	assert_true(a->allowed_bytes == b->allowed_bytes);
	assert_true(a->baseline_bytes == b->baseline_bytes);
	assert_int_equal(a->point_count, b->point_count);
	assert_string_equal(a->dest ? a->dest->group : "", b->dest ? b->dest->group : "");
	assert_string_equal(a->actor ? a->actor->exe : "", b->actor ? b->actor->exe : "");
}

static void loaded_goes_on_as_the_saved(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT, again = BUF_INIT;
	uint64_t seed = 3, seed_two;
	struct bench one, two;
	size_t loud = 0;

	(void)state;
	bench_open(&one);
	bench_open(&two); /* with names of its own */
	one.db_bytes = two.db_bytes = 300 * GB;
	run(&one, &seed, 40 * 144 + 77);
	assert_int_equal(engine_save(one.engine, &saved), 0);
	assert_int_equal(engine_load(two.engine, saved.data, saved.len), 0);
	assert_int_equal(engine_save(two.engine, &again), 0);
	assert_int_equal(again.len, saved.len);
	assert_memory_equal(again.data, saved.data, saved.len);
	assert_int_equal(engine_series_count(two.engine), engine_series_count(one.engine));
	assert_int_equal(engine_age_days(two.engine), engine_age_days(one.engine));
	two.ts = one.ts;
	seed_two = seed;
	for (int i = 0; i < 10 * 144; i++) {
		run(&one, &seed, 1);
		run(&two, &seed_two, 1);
		assert_int_equal(one.count, two.count);
		for (size_t k = 0; k < one.count; k++)
			same_finding(&one.findings[k], &two.findings[k]);
		loud += one.count;
	}
	assert_true(loud > 100);
	bench_close(&one);
	bench_close(&two);
}

static void silence_after_loading_was_not_seen(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	struct tick_row row;
	struct bench b;

	(void)state;
	bench_open(&b);
	row = row_to(&b, "postgres", "10.0.0.5", MB);
	bench_days(&b, 10, &row, 1);
	assert_int_equal(engine_save(b.engine, &saved), 0);
	assert_int_equal(b.engine->learned[H_1H], 9);
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), 0);
	b.ts += 5 * DAY_S;
	bench_feed(&b, &row, 1);
	assert_int_equal(b.engine->learned[H_1H], 10); /* the day that was seen to its end */
	bench_close(&b);
}

static void damage_is_refused_and_changes_nothing(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT, after = BUF_INIT;
	uint64_t seed = 5;
	struct bench b;

	(void)state;
	bench_open(&b);
	run(&b, &seed, 300);
	assert_int_equal(engine_save(b.engine, &saved), 0);
	for (size_t len = 0; len < saved.len; len += 1 + len / 64)
		assert_int_equal(engine_load(b.engine, saved.data, len), -EBADMSG);
	saved.data[8]++; /* a newer version */
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), -EBADMSG);
	saved.data[8]--;
	buf_add_char(&saved, 0); /* bytes behind the end */
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), -EBADMSG);
	saved.len--;
	assert_int_equal(engine_save(b.engine, &after), 0);
	assert_int_equal(after.len, saved.len);
	assert_memory_equal(after.data, saved.data, saved.len);
	bench_close(&b);
}

/* 30 days of a server, its clients, a nightly backup and a daily feed, as earlier
 * versions saved them. */
static void read_old(unsigned int version, struct buf *ret)
{
	char path[64], bytes[8192];
	FILE *f;

	snprintf(path, sizeof(path), "tests/unit/data/detect/state-v%u.bin", version);
	f = fopen(path, "re");
	assert_non_null(f);
	buf_add(ret, bytes, fread(bytes, 1, sizeof(bytes), f));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(ret->data[8], version);
}

static int count_warm_pairs(void *ctx, const struct engine_series_info *info)
{
	*(unsigned int *)ctx += info->kind == SERIES_PAIR && info->warm_mask & (1U << H_7D);
	return 0;
}

static void older_states_are_read(void **state)
{
	(void)state;
	for (unsigned int version = 1; version <= 2; version++) {
		_cleanup_buf_ struct buf old = BUF_INIT, again = BUF_INIT;
		unsigned int warm = 0;
		struct tick_row row;
		struct bench b;

		bench_open(&b);
		b.db_bytes = 100 * GB;
		read_old(version, &old);
		assert_int_equal(engine_load(b.engine, old.data, old.len), 0);
		assert_int_equal(b.engine->learned[H_1H], 29);
		assert_int_equal(engine_each_series(b.engine, count_warm_pairs, &warm), 0);
		assert_int_equal(warm, 3);
		/* it is judged by what is in it: a tenth of the backup again, elsewhere */
		b.ts = MONDAY + 30 * DAY_S;
		row = row_to(&b, "pgbackrest", "203.0.113.8", 300 * MB);
		bench_feed(&b, &row, 1);
		assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_PAGE);
		/* and kept in the newest form from now on */
		assert_int_equal(engine_save(b.engine, &again), 0);
		assert_int_equal(again.data[8], STATE_VERSION);
		assert_int_equal(engine_load(b.engine, again.data, again.len), 0);
		/* what a version says it is, it must be */
		old.data[8] = version == 1 ? 0 : 1;
		assert_int_equal(engine_load(b.engine, old.data, old.len), -EBADMSG);
		bench_close(&b);
	}
}

static void a_smaller_engine_takes_what_fits(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	struct bench b;

	(void)state;
	bench_open(&b);
	for (int i = 0; i < 300; i++) {
		char exe[16];
		struct tick_row row;

		snprintf(exe, sizeof(exe), "job-%d", i);
		row = row_to(&b, exe, "198.51.100.7", MB);
		bench_feed(&b, &row, 1);
	}
	assert_int_equal(engine_save(b.engine, &saved), 0);
	engine_free(b.engine);
	b.params.max_series = 64;
	assert_int_equal(engine_new(&b.params, b.names, &b.engine), 0);
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), 0);
	assert_in_range(engine_series_count(b.engine), 30, 64);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loaded_goes_on_as_the_saved),
		cmocka_unit_test(silence_after_loading_was_not_seen),
		cmocka_unit_test(damage_is_refused_and_changes_nothing),
		cmocka_unit_test(older_states_are_read),
		cmocka_unit_test(a_smaller_engine_takes_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
