/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: nobody's standard error stops the program, a trouble that lasts fills no disk,
 * and what strangers named makes no lines of its own.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

/* Standard error as a pipe of which the test reads. */
struct tapped {
	int before, from;
};

static void tap(struct tapped *t, int size)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (size)
		assert_true(fcntl(ends[0], F_SETPIPE_SZ, size) > 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	t->before = dup(STDERR_FILENO);
	assert_true(t->before >= 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	t->from = ends[0];
}

static void untap(struct tapped *t)
{
	assert_int_equal(dup2(t->before, STDERR_FILENO), STDERR_FILENO);
	close(t->before);
	close(t->from);
}

/* What was written since; to be freed. */
static char *heard(const struct tapped *t)
{
	char *text = calloc(1, 1 << 20);
	size_t len = 0;
	ssize_t n;

	assert_non_null(text);
	while ((n = read(t->from, text + len, (1 << 20) - 1 - len)) > 0)
		len += (size_t)n;
	return text;
}

static unsigned int count(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void a_trouble_that_lasts_is_said_three_times(void **state)
{
	struct tapped t;
	char *text;

	(void)state;
	tap(&t, 0);
	for (int i = 0; i < 1000; i++) {
		log_warning("the disk is %s", "full");
		log_error("another %d", i % 2);
		log_info("settings reloaded");
	}
	text = heard(&t);
	untap(&t);
	assert_int_equal(count(text, "the disk is full"), 3);
	assert_int_equal(count(text, "another 0"), 3);
	assert_int_equal(count(text, "another 1"), 3);
	assert_int_equal(count(text, "settings reloaded"), 1000); /* an answer, not a trouble */
	free(text);
}

static void a_reader_that_hangs_stops_nobody(void **state)
{
	char *text, long_line[3000];
	struct tapped t;

	(void)state;
	memset(long_line, '-', sizeof(long_line));
	long_line[sizeof(long_line) - 1] = '\0';
	tap(&t, 8192); /* two pages: a line each */
	for (int i = 0; i < 100; i++)
		log_info("%d %s", i, long_line);
	text = heard(&t);
	assert_int_equal(count(text, "info: 0 ---"), 1);
	assert_int_equal(count(text, "info: 99 ---"), 0);
	free(text);
	log_info("there is room again");
	text = heard(&t);
	untap(&t);
	assert_int_equal(count(text, "warning: 98 log lines are lost"), 1);
	assert_int_equal(count(text, "there is room again"), 1);
	free(text);
}

static void names_of_strangers_are_plain(void **state)
{
	char *big = malloc(100000), *text;
	struct tapped t;

	(void)state;
	assert_non_null(big);
	memset(big, 'y', 99999);
	big[99999] = '\0';
	tap(&t, 0);
	log_warning("program %s ended", "a\nerror: all is lost\x1b[2J\x7f");
	log_warning("%s", big);
	text = heard(&t);
	untap(&t);
	assert_ptr_equal(strstr(text, "warning: program a error: all is lost [2J  ended\n"), text);
	assert_int_equal(count(text, "\n"), 2);
	assert_in_range(strlen(text), 4000, 4096);
	free(text);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trouble_that_lasts_is_said_three_times),
		cmocka_unit_test(a_reader_that_hangs_stops_nobody),
		cmocka_unit_test(names_of_strangers_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
