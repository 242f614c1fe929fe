// SPDX-License-Identifier: Apache-2.0
/*
 * What rows become in the engine's tables, and that these stay bounded without
 * losing a byte.
 */
#include "unit/detect_fixture.h"

static void scopes_choose_the_series(void **state)
{
	static const struct {
		enum eg_scope scope;
		int host_class; /* -1: feeds nothing */
	} cases[] = {
		{ EG_SCOPE_LOOPBACK, -1 },
		{ EG_SCOPE_HOST_LOCAL, -1 },
		{ EG_SCOPE_LINK_LOCAL, CLASS_INTERNAL },
		{ EG_SCOPE_PRIVATE, CLASS_INTERNAL },
		{ EG_SCOPE_MULTICAST, CLASS_INTERNAL },
		{ EG_SCOPE_PUBLIC, CLASS_PUBLIC },
		{ EG_SCOPE_UNKNOWN, CLASS_ANY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tick_row row = { .tx_bytes = 50 * MB, .scope = (uint8_t)cases[i].scope };
		struct bench b;

		bench_open(&b);
		row.actor = names_actor(b.names, "postgres", "postgres", "", "postgres");
		bench_feed(&b, &row, 1);
		for (int c = 0; c < CLASSES; c++)
			assert_int_equal(b.engine->host[c] != SERIES_NONE,
					 c == cases[i].host_class);
		/* an actor without scope and destination feeds HOST only */
		assert_int_equal(engine_series_count(b.engine), cases[i].host_class < 0 ? 0
								: cases[i].host_class == CLASS_ANY
									? 1
									: 2);
		bench_close(&b);
	}
}

static void rows_of_one_series_add_up(void **state)
{
	struct tick_row rows[3];
	const struct finding *f;
	struct bench b;

	(void)state;
	bench_open(&b);
	for (int i = 0; i < 3; i++)
		rows[i] = row_to(&b, "x", "203.0.113.9", 1200 * MB);
	bench_feed(&b, rows, 3);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_int_equal(f->tx_bytes, 3600 * MB);
	for (size_t i = 1; i < b.count; i++)
		assert_true(b.findings[i - 1].series_id < b.findings[i].series_id);
	bench_close(&b);
}

/* Bytes of all pairs and *other* are those that were sent, whatever is evicted. */
static void a_flood_of_strangers_loses_no_byte(void **state)
{
	enum { STRANGERS = 3000, FEEDS = 8 };
	struct tick_row *rows = calloc(STRANGERS + 1, sizeof(*rows));
	uint64_t sent_kib = 0, counted_kib = 0;
	const struct dest *old;
	struct bench b;
	bool kept = false;

	(void)state;
	bench_open(&b);
	old = names_dest(b.names, "10.0.0.5", EG_SCOPE_UNKNOWN);
	for (int feed = 0; feed < FEEDS; feed++) {
		for (int i = 0; i < STRANGERS; i++) {
			char address[32];
			int n = feed * STRANGERS + i;

			snprintf(address, sizeof(address), "203.%d.%d.1", n / 250, n % 250);
			rows[i + 1] = row_to(&b, "postgres", address, 2048);
			sent_kib += 2;
		}
		rows[0] = row_to(&b, "postgres", "10.0.0.5", 100 * MB);
		rows[0].tx_bytes = 100 << 20;
		sent_kib += 100 << 10;
		bench_feed(&b, rows, STRANGERS + 1);
	}
	for (uint32_t i = 0; i < b.engine->series_used; i++) {
		struct series *s = &b.engine->series[i];

		if (!s->id || s->kind != SERIES_PAIR)
			continue;
		counted_kib += s->ring.sum_kib[H_1D];
		kept |= s->dest == old && s->ring.sum_kib[H_1D] == (uint64_t)FEEDS * 100 << 10;
	}
	assert_true(kept);
	assert_int_equal(b.engine->pairs.count, 1024);
	assert_true(b.engine->pairs.evictions > 0);
	/* only what an evicted stranger had in its own ring is gone with it: 2 KiB each */
	assert_int_equal(counted_kib + 2 * b.engine->pairs.evictions, sent_kib);
	assert_true(engine_series_count(b.engine) <= b.params.max_series);
	bench_close(&b);
	free(rows);
}

static void actors_beyond_the_pool_share_one(void **state)
{
	struct tick_row row;
	uint64_t counted_kib = 0;
	struct bench b;

	(void)state;
	bench_open(&b);
	engine_free(b.engine);
	b.params.max_series = 64;
	assert_int_equal(engine_new(&b.params, b.names, &b.engine), 0);
	for (int i = 0; i < 200; i++) {
		char exe[16];

		snprintf(exe, sizeof(exe), "job-%d", i);
		row = row_to(&b, exe, "198.51.100.7", 1 << 20);
		bench_feed(&b, &row, 1);
	}
	for (uint32_t i = 0; i < b.engine->series_used; i++)
		if (b.engine->series[i].id && b.engine->series[i].kind == SERIES_ACTOR)
			counted_kib += b.engine->series[i].ring.sum_kib[H_28D];
	assert_int_equal(counted_kib, 200 << 10);
	assert_true(engine_series_count(b.engine) <= 64);
	/* a month later the silent ones make room */
	b.ts += 40 * DAY_S;
	row = row_to(&b, "newcomer", "198.51.100.7", 1 << 20);
	bench_feed(&b, &row, 1);
	assert_true(idmap_get(&b.engine->by_actor, row.actor->id) != IDMAP_NONE);
	bench_close(&b);
}

static void what_alert_follows_is_given_until_calm(void **state)
{
	struct tick_row quiet = host_row(1 * MB), burst = host_row(5 * GB);
	int64_t loud;
	struct bench b;

	(void)state;
	bench_open(&b);
	bench_days(&b, 8, &quiet, 1);
	bench_feed(&b, &burst, 1);
	assert_int_equal(b.count, 1);
	loud = b.ts;
	do {
		bench_feed(&b, NULL, 0);
		assert_true(b.ts - loud < 5 * DAY_S);
	} while (b.count);
	/* the 6 h window held it, then 26 h of calm */
	assert_in_range(b.ts - loud, 26 * 3600, (26 + 8) * 3600);
	bench_close(&b);
}

struct listing {
	uint64_t last_id;
	size_t count;
};

static int list_one(void *ctx, const struct engine_series_info *info)
{
	struct listing *l = ctx;

	assert_true(info->id > l->last_id);
	l->last_id = info->id;
	l->count++;
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		assert_true(info->allowed_bytes[h] > 0);
	return l->count == 3 ? 42 : 0;
}

static void series_are_listed_in_order(void **state)
{
	struct listing all = { 0, 100 }, three = { 0, 0 };
	struct tick_row rows[2];
	struct bench b;

	(void)state;
	bench_open(&b);
	rows[0] = row_to(&b, "postgres", "10.0.0.5", MB);
	rows[1] = row_to(&b, "curl", "203.0.113.5", MB);
	bench_feed(&b, rows, 2);
	assert_int_equal(engine_each_series(b.engine, list_one, &all), 0);
	assert_int_equal(all.count - 100, engine_series_count(b.engine));
	assert_int_equal(all.count - 100, 6); /* HOST, ACTOR, PAIR of each class */
	assert_int_equal(engine_each_series(b.engine, list_one, &three), 42);
	assert_int_equal(three.count, 3);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes_choose_the_series),
		cmocka_unit_test(rows_of_one_series_add_up),
		cmocka_unit_test(a_flood_of_strangers_loses_no_byte),
		cmocka_unit_test(actors_beyond_the_pool_share_one),
		cmocka_unit_test(what_alert_follows_is_given_until_calm),
		cmocka_unit_test(series_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
