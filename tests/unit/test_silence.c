/* SPDX-License-Identifier: Apache-2.0
 *
 * A silence keeps an incident on record and back from people until its bytes or its
 * time are used up; what it was not made for is told all the same.
 */
#include "alert_fixture.h"

#include <errno.h>

#include "model/words.h"

#define TICK() assert_int_equal(alert_test_tick(&t), 0)
#define MB (1u << 20)

static struct finding *pair(struct alert_test *t, const char *dst, enum eg_level level,
			    uint64_t tx_bytes)
{
	struct finding *f = alert_test_add(t, SERIES_PAIR, "curl", dst, level);

	f->tx_bytes = tx_bytes;
	return f;
}

static void start(struct alert_test *t, uint64_t bytes, int64_t seconds)
{
	struct alert_silence silence = { .bytes = bytes, .by = "uid 1000" };

	alert_test_start(t, 60);
	pair(t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	assert_int_equal(alert_test_tick(t), 0);
	alert_test_expect(t, "0 open ticket pair curl (mallory) -> 10.0.5.9:443\n");
	silence.until_ts = t->tick.ts + seconds;
	assert_int_equal(alerts_silence(t->alerts, t->id[0], &silence), 0);
}

/* Louder all the time: without a silence every tick would be an update. */
static void minutes(struct alert_test *t, unsigned int count, uint64_t tx_bytes)
{
	for (unsigned int i = 0; i < count; i++) {
		pair(t, "10.0.5.9", EG_LEVEL_TICKET, tx_bytes);
		assert_int_equal(alert_test_tick(t), 0);
	}
}

static void nothing_is_said_until_the_budget_is_used_up(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, 10 * MB, 86400);
	minutes(&t, 10, MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB); /* one more than 10 */
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	minutes(&t, 1, MB);
	alert_test_expect(&t, ""); /* once, then as ever */
	alert_test_end(&t);
}

static void its_time_ends_it_too(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 600);
	minutes(&t, 9, MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB);
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	alert_test_end(&t);
}

static void what_is_held_back_is_on_record(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	pair(&t, "10.0.5.9", EG_LEVEL_PAGE, MB);
	TICK();
	alert_test_expect(&t, "0 update page silenced pair curl (mallory) -> 10.0.5.9:443\n");
	assert_int_equal(alerts_open_count(t.alerts, EG_LEVEL_PAGE), 1);
	alert_test_end(&t);
}

static void a_new_public_destination_is_told(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	pair(&t, "10.0.6.9", EG_LEVEL_TICKET, MB);
	TICK();
	alert_test_expect(&t, "0 update ticket silenced pair curl (mallory) -> 10.0.6.9:443\n");
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	pair(&t, "203.0.113.7", EG_LEVEL_TICKET, MB);
	TICK();
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alert_test_end(&t);
}

static void the_close_is_told(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	alert_test_silence(&t, 1800 + 120);
	alert_test_expect(&t, "0 close ticket pair curl (mallory) -> 10.0.5.9:443\n");
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB); /* comes back: still silenced */
	TICK();
	alert_test_expect(&t, "0 update ticket silenced pair curl (mallory) -> 10.0.5.9:443\n");
	alert_test_end(&t);
}

static void it_may_be_taken_back(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, UINT64_MAX, 86400);
	assert_int_equal(alerts_silence(t.alerts, t.id[0], &(struct alert_silence){ .bytes = 0 }),
			 0);
	pair(&t, "10.0.5.9", EG_LEVEL_PAGE, MB);
	TICK();
	alert_test_expect(&t, "0 update page pair curl (mallory) -> 10.0.5.9:443\n");
	assert_int_equal(alerts_silence(t.alerts, "ff", &(struct alert_silence){ .bytes = 0 }),
			 -ENOENT);
	alert_test_end(&t);
}

static void it_outlives_a_restart_with_what_it_used(void **state)
{
	struct buf saved = BUF_INIT;
	struct alert_test t;

	(void)state;
	start(&t, 10 * MB, 86400);
	minutes(&t, 6, MB);
	assert_int_equal(alerts_save(t.alerts, &saved), 0);
	assert_int_equal(alerts_load(t.alerts, saved.data, saved.len, t.names), 0);
	minutes(&t, 4, MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB);
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	buf_free(&saved);
	alert_test_end(&t);
}

static void what_joins_late_is_not_counted_twice(void **state)
{
	struct alert_test t;

	(void)state;
	start(&t, 10 * MB, 86400);
	for (unsigned int i = 0; i < 10; i++) {
		pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB);
		alert_test_add(&t, SERIES_ACTOR, "curl", NULL, EG_LEVEL_TICKET); /* 100 MB in all */
		alert_test_add(&t, SERIES_HOST, NULL, NULL, EG_LEVEL_TICKET)->tx_bytes = 50 * MB;
		TICK();
	}
	alert_test_expect(&t, "");
	minutes(&t, 1, MB);
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	alert_test_end(&t);
}

/* A silence on all that matches, as the daemon has it. */
static struct words *words_on(struct alert_test *t, const char *actor, const char *bytes,
			      int64_t until)
{
	struct buf why = BUF_INIT;
	struct declaration said;
	const struct word *word;
	struct words *words;
	char end[24];

	snprintf(end, sizeof(end), "@%lld", (long long)until);
	declaration_init(&said, WORD_SILENCE);
	assert_int_equal(declaration_set(&said, "actor", actor, &why), 0);
	assert_int_equal(declaration_set(&said, "bytes", bytes, &why), 0);
	assert_int_equal(declaration_set(&said, "until", end, &why), 0);
	assert_int_equal(declaration_check(&said, false, &why), 0);
	assert_int_equal(words_new(&words), 0);
	assert_int_equal(words_add(words, &said, "uid 0", t->tick.ts, &word), 0);
	words_begin(words, t->tick.ts);
	alerts_set_words(t->alerts, words);
	return words;
}

static void all_that_matches_is_silent(void **state)
{
	struct alert_test t;
	struct words *words;

	(void)state;
	alert_test_start(&t, 60);
	words = words_on(&t, "cur*", "200MiB", t.tick.ts + 86400);
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB); /* opens with the 100 MiB that made it loud */
	TICK();
	alert_test_expect(&t, "0 open ticket silenced pair curl (mallory) -> 10.0.5.9:443\n");
	assert_true(words_at(words, 0)->used_bytes == 100 * MB);
	pair(&t, "10.0.5.9", EG_LEVEL_TICKET, MB);
	alert_test_add(&t, SERIES_PAIR, "tar", "10.0.5.9", EG_LEVEL_TICKET);
	TICK();
	alert_test_expect(&t, "1 open ticket pair tar (mallory) -> 10.0.5.9:443\n");
	minutes(&t, 1, 99 * MB);
	alert_test_expect(&t, "");
	minutes(&t, 1, MB);
	alert_test_expect(&t, "0 update ticket pair curl (mallory) -> 10.0.5.9:443\n");
	alerts_set_words(t.alerts, NULL);
	words_free(words);
	alert_test_end(&t);
}

static void a_match_that_is_too_large_is_heard_at_once(void **state)
{
	struct alert_test t;
	struct words *words;

	(void)state;
	alert_test_start(&t, 60);
	words = words_on(&t, "curl", "10MiB", t.tick.ts + 86400);
	pair(&t, "203.0.113.7", EG_LEVEL_TICKET, MB);
	TICK();
	alert_test_expect(&t, "0 open ticket pair curl (mallory) -> 203.0.113.7:443\n");
	alerts_set_words(t.alerts, NULL);
	words_free(words);
	alert_test_end(&t);
}

static int count(void *ctx, uint64_t series_id)
{
	(void)series_id;
	++*(unsigned int *)ctx;
	return 0;
}

static void an_alert_is_found_by_the_beginning_of_its_id(void **state)
{
	struct alert_test t;
	const char *id;
	char prefix[9];
	unsigned int series = 0;

	(void)state;
	start(&t, 1, 1);
	snprintf(prefix, sizeof(prefix), "%.8s", t.id[0]);
	assert_int_equal(alerts_resolve(t.alerts, prefix, &id), 0);
	assert_string_equal(id, t.id[0]);
	assert_int_equal(alerts_resolve(t.alerts, "xyz", &id), -ENOENT);
	alert_test_add(&t, SERIES_PAIR, "tar", "203.0.113.7", EG_LEVEL_PAGE);
	TICK();
	assert_int_equal(alerts_resolve(t.alerts, "", &id), -ENOTUNIQ);
	assert_int_equal(alerts_each_series(t.alerts, t.id[0], count, &series), 0);
	assert_int_equal(series, 1);
	alert_test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_until_the_budget_is_used_up),
		cmocka_unit_test(its_time_ends_it_too),
		cmocka_unit_test(what_is_held_back_is_on_record),
		cmocka_unit_test(a_new_public_destination_is_told),
		cmocka_unit_test(the_close_is_told),
		cmocka_unit_test(it_may_be_taken_back),
		cmocka_unit_test(it_outlives_a_restart_with_what_it_used),
		cmocka_unit_test(what_joins_late_is_not_counted_twice),
		cmocka_unit_test(all_that_matches_is_silent),
		cmocka_unit_test(a_match_that_is_too_large_is_heard_at_once),
		cmocka_unit_test(an_alert_is_found_by_the_beginning_of_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
