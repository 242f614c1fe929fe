/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's words in the engine: what is declared is neither judged nor learned,
 * what is beyond is both, budgets are findings, roles are context; rules can be off.
 */
#include "detect_fixture.h"

#include <string.h>

#include "model/words.h"

struct said_bench {
	struct bench b;
	struct words *words;
};

static void open_bench(struct said_bench *s)
{
	bench_open(&s->b);
	assert_int_equal(words_new(&s->words), 0);
	engine_set_words(s->b.engine, s->words);
}

static void close_bench(struct said_bench *s)
{
	bench_close(&s->b);
	words_free(s->words);
}

/* "key=value key=value". */
static const struct word *say(struct said_bench *s, enum word_kind kind, const char *text)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	char copy[256], *rest = copy, *pair;
	const struct word *word;
	struct declaration said;

	snprintf(copy, sizeof(copy), "%s", text);
	declaration_init(&said, kind);
	while ((pair = strsep(&rest, " "))) {
		char *equals = strchr(pair, '=');

		*equals = '\0';
		if (declaration_set(&said, pair, equals + 1, &why) < 0)
			fail_msg("%s", why.data);
	}
	if (declaration_check(&said, true, &why) < 0)
		fail_msg("%s", why.data);
	assert_int_equal(words_add(s->words, &said, "uid 0", s->b.ts, &word), 0);
	assert_int_equal(words_mark(s->words, s->b.names), 0);
	return word;
}

/* So many days of a quiet server. */
static void quiet_days(struct said_bench *s, unsigned int days)
{
	struct tick_row row = row_to(&s->b, "postgres", "10.0.1.4", 1 * MB);

	for (unsigned int i = 0; i < days * 144; i++)
		bench_feed(&s->b, &row, 1);
}

static const struct finding *loudest(const struct said_bench *s)
{
	const struct finding *best = NULL;

	for (size_t i = 0; i < s->b.count; i++)
		if (!best || s->b.findings[i].level > best->level)
			best = &s->b.findings[i];
	return best && best->level > EG_LEVEL_NONE ? best : NULL;
}

static void what_is_declared_is_not_judged(void **state)
{
	struct said_bench s;
	struct tick_row row;

	(void)state;
	open_bench(&s);
	(void)say(&s, WORD_EXPECT, "actor=restic destination=203.0.113.7 bytes=100GB per=day");
	quiet_days(&s, 15);
	row = row_to(&s.b, "restic", "203.0.113.7", 90 * GB);
	bench_feed(&s.b, &row, 1);
	assert_null(loudest(&s));
	assert_null(bench_find(&s.b, SERIES_BUDGET));
	/* beyond it by a GB: judged, and told */
	row = row_to(&s.b, "restic", "203.0.113.7", 11 * GB);
	bench_feed(&s.b, &row, 1);
	assert_non_null(bench_find(&s.b, SERIES_BUDGET));
	assert_int_equal(bench_find(&s.b, SERIES_BUDGET)->level, EG_LEVEL_TICKET);
	assert_true(bench_find(&s.b, SERIES_BUDGET)->value_bytes == 101 * GB);
	assert_true(bench_find(&s.b, SERIES_BUDGET)->allowed_bytes == 100 * GB);
	assert_non_null(bench_find(&s.b, SERIES_PAIR));
	assert_in_range(bench_find(&s.b, SERIES_PAIR)->day_bytes, GB - 2048, GB + 2048);
	close_bench(&s);
}

static void nor_learned(void **state)
{
	struct said_bench s;
	struct tick_row row;

	(void)state;
	open_bench(&s);
	(void)say(&s, WORD_EXPECT, "actor=restic destination=203.0.113.7 bytes=100GB per=day");
	for (unsigned int day = 0; day < 20; day++) {
		row = row_to(&s.b, "restic", "203.0.113.7", 50 * GB);
		bench_feed(&s.b, &row, 1);
		row = row_to(&s.b, "postgres", "10.0.1.4", MB);
		for (unsigned int i = 1; i < 144; i++)
			bench_feed(&s.b, &row, 1);
	}
	assert_int_equal(words_adopt(s.words, NULL, 0), 0);
	engine_set_words(s.b.engine, NULL); /* no longer declared */
	row = row_to(&s.b, "restic", "203.0.113.7", 50 * GB);
	bench_feed(&s.b, &row, 1);
	assert_non_null(loudest(&s));
	assert_int_equal(loudest(&s)->level, EG_LEVEL_PAGE);
	close_bench(&s);
}

static void another_place_or_program_is_not_declared(void **state)
{
	static const struct {
		const char *exe, *dst;
	} others[] = { { "restic", "203.0.113.77" }, { "rclone", "203.0.113.7" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct said_bench s;
		struct tick_row row;

		open_bench(&s);
		(void)say(&s, WORD_EXPECT,
			  "actor=restic destination=203.0.113.7 bytes=100GB per=day");
		quiet_days(&s, 15);
		row = row_to(&s.b, others[i].exe, others[i].dst, 90 * GB);
		bench_feed(&s.b, &row, 1);
		assert_non_null(loudest(&s));
		assert_int_equal(loudest(&s)->level, EG_LEVEL_PAGE);
		close_bench(&s);
	}
}

static const struct finding *pair_finding(struct said_bench *s)
{
	const struct finding *f = bench_find(&s->b, SERIES_PAIR);

	assert_non_null(f);
	return f;
}

static int32_t points_of(const struct finding *f, enum eg_context context)
{
	for (size_t i = 0; i < f->point_count; i++)
		if (f->points[i].context == context)
			return f->points[i].points;
	return 0;
}

static void said_in_the_middle_it_weighs_what_came_before(void **state)
{
	struct said_bench s;
	struct tick_row row;
	int32_t before;

	(void)state;
	open_bench(&s);
	quiet_days(&s, 15);
	row = row_to(&s.b, "restic", "203.0.113.7", 20 * GB);
	bench_feed(&s.b, &row, 1);
	before = pair_finding(&s)->score_milli;
	(void)say(&s, WORD_EXPECT, "actor=restic destination=203.0.113.7 bytes=100GB per=day");
	s.b.interval_s = 1;
	row = row_to(&s.b, "restic", "203.0.113.7", GB);
	bench_feed(&s.b, &row, 1);
	assert_int_equal(points_of(pair_finding(&s), EG_CTX_DECLARED), -40);
	assert_true(pair_finding(&s)->score_milli <= before - 40000);
	s.b.params.context_points[EG_CTX_DECLARED] = 0;
	bench_feed(&s.b, &row, 1);
	assert_int_equal(points_of(pair_finding(&s), EG_CTX_DECLARED), 0);
	close_bench(&s);
}

static void a_role_weighs_inside_the_house_only(void **state)
{
	struct said_bench s;
	struct tick_row rows[2];
	const struct finding *f;

	(void)state;
	open_bench(&s);
	(void)say(&s, WORD_ROLE, "role=replica destination=10.0.5.9");
	(void)say(&s, WORD_ROLE, "role=replica destination=203.0.113.7");
	quiet_days(&s, 15);
	rows[0] = row_to(&s.b, "postgres", "10.0.5.9", 200 * GB);
	bench_feed(&s.b, rows, 1);
	f = pair_finding(&s);
	assert_int_equal(points_of(f, EG_CTX_ROLE), -20);
	/* and in sums of which it is the larger part */
	f = bench_find(&s.b, SERIES_ACTOR);
	if (f)
		assert_int_equal(points_of(f, EG_CTX_ROLE), -20);
	close_bench(&s);

	open_bench(&s);
	(void)say(&s, WORD_ROLE, "role=replica destination=10.0.5.9");
	quiet_days(&s, 15);
	rows[0] = row_to(&s.b, "postgres", "10.0.5.9", 20 * GB);
	rows[1] = row_to(&s.b, "postgres", "10.0.5.77", 200 * GB); /* its neighbour got more */
	bench_feed(&s.b, rows, 2);
	assert_int_equal(points_of(pair_finding(&s), EG_CTX_ROLE), 0);
	close_bench(&s);

	open_bench(&s);
	(void)say(&s, WORD_ROLE, "role=replica destination=203.0.113.7");
	quiet_days(&s, 15);
	rows[0] = row_to(&s.b, "postgres", "203.0.113.7", 200 * GB);
	bench_feed(&s.b, rows, 1);
	assert_int_equal(points_of(pair_finding(&s), EG_CTX_ROLE), 0);
	close_bench(&s);
}

/* Clients come from ever new networks of a tier: no news, no fan. */
static size_t new_clients(bool said)
{
	struct said_bench s;
	size_t found;

	open_bench(&s);
	if (said)
		(void)say(&s, WORD_ROLE, "role=application destination=10.64.0.0/12");
	quiet_days(&s, 15);
	for (unsigned int i = 0; i < 60; i++) {
		char dst[32];
		struct tick_row row;

		snprintf(dst, sizeof(dst), "10.64.%u.9", i);
		row = row_to(&s.b, "postgres", dst, 300 * MB);
		s.b.interval_s = 10;
		bench_feed(&s.b, &row, 1);
	}
	found = (bench_find(&s.b, SERIES_NOVEL) != NULL) + (bench_find(&s.b, SERIES_FAN) != NULL);
	close_bench(&s);
	return found;
}

static void addresses_of_a_tier_are_never_new(void **state)
{
	(void)state;
	assert_int_not_equal(new_clients(false), 0);
	assert_int_equal(new_clients(true), 0);
}

static void a_budget_is_absolute(void **state)
{
	const struct finding *f;
	struct said_bench s;
	struct tick_row row;

	(void)state;
	open_bench(&s);
	(void)say(&s, WORD_BUDGET, "bytes=10GB scope=public level=notice");
	/* learned for weeks, and yet: */
	for (unsigned int i = 0; i < 20 * 144; i++) {
		row = row_to(&s.b, "postgres", "203.0.113.7", 65 * MB);
		bench_feed(&s.b, &row, 1);
	}
	assert_null(bench_find(&s.b, SERIES_BUDGET)); /* 9.4 GB a day */
	for (unsigned int i = 0; i < 143; i++) {
		row = row_to(&s.b, "postgres", "203.0.113.7", 75 * MB);
		bench_feed(&s.b, &row, 1);
	}
	f = bench_find(&s.b, SERIES_BUDGET); /* 10.7 GB */
	assert_non_null(f);
	assert_int_equal(f->level, EG_LEVEL_NOTICE);
	assert_int_equal(f->cls, CLASS_PUBLIC);
	assert_null(f->actor);
	assert_true(f->value_bytes == 143 * 75 * MB);
	row = row_to(&s.b, "postgres", "203.0.113.7", 30 * GB); /* four times: two doublings */
	bench_feed(&s.b, &row, 1);
	assert_int_equal(bench_find(&s.b, SERIES_BUDGET)->level, EG_LEVEL_PAGE);
	bench_feed(&s.b, &row, 0); /* the next day */
	assert_null(bench_find(&s.b, SERIES_BUDGET));
	close_bench(&s);
}

static void words_survive_a_loaded_state(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	struct said_bench s;
	struct tick_row row;

	(void)state;
	open_bench(&s);
	(void)say(&s, WORD_EXPECT, "actor=restic destination=203.0.113.7 bytes=100GB per=day");
	quiet_days(&s, 15);
	assert_int_equal(engine_save(s.b.engine, &saved), 0);
	assert_int_equal(engine_load(s.b.engine, saved.data, saved.len), 0);
	row = row_to(&s.b, "restic", "203.0.113.7", 90 * GB);
	bench_feed(&s.b, &row, 1);
	assert_null(loudest(&s));
	close_bench(&s);
}

static void every_rule_can_be_off(void **state)
{
	static const struct {
		enum eg_rule rule;
		enum series_kind kind;
	} rules[] = { { EG_RULE_HOST, SERIES_HOST },
		      { EG_RULE_ACTOR, SERIES_ACTOR },
		      { EG_RULE_PAIR, SERIES_PAIR },
		      { EG_RULE_NOVEL, SERIES_NOVEL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct said_bench s;
		struct tick_row row;

		open_bench(&s);
		quiet_days(&s, 15);
		row = row_to(&s.b, "curl", "203.0.113.7", 90 * GB);
		bench_feed(&s.b, &row, 1);
		assert_non_null(bench_find(&s.b, rules[i].kind));
		close_bench(&s);
		open_bench(&s);
		s.b.params.rule[rules[i].rule] = false;
		quiet_days(&s, 15);
		row = row_to(&s.b, "curl", "203.0.113.7", 90 * GB);
		bench_feed(&s.b, &row, 1);
		assert_null(bench_find(&s.b, rules[i].kind));
		close_bench(&s);
	}
}

static void changed_parameters_hold_at_once(void **state)
{
	struct said_bench s;
	struct tick_row row;

	(void)state;
	open_bench(&s);
	quiet_days(&s, 15);
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		s.b.params.floor_bytes[h] = 500 * GB;
	s.b.params.minimum_bytes = 400 * GB;
	engine_params_changed(s.b.engine);
	row = row_to(&s.b, "curl", "203.0.113.7", 90 * GB);
	bench_feed(&s.b, &row, 1);
	assert_null(loudest(&s));
	close_bench(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_declared_is_not_judged),
		cmocka_unit_test(nor_learned),
		cmocka_unit_test(another_place_or_program_is_not_declared),
		cmocka_unit_test(said_in_the_middle_it_weighs_what_came_before),
		cmocka_unit_test(a_role_weighs_inside_the_house_only),
		cmocka_unit_test(addresses_of_a_tier_are_never_new),
		cmocka_unit_test(a_budget_is_absolute),
		cmocka_unit_test(words_survive_a_loaded_state),
		cmocka_unit_test(every_rule_can_be_off),
		cmocka_unit_test(changed_parameters_hold_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
