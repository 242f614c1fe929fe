/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter language of egresstop: what it accepts, what it says when it does not,
 * what it matches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "egress/types.h"
#include "top/filter.h"
#include "top/filter_term.h"

/* A row with literal texts; nothing in it is freed. */
static struct flow_row make_row(void)
{
	static char process[] = "postgres", user[] = "postgres", dst[] = "10.2.0.15",
		    group[] = "10.2.0.0/24", container[] = "db/main", session[] = "app@orders",
		    cmd[] = "postgres: app orders COPY";
	struct flow_row row = { .text = { [T_PROCESS] = process,
					  [T_USER] = user,
					  [T_DST] = dst,
					  [T_DST_GROUP] = group,
					  [T_CONTAINER] = container,
					  [T_SESSION] = session,
					  [T_CMDLINE] = cmd },
				.level = EG_LEVEL_TICKET };

	row.num[N_RATE_1S] = 10000000;
	row.num[N_PORT] = 5432;
	row.num[N_RATIO] = 2600;
	row.known = 1u << N_RATE_1S | 1u << N_PORT | 1u << N_RATIO;
	return row;
}

static bool matches(const char *text)
{
	struct flow_row row = make_row();
	struct filter_error e;
	struct filter *f = NULL;
	bool result;

	assert_int_equal(filter_parse(text, &f, &e), 0);
	result = filter_match(f, &row);
	filter_free(f);
	return result;
}

static void test_matches(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ "", true },
		{ "   ", true },
		{ "postgres", true },
		{ "POSTGRES", true },
		{ "orders", true },
		{ "mallory", false },
		{ "-mallory", true },
		{ "mallory,orders", true },
		{ "user:postgres", true },
		{ "user:post", false },
		{ "user:post*", true },
		{ "user:redis,post*", true },
		{ "!user:postgres", false },
		{ "-container:*", false },
		{ "unit:*", false },
		{ "-unit:*", true },
		{ "dst:10.0.0.0/8", true },
		{ "dst:10.2.0.15", true },
		{ "dst:10.2.0.16", false },
		{ "dst:10.2.0.0/28", true },
		{ "dst:10.2.0.0/29", false },
		{ "dst:0.0.0.0/0", true },
		{ "dst:::/0", true },
		{ "dst:2001:db8::/32", false },
		{ "dst:10.2.*", true },
		{ "rate>9.9M", true },
		{ "rate>10M", false },
		{ "rate>=10M", true },
		{ "rate<10M", false },
		{ "rate<=10M rate:10M", true },
		{ "rate>10M,5M", true },
		{ "ratio>2", true },
		{ "ratio>3", false },
		{ "ratio>2.5", true },
		{ "ratio>2.6", false },
		{ "ratio:2.6", true },
		{ "10.0.0.0/8", true },
		{ "-10.0.0.0/8", false },
		{ "10.3.0.0/16,10.2.0.0/16", true },
		{ "192.0.2.0/24", false },
		{ "2001:db8::/32", false },
		{ "::/0", true },
		{ "::ffff:10.2.0.15", true },
		{ "port:5432", true },
		{ "port:443,5432", true },
		{ "read>0", false },
		{ "-read>0", true }, /* unknown is not more than 0 */
		{ "cmd~copy|dump", true },
		{ "cmd~^copy", false },
		{ "cmd~^postgres", true },
		{ "cmd~copy$", true },
		{ "cmd~app$", false },
		{ "cmd~app.*copy", true },
		{ "cmd~a.p", true },
		{ "cmd~copy.*app", false },
		{ "process~^postgres$", true },
		{ "process~^postgre$", false },
		{ "cmd:\"postgres: app orders COPY\"", true },
		{ "\"app orders\"", false },
		{ "level:notice", true },
		{ "level:page", false },
		{ "is:alert", true },
		{ "is:ended", false },
		{ "-is:other user:postgres rate>1M dst:10.0.0.0/8", true },
		{ "user:postgres mallory", false },
		{ "10.2.0.15", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (matches(cases[i].text) != cases[i].expected)
			fail_msg("\"%s\" should %smatch", cases[i].text,
				 cases[i].expected ? "" : "not ");
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *words; /* part of what is said */
	} cases[] = {
		{ "colour:red", 0, "no field \"colour\"" },
		{ "user:postgres rat>1", 14, "no field \"rat\"" },
		{ "rate>fast", 0, "fast is not a number" },
		{ "rate>99999999999999999999", 0, "not a number" },
		{ "rate:", 0, "value is missing" },
		{ "user:a,,b", 0, "value is missing" },
		{ "dst:10.0.0.0/33", 0, "not a network" },
		{ "dst:300.0.0.0/8", 0, "not a network" },
		{ "user>postgres", 0, "use user:VALUE" },
		{ "rate~1", 0, "text field" },
		{ "cmd~(", 0, "but not (" },
		{ "cmd~a{2}", 0, "but not {" },
		{ "cmd~a*", 0, "but not *" },
		{ "cmd~a^", 0, "but not ^" },
		{ "cmd~copy|", 0, "pattern is missing" },
		{ "cmd~", 0, "pattern is missing" },
		{ "level:loud", 0, "notice, ticket or page" },
		{ "is:open", 0, "ended, alert or other" },
		{ "user:\"post", 0, "quote" },
		{ "a -", 2, "needs a term" },
		{ "ratio>99999999999999999999", 0, "not a ratio" },
		{ "ratio>2.x", 0, "not a ratio" },
		{ "ratio>18446744073709552", 0, "not a ratio" },
		{ "10.0.0.0/33", 0, "" }, /* a word */
		{ "2001:db8", 0, "no field \"2001\"" },
		{ "ratio>18446744073709551", 0, "" },
		{ "a a a a a a a a a a a a a a a a a", 32, "at most 16" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter_error e;
		struct filter *f = NULL;
		int r = filter_parse(cases[i].text, &f, &e);

		if (!cases[i].words[0]) { /* nothing is wrong, as in the largest that fits */
			assert_int_equal(r, 0);
			filter_free(f);
			continue;
		}
		if (r != -EINVAL || e.offset != cases[i].offset || !strstr(e.text, cases[i].words))
			fail_msg("\"%s\": r %d at %zu: %s", cases[i].text, r, e.offset, e.text);
		assert_null(f);
	}
}

static void test_too_long(void **state)
{
	char text[FILTER_TEXT_MAX + 2];
	struct filter_error e;
	struct filter *f = NULL;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(filter_parse(text, &f, &e), -EINVAL);
	text[FILTER_TEXT_MAX - 1] = '\0';
	assert_int_equal(filter_parse(text, &f, &e), 0);
	filter_free(f);
}

static void test_glob(void **state)
{
	(void)state;
	assert_true(glob_match("*", ""));
	assert_true(glob_match("a*c", "abbbC"));
	assert_true(glob_match("a?c", "abc"));
	assert_false(glob_match("a?c", "ac"));
	assert_false(glob_match("a", "ab"));
	assert_true(glob_match("*a*b*", "xxaxxbxx"));
	assert_false(glob_match("*a*b", "xxaxxbxx"));
	/* Would take ages with naive recursion. */
	assert_false(glob_match("*a*a*a*a*a*a*a*a*a*a*b",
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_glob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
