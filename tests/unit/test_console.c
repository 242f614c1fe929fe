/* SPDX-License-Identifier: Apache-2.0
 *
 * The console sink: a line an event, once, fit for a terminal.
 */
#include "unit/spool_fixture.h"

#include "sink/console.h"

static void test_console(void **state)
{
	static const char page[] =
		"{\"@timestamp\":\"2026-05-01T02:13:40Z\",\"level\":\"page\",\"event\":\"open\","
		"\"alert.id\":\"abc\",\"subject\":\"pg_dump \\u001b[31m\",\"reason\":\"sent 4 GB\"}\n";
	static const char *const events[] = {
		page,
		"not json \xff",
		"{\"level\":\"ticket\",\"event\":\"close\"}",
	};
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	char text[512];
	uint64_t sequence;
	int out[2];
	ssize_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		assert_int_equal(spool_append(s, events[i], strlen(events[i]), &sequence), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(console_drain(s, out[1], false, 2), 2);
	assert_int_equal(console_drain(s, out[1], true, 10), 1);
	assert_int_equal(console_drain(s, out[1], false, 10), 0);
	n = read(out[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text,
			    "ALERT 2026-05-01T02:13:40Z page open abc pg_dump  [31m: sent 4 GB\n"
			    "ALERT not json \xef\xbf\xbd\n"
			    "<5> ticket close\n");
	close(out[0]);
	close(out[1]);
	spool_close(s);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
