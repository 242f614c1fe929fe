/* SPDX-License-Identifier: Apache-2.0
 *
 * egressd's command line: good words, bad words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/options.c" /* the daemon's rooms are not in the library */

static int parse(struct daemon_options *o, struct buf *error, ...)
{
	char *argv[16] = { (char[]){ "egressd" } };
	int argc = 1;
	va_list ap;

	va_start(ap, error);
	while ((argv[argc] = va_arg(ap, char *)))
		argc++;
	va_end(ap);
	return daemon_options_parse(argc, argv, o, error);
}

static void words_become_actions_and_overrides(void **state)
{
	struct buf error _cleanup_buf_ = BUF_INIT;
	struct daemon_options o;

	(void)state;
	assert_int_equal(parse(&o, &error, "-c", "/f", "--state-dir", "/s", "--no-store",
			       "--ephemeral", "--socket=/x", (char *)NULL),
			 0);
	assert_int_equal(o.action, ACTION_RUN);
	assert_string_equal(o.config_path, "/f");
	assert_int_equal(o.override_count, 4);
	assert_string_equal(o.overrides[0].name, "daemon.state_dir");
	assert_string_equal(o.overrides[0].value, "/s");
	assert_string_equal(o.overrides[1].value, "false");
	assert_string_equal(o.overrides[3].value, "/x");
	assert_int_equal(parse(&o, &error, "--support", "--json", (char *)NULL), 0);
	assert_int_equal(o.action, ACTION_SUPPORT);
	assert_true(o.json);
}

static void bad_words_are_named(void **state)
{
	static const char *const bad[] = { "--frobnicate", "-x", "stray", "--config" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct buf error _cleanup_buf_ = BUF_INIT;
		struct daemon_options o;

		assert_int_equal(parse(&o, &error, bad[i], (char *)NULL), -EINVAL);
		assert_non_null(strstr(error.data, bad[i]));
	}
}

static void help_names_every_option(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	(void)state;
	daemon_options_help(&out);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_non_null(strstr(out.data, rows[i].name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_actions_and_overrides),
		cmocka_unit_test(bad_words_are_named),
		cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
