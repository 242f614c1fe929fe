/* SPDX-License-Identifier: Apache-2.0
 *
 * What `egressctl what-if` takes for the same story, and what for a difference. The files
 * are no part of the library, so they are included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/row.c"
#include "ctl/table.c"
#include "ctl/text.c"
#include "ctl/what_if_incidents.c"

static void add(struct incidents *list, const char *id, const char *subject, long ts,
		const char *level)
{
	char line[512];
	int n = snprintf(
		line, sizeof(line),
		"{\"alert.id\":\"%s\",\"host\":\"db\",\"rule\":\"pair\",\"subject\":\"%s\","
		"\"ts\":%ld,\"level\":\"%s\",\"tx_total\":5,\"reason\":\"r\"}",
		id, subject, ts, level);

	assert_int_equal(incidents_add_line(list, line, (size_t)n), 0);
}

struct seen {
	unsigned int kinds[DIFFERENCE_LEVEL + 1];
	int64_t last_ts;
};

static int see(void *ctx, const struct difference *d)
{
	struct seen *s = ctx;
	int64_t ts = (d->now ? d->now : d->then)->first_ts;

	assert_true(ts >= s->last_ts);
	s->last_ts = ts;
	s->kinds[d->kind]++;
	return 0;
}

static void test_events_are_one_incident(void **state)
{
	_cleanup_incidents_ struct incidents list = { 0 };

	(void)state;
	add(&list, "a", "x", 100, "notice");
	add(&list, "a", "x", 200, "page");
	add(&list, "a", "x", 300, "ticket");
	assert_int_equal(list.count, 1);
	assert_int_equal(list.item[0].level, EG_LEVEL_PAGE);
	assert_int_equal(list.item[0].first_ts, 100);
	assert_int_equal(list.item[0].last_ts, 300);
}

static void test_summary_and_nonsense(void **state)
{
	_cleanup_incidents_ struct incidents list = { 0 };
	const char *summary = "{\"summary\":{\"rows\":42}}";

	(void)state;
	assert_int_equal(incidents_add_line(&list, summary, strlen(summary)), 0);
	assert_int_equal(list.rows, 42);
	assert_int_equal(incidents_add_line(&list, "[]", 2), -EBADMSG);
	assert_int_equal(list.count, 0);
}

static void test_compare(void **state)
{
	_cleanup_incidents_ struct incidents now = { 0 }, then = { 0 };
	struct seen seen = { .last_ts = 0 };

	(void)state;
	add(&now, "a", "same", 1000, "page");
	add(&then, "b", "same", 1000 + NEAR_S, "page"); /* opened later: the same story */
	add(&now, "c", "louder", 2000, "ticket");
	add(&then, "d", "louder", 2000, "page");
	add(&now, "e", "gone", 500, "page");
	add(&then, "f", "new", 90000, "notice");
	add(&now, "g", "twice", 3000, "page"); /* too far apart to be one */
	add(&then, "h", "twice", 3001 + NEAR_S, "page");
	assert_int_equal(incidents_compare(&now, &then, see, &seen), 0);
	assert_int_equal(seen.kinds[DIFFERENCE_NONE], 1);
	assert_int_equal(seen.kinds[DIFFERENCE_LEVEL], 1);
	assert_int_equal(seen.kinds[DIFFERENCE_GOES], 2);
	assert_int_equal(seen.kinds[DIFFERENCE_COMES], 2);
}

static void test_one_partner_each(void **state)
{
	_cleanup_incidents_ struct incidents now = { 0 }, then = { 0 };
	struct seen seen = { .last_ts = 0 };

	(void)state;
	add(&now, "a", "x", 1000, "page");
	add(&now, "b", "x", 1500, "page");
	add(&then, "c", "x", 1200, "page");
	assert_int_equal(incidents_compare(&now, &then, see, &seen), 0);
	assert_int_equal(seen.kinds[DIFFERENCE_NONE], 1);
	assert_int_equal(seen.kinds[DIFFERENCE_GOES], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_one_incident),
		cmocka_unit_test(test_summary_and_nonsense),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_one_partner_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
