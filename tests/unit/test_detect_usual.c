// SPDX-License-Identifier: Apache-2.0
/*
 * Transfers that are much the same every day, and newcomers where newcomers are usual:
 * what speaks of them, and what keeps quiet.
 */
#include "unit/detect_fixture.h"

enum { DAY_TICKS = 144 }; /* of 10 min */

/* One day of a nightly job of `bytes` at 02:00 and of a feed of `feed` every 10 min.
 * Returns the highest level of the job's or the feed's PAIR by their day. */
static enum eg_level day_of(struct bench *b, const char *job_to, uint64_t bytes, uint64_t feed)
{
	enum eg_level highest = EG_LEVEL_NONE;

	for (int i = 0; i < DAY_TICKS; i++) {
		struct tick_row rows[2];
		size_t count = 0;

		if (i == 12 && bytes)
			rows[count++] = row_to(b, "pgbackrest", job_to, bytes);
		if (feed)
			rows[count++] = row_to(b, "exporter", "203.0.113.50", feed);
		bench_feed(b, rows, count);
		for (size_t k = 0; k < b->count; k++)
			if (b->findings[k].kind == SERIES_PAIR &&
			    b->findings[k].evidence == EVIDENCE_DAY)
				highest = MAX(highest, b->findings[k].level);
	}
	return highest;
}

/* 28 nights of 30 GB, give or take 3 %. */
static void learn_job(struct bench *b, const char *to)
{
	bench_open(b);
	for (unsigned int i = 0; i < 28; i++)
		assert_int_equal(day_of(b, to, 30 * GB + i % 7 * 300 * MB, 0), EG_LEVEL_NONE);
}

static void a_larger_job_is_told_twice_before_it_is_a_ticket(void **state)
{
	struct bench b;

	(void)state;
	learn_job(&b, "10.9.0.5");
	assert_int_equal(day_of(&b, "10.9.0.5", 35 * GB, 0), EG_LEVEL_NONE); /* within an eighth */
	assert_int_equal(day_of(&b, "10.9.0.5", 60 * GB, 0), EG_LEVEL_NOTICE); /* a month ends */
	for (unsigned int i = 0; i < 4; i++)
		(void)day_of(&b, "10.9.0.5", 30 * GB, 0);
	assert_int_equal(day_of(&b, "10.9.0.5", 44 * GB, 0), EG_LEVEL_NOTICE);
	assert_int_equal(day_of(&b, "10.9.0.5", 44 * GB, 0), EG_LEVEL_TICKET);
	bench_close(&b);
	/* outside the house once is enough */
	learn_job(&b, "203.0.113.9");
	assert_int_equal(day_of(&b, "203.0.113.9", 44 * GB, 0), EG_LEVEL_TICKET);
	bench_close(&b);
}

static const unsigned int percent[] = { 91, 108, 99, 95, 103, 110, 97 };

/* Four weeks of 30 GB a night, give or take 10 %. */
static void learn_uneven_job(struct bench *b)
{
	bench_open(b);
	b->db_bytes = 100 * GB;
	for (unsigned int i = 0; i < 28; i++)
		assert_int_equal(day_of(b, "10.9.0.5", percent[i % 7] * GB * 3 / 10, 0),
				 EG_LEVEL_NONE);
}

/* And then a quarter more: no single night is far from the others. */
static void two_nights_larger_than_ever_are_a_ticket(void **state)
{
	struct bench b;

	(void)state;
	learn_uneven_job(&b);
	assert_int_equal(day_of(&b, "10.9.0.5", 38 * GB, 0), EG_LEVEL_NONE);
	assert_int_equal(day_of(&b, "10.9.0.5", 38 * GB, 0), EG_LEVEL_TICKET);
	bench_close(&b);
	/* a night like the others between them, and nothing has happened */
	learn_uneven_job(&b);
	assert_int_equal(day_of(&b, "10.9.0.5", 38 * GB, 0), EG_LEVEL_NONE);
	assert_int_equal(day_of(&b, "10.9.0.5", 30 * GB, 0), EG_LEVEL_NONE);
	assert_int_equal(day_of(&b, "10.9.0.5", 38 * GB, 0), EG_LEVEL_NONE);
	bench_close(&b);
	/* a job that grows has its largest night every few days */
	bench_open(&b);
	b.db_bytes = 100 * GB;
	for (unsigned int i = 0; i < 70; i++)
		assert_int_equal(day_of(&b, "10.9.0.5",
					percent[i % 7] * (30 * GB + i * 250 * MB) / 100, 0),
				 EG_LEVEL_NONE);
	bench_close(&b);
}

static void a_larger_database_explains_a_larger_job(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = 100 * GB;
	for (unsigned int i = 0; i < 28; i++)
		(void)day_of(&b, "203.0.113.9", 30 * GB + i % 7 * 300 * MB, 0);
	b.db_bytes = 140 * GB;
	(void)day_of(&b, "203.0.113.9", 31 * GB, 0); /* D as that day ended counts */
	assert_int_equal(day_of(&b, "203.0.113.9", 42 * GB, 0), EG_LEVEL_NONE);
	b.db_bytes = 1000 * GB; /* but not by more than half */
	(void)day_of(&b, "203.0.113.9", 31 * GB, 0);
	assert_int_equal(day_of(&b, "203.0.113.9", 75 * GB, 0), EG_LEVEL_TICKET);
	bench_close(&b);
}

static void a_regular_feed_may_not_grow_at_once(void **state)
{
	const struct finding *f;
	struct tick_row row;
	struct bench b;

	(void)state;
	bench_open(&b);
	for (unsigned int i = 0; i < 28; i++)
		assert_int_equal(day_of(&b, "", 0, 40 * MB), EG_LEVEL_NONE);
	/* half as much again: far below 2.5 times its peak */
	assert_int_equal(day_of(&b, "", 0, 60 * MB), EG_LEVEL_TICKET);
	row = row_to(&b, "exporter", "203.0.113.50", 60 * MB);
	bench_days(&b, 1, &row, 1);
	f = bench_find(&b, SERIES_PAIR);
	assert_non_null(f);
	assert_in_range(f->volume_milli, 10000, 15000);
	bench_close(&b);
	/* what comes and goes says nothing */
	bench_open(&b);
	for (unsigned int i = 0; i < 28; i++)
		(void)day_of(&b, "", 0, i % 3 * 20 * MB);
	assert_int_equal(day_of(&b, "", 0, 60 * MB), EG_LEVEL_NONE);
	bench_close(&b);
}

static void usual_days_outlive_a_restart(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT, again = BUF_INIT;
	struct bench b;

	(void)state;
	learn_job(&b, "10.9.0.5");
	(void)day_of(&b, "10.9.0.5", 60 * GB, 0);
	assert_int_equal(engine_save(b.engine, &saved), 0);
	assert_int_equal(engine_load(b.engine, saved.data, saved.len), 0);
	assert_int_equal(engine_save(b.engine, &again), 0);
	assert_int_equal(saved.len, again.len);
	assert_memory_equal(saved.data, again.data, saved.len);
	assert_int_equal(day_of(&b, "10.9.0.5", 41 * GB, 0), EG_LEVEL_TICKET);
	bench_close(&b);
}

/* Days with `newcomers` new destinations, each with `bytes` per 10 min for a day; the
 * highest level told after `from` days. */
static enum eg_level meet(struct bench *b, unsigned int days, unsigned int from,
			  unsigned int newcomers, uint64_t bytes, unsigned int *serial)
{
	enum eg_level highest = EG_LEVEL_NONE;

	for (unsigned int i = 0; i < days * DAY_TICKS; i++) {
		struct tick_row rows[4];
		char address[32];

		for (unsigned int n = 0; n < newcomers; n++) {
			snprintf(address, sizeof(address), "2001:db8:%x::1",
				 *serial + i / DAY_TICKS * newcomers + n);
			rows[n] = row_to(b, "nginx", address, bytes);
		}
		bench_feed(b, rows, newcomers);
		for (size_t k = 0; i / DAY_TICKS >= from && k < b->count; k++)
			highest = MAX(highest, b->findings[k].level);
	}
	*serial += days * newcomers;
	return highest;
}

static void where_newcomers_are_usual_one_more_is_no_news(void **state)
{
	unsigned int serial = 1;
	struct tick_row row;
	struct bench b;

	(void)state;
	bench_open(&b);
	assert_true(meet(&b, 30, 8, 3, 20 * MB, &serial) <= EG_LEVEL_NOTICE);
	/* but one that takes far more than all of them ever did is */
	row = row_to(&b, "nginx", "203.0.113.9", 3 * GB);
	bench_feed(&b, &row, 1);
	assert_non_null(bench_find(&b, SERIES_NOVEL));
	assert_int_equal(bench_find(&b, SERIES_NOVEL)->level, EG_LEVEL_PAGE);
	assert_string_equal(bench_find(&b, SERIES_NOVEL)->dest->group, "203.0.113.0/24");
	bench_close(&b);
	/* and where there are none, the first one is */
	bench_open(&b);
	row = row_to(&b, "nginx", "198.51.100.7", 20 * MB);
	bench_days(&b, 30, &row, 1);
	assert_int_equal(meet(&b, 1, 0, 1, 20 * MB, &serial), EG_LEVEL_PAGE);
	bench_close(&b);
}

static void inside_the_house_a_page_needs_strange_hands(void **state)
{
	struct tick_row rows[2];
	struct bench b;

	(void)state;
	bench_open(&b);
	rows[0] = row_to(&b, "postgres", "10.0.0.5", 20 * MB);
	bench_days(&b, 20, rows, 1);
	rows[0] = row_to(&b, "postgres", "10.7.0.9", 50 * GB); /* a replica is seeded */
	bench_feed(&b, rows, 1);
	for (size_t i = 0; i < b.count; i++)
		assert_true(b.findings[i].level <= EG_LEVEL_TICKET);
	assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_TICKET);
	rows[0] = row_to(&b, "pg_dump", "10.7.0.10", 5 * GB); /* more is not known of it */
	bench_feed(&b, rows, 1);
	assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_TICKET);
	b.params.internal_page_points = 40;
	rows[0] = row_to(&b, "pg_dump", "10.7.0.11", 5 * GB);
	bench_feed(&b, rows, 1);
	assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_PAGE);
	bench_close(&b);
}

static void what_goes_on_for_days_while_learning_is_learned(void **state)
{
	struct tick_row row;
	struct bench b;

	(void)state;
	bench_open(&b);
	b.db_bytes = 100 * GB;
	row = row_to(&b, "exporter", "203.0.113.50", 20 * MB); /* 2.9 GB a day: a page at once */
	for (int i = 0; i < 14 * DAY_TICKS; i++) {
		bench_feed(&b, &row, 1);
		for (size_t k = 0; k < b.count; k++)
			if (b.findings[k].level >= EG_LEVEL_TICKET)
				engine_mark_alerted(b.engine, b.findings[k].series_id);
		if (i == DAY_TICKS)
			assert_int_equal(bench_find(&b, SERIES_PAIR)->level, EG_LEVEL_PAGE);
		if (i > 8 * DAY_TICKS) /* no longer a new destination */
			for (size_t k = 0; k < b.count; k++)
				assert_true(b.findings[k].level <= EG_LEVEL_NOTICE);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_larger_job_is_told_twice_before_it_is_a_ticket),
		cmocka_unit_test(two_nights_larger_than_ever_are_a_ticket),
		cmocka_unit_test(a_larger_database_explains_a_larger_job),
		cmocka_unit_test(a_regular_feed_may_not_grow_at_once),
		cmocka_unit_test(usual_days_outlive_a_restart),
		cmocka_unit_test(where_newcomers_are_usual_one_more_is_no_news),
		cmocka_unit_test(inside_the_house_a_page_needs_strange_hands),
		cmocka_unit_test(what_goes_on_for_days_while_learning_is_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
