/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration: defaults, every kind of value, and what each wrong file is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/declaration.h"
#include "config/sinks.h"
#include "scratch.h"

extern const struct params_detect detect_defaults; /* user/detect/defaults.c */

static struct config *parse_ok(const char *text)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *c = NULL;
	int r = config_parse("f", text, strlen(text), &c, &error);

	if (r != 0)
		fail_msg("%s", error.data ? error.data : "no words");
	assert_int_equal(error.len, 0);
	return c;
}

static void expect_error(const char *text, const char *words)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *c = NULL;

	assert_int_equal(config_parse("f", text, strlen(text), &c, &error), -EINVAL);
	assert_null(c);
	assert_string_equal(error.data, words);
}

static void test_defaults(void **state)
{
	static const uint32_t factor[] = { 3000, 3000, 3000, 3000, 3000, 2500, 1500, 1400 };
	static const uint64_t floor_mb[] = { 64, 128, 256, 512, 768, 1000, 2000, 4000 };
	static const int32_t points[] = { 30, 20, 20, 10, 10, 10, 10, -40, -20 };
	struct config *c = parse_ok("");
	const struct params *p = config_params(c);

	(void)state;
	for (int h = 0; h < EG_HORIZONS; h++) {
		assert_int_equal(p->detect.factor_milli[h], factor[h]);
		assert_int_equal(p->detect.floor_bytes[h], floor_mb[h] * 1000000);
	}
	for (int i = 0; i < EG_CTX_COUNT; i++)
		assert_int_equal(p->detect.context_points[i], points[i]);
	assert_int_equal(p->detect.growth_milli, 1020);
	assert_int_equal(p->detect.minimum_bytes, 16000000);
	assert_int_equal(p->detect.share_page_milli, 10);
	assert_int_equal(p->detect.page_score, 20);
	assert_string_equal(p->daemon.state_dir, "/var/lib/egressd");
	assert_string_equal(p->daemon.socket_path, "/run/egressd/egressd.sock");
	assert_string_equal(p->daemon.admin_group, "");
	assert_int_equal(p->daemon.interval_ms, 1000);
	assert_int_equal(p->daemon.flow_idle_s, 120);
	assert_int_equal(p->daemon.flow_ended_s, 3600);
	assert_int_equal(p->daemon.store_max_bytes, 1u << 30);
	assert_int_equal(p->daemon.spool_bytes, 16u << 20);
	assert_true(p->daemon.store);
	assert_false(p->daemon.ephemeral);
	assert_int_equal(p->alert.clear_max_s, 86400);
	assert_int_equal(p->alert.pages_per_day, 3);
	config_free(c);
}

/* The table and the detector's own defaults are two texts of one decision. */
static void test_detect_defaults(void **state)
{
	struct config *c = parse_ok("");

	(void)state;
	assert_memory_equal(&config_params(c)->detect, &detect_defaults, sizeof(detect_defaults));
	config_free(c);
}

static void test_values(void **state)
{
	struct config *c = parse_ok("daemon:\n"
				    "  interval: 250ms\n"
				    "  store: false\n"
				    "  host_name: 'db 07'\n"
				    "  log_level: debug\n"
				    "  store_max_bytes: 1.5GiB\n"
				    "detect:\n"
				    "  factor: {10s: 4.125, 1m: 1}\n"
				    "  context: {declared: -60}\n"
				    "  novel:\n"
				    "alert:\n"
				    "  fold: 2h\n");
	const struct params *p = config_params(c);

	(void)state;
	assert_int_equal(p->daemon.interval_ms, 250);
	assert_false(p->daemon.store);
	assert_string_equal(p->daemon.host_name, "db 07");
	assert_string_equal(p->daemon.log_level, "debug");
	assert_int_equal(p->daemon.store_max_bytes, 3ull << 29);
	assert_int_equal(p->detect.factor_milli[0], 4125);
	assert_int_equal(p->detect.factor_milli[1], 1000);
	assert_int_equal(p->detect.context_points[EG_CTX_DECLARED], -60);
	assert_int_equal(p->detect.novel_days, 7);
	assert_int_equal(p->alert.fold_s, 7200);
	config_free(c);
}

static void test_keys(void **state)
{
	(void)state;
	expect_error("daemon:\n  intervall: 1s\n",
		     "f:2: unknown key \"daemon.intervall\"; did you mean \"daemon.interval\"?");
	expect_error("interval: 1s\n",
		     "f:1: unknown key \"interval\"; did you mean \"daemon.interval\"?");
	expect_error("daemn:\n  interval: 1s\n",
		     "f:1: unknown key \"daemn\"; did you mean \"daemon\"?");
	expect_error("sink:\n  - name: a\n", "f:1: unknown key \"sink\"; did you mean \"sinks\"?");
	expect_error("sinks:\n  - name: a\n    typ: file\n    path: /x\n",
		     "f:3: a sink has no key \"typ\"; did you mean \"type\"?");
	expect_error(
		"sinks:\n  - name: a\n    qwerty: file\n    path: /x\n",
		"f:3: a sink has no key \"qwerty\"; remove it, egressd(8) lists the known ones");
	expect_error("sinks:\n  - type: file\n",
		     "f:2: a sink needs a name of a-z 0-9 _ - (not \"console\")");
	expect_error("role:\n  - role: replica\n    dest: 10.0.0.1\n    actor: a\n",
		     "f:3: role has no key \"dest\"; did you mean \"destination\"?");
	expect_error("# x\nqwertyuiop:\n  a: [1, {b: 2}]\n",
		     "f:2: unknown key \"qwertyuiop\"; remove it, egressd(8) lists the known ones");
	expect_error("daemon:\n  interval: 1s\n\n  interval: 2s\n",
		     "f:4: daemon.interval was already set in line 2; keep one of them");
	expect_error("daemon: 5\n", "f:1: daemon is a section; put its keys below it, indented");
	expect_error("daemon:\n  interval:\n    a: 1\n",
		     "f:3: daemon.interval takes one plain value; write \"interval: 1s\"");
	expect_error("? [a, b]\n: c\n", "f:1: a key must be one plain word");
	expect_error("\"\": 1\n",
		     "f:1: unknown key \"\"\"\"; remove it, egressd(8) lists the known ones");
}

static void test_wrong_values(void **state)
{
	(void)state;
	expect_error("daemon: {interval: 1}\n",
		     "f:1: daemon.interval: \"1\" is not a duration with its unit, like 250ms, 1s "
		     "or 1m");
	expect_error("alert: {fold: 1500ms}\n",
		     "f:1: alert.fold: \"1500ms\" is not a duration with its unit, like 30s, 5m, "
		     "2h or 7d");
	expect_error("daemon:\n  interval: 5ms\n",
		     "f:2: daemon.interval: \"5ms\" is out of range; use 100ms to 1m");
	expect_error("daemon:\n  log_level: info debug\n",
		     "f:2: daemon.log_level: \"info debug\" is none of: error warning info debug");
	expect_error("daemon:\n  host_name: \"a\\nb\\e[2J\"\n",
		     "f:2: daemon.host_name: \"a?b?[2J\" is not text");
	expect_error("daemon:\n  socket_path: ''\n",
		     "f:2: daemon.socket_path: \"\" is not an absolute path");
	expect_error(
		"daemon:\n  socket_path: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
		"f:2: daemon.socket_path: \"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaa\" has 120 characters; use 1 to 107");
	expect_error("daemon:\n  store: yes\n", "f:2: daemon.store: \"yes\" is not true or false");
	expect_error("daemon:\n  spool_bytes: 16 bananas\n",
		     "f:2: daemon.spool_bytes: \"16 bananas\" is not a size like 64MB (decimal) "
		     "or 64MiB (binary)");
	expect_error("daemon:\n  max_flows: -1\n",
		     "f:2: daemon.max_flows: \"-1\" is not a whole number");
	expect_error("detect:\n  growth: 1.0255\n",
		     "f:2: detect.growth: \"1.0255\" is not a number with up to three decimals, "
		     "like 1.75");
	expect_error("daemon:\n  log_level: inf\n",
		     "f:2: daemon.log_level: \"inf\" is none of: error warning info debug");
	expect_error("daemon:\n  state_dir: var/lib\n",
		     "f:2: daemon.state_dir: \"var/lib\" is not an absolute path");
	expect_error("daemon:\n  state_dir: ''\n",
		     "f:2: daemon.state_dir: \"\" is not an absolute path");
	expect_error("daemon:\n  state_dir: !!str /x\n",
		     "f:2: daemon.state_dir takes one plain value; write \"state_dir: "
		     "/var/lib/egressd\"");
	expect_error("daemon:\n  host_name: \"a\\0b\"\n",
		     "f:2: daemon.host_name takes one plain value; write \"host_name: \"\"\"");
}

static void test_rules(void **state)
{
	(void)state;
	expect_error("alert:\n  clear_min: 2d\n",
		     "f:2: alert.clear_min is above alert.clear_max; lower the one or raise the "
		     "other");
	expect_error("detect:\n  score:\n    page: 5\n",
		     "f:3: detect.score.ticket is above detect.score.page; lower the one or raise "
		     "the other");
}

static void test_not_a_mapping(void **state)
{
	(void)state;
	expect_error("- a\n- b\n", "f:1: not a mapping; write sections like \"daemon:\" with "
				   "\"key: value\" lines below");
	expect_error("hello\n", "f:1: not a mapping; write sections like \"daemon:\" with "
				"\"key: value\" lines below");
	expect_error("daemon:\n---\nalert:\n",
		     "f:2: a second document; keep one, without \"---\" inside");
	expect_error("daemon:\n\tinterval: 1s\n",
		     "f:2: not YAML: found character that cannot start any token; indent with "
		     "spaces and write \"key: value\"");
}

/* Characters that no YAML may hold have their line too. */
static void test_foreign_characters(void **state)
{
	(void)state;
	expect_error("daemon:\n  store: true\n  \x07: 1\n",
		     "f:3: not YAML: control characters are not allowed; indent with spaces and "
		     "write \"key: value\"");
	expect_error("daemon:\n\xff\n", "f:2: not YAML: invalid leading UTF-8 octet; indent with "
					"spaces and write \"key: value\"");
}

/* Every problem is told, up to a bound. */
static void test_many_errors(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT, error = BUF_INIT;
	struct config *c = NULL;
	size_t lines = 1;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_addf(&text, "zzzzzzzzz%d: 1\n", i);
	assert_int_equal(config_parse("f", text.data, text.len, &c, &error), -EINVAL);
	for (const char *p = error.data; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 20);
}

static void test_files(void **state)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	char path[SCRATCH_MAX];
	struct config *c = NULL;
	int fd = mkstemp(scratch_name(path, "config"));

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "detect:\n  minimum: 1MB\n", 23), 23);
	close(fd);
	assert_int_equal(config_load(path, &c, &error), 0);
	assert_int_equal(config_params(c)->detect.minimum_bytes, 1000000);
	config_free(c);
	unlink(path);
	assert_int_equal(config_load("/nonexistent/e.yaml", &c, &error), -ENOENT);
	assert_string_equal(error.data, "/nonexistent/e.yaml: cannot read it: No such file or "
					"directory; give the path of a readable file");
	buf_clear(&error);
	/* Names no file can have are bad input too, not a failure of ours. */
	buf_clear(&error);
	assert_int_equal(config_load("/dev/null/x", &c, &error), -ENOTDIR);
	assert_int_equal(symlink(path, path), 0);
	buf_clear(&error);
	assert_int_equal(config_load(path, &c, &error), -EINVAL);
	assert_non_null(strstr(error.data, "Too many levels of symbolic links; give the path"));
	unlink(path);
	buf_clear(&error);
	assert_int_equal(config_load("/", &c, &error), -EISDIR);
	assert_non_null(strstr(error.data, "it must be a regular file"));
}

static void test_set(void **state)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *c = parse_ok("daemon: {state_dir: /a}\n");

	(void)state;
	assert_int_equal(config_set(c, "daemon.state_dir", "/x", &error), 0);
	assert_string_equal(config_params(c)->daemon.state_dir, "/x");
	assert_int_equal(config_set(c, "daemon.state_dir", "x", &error), -EINVAL);
	assert_string_equal(error.data, "daemon.state_dir: \"x\" is not an absolute path");
	assert_string_equal(config_params(c)->daemon.state_dir, "/x");
	buf_clear(&error);
	assert_int_equal(config_set(c, "daemon.statedir", "/x", &error), -EINVAL);
	assert_string_equal(error.data, "unknown option \"daemon.statedir\"; did you mean "
					"\"daemon.state_dir\"?");
	config_free(c);
}

/* Removes the comment sign of every "#key: value" line. */
static void uncomment(const char *from, struct buf *to)
{
	for (const char *p = from; *p; p++)
		if (!(*p == '#' && p[1] != ' '))
			buf_add_char(to, *p);
}

/* The default file is valid as it is and with every key set, and says the defaults. */
static void test_reference(void **state)
{
	_cleanup_buf_ struct buf yaml = BUF_INIT, all = BUF_INIT, md = BUF_INIT, man = BUF_INIT;
	struct config *a, *b;

	(void)state;
	assert_int_equal(config_reference("yaml", &yaml), 0);
	uncomment(yaml.data, &all);
	assert_true(all.len == yaml.len - config_option_count);
	a = parse_ok(yaml.data);
	b = parse_ok(all.data);
	assert_memory_equal(&config_params(a)->detect, &config_params(b)->detect,
			    sizeof(struct params_detect));
	assert_memory_equal(&config_params(a)->alert, &config_params(b)->alert,
			    sizeof(struct params_alert));
	assert_string_equal(config_params(a)->daemon.socket_path,
			    config_params(b)->daemon.socket_path);
	config_free(a);
	config_free(b);
	assert_int_equal(config_reference("markdown", &md), 0);
	assert_int_equal(config_reference("man", &man), 0);
	for (size_t i = 0; i < config_option_count; i++) {
		assert_non_null(strstr(md.data, config_options[i].name));
		assert_non_null(strstr(man.data, config_options[i].name));
	}
	for (size_t i = 0; i < sink_option_count; i++) {
		assert_non_null(strstr(md.data, sink_options[i].name));
		assert_non_null(strstr(man.data, sink_options[i].name));
		assert_non_null(strstr(yaml.data, sink_options[i].name));
	}
	for (size_t i = 0; i < declaration_key_count; i++) {
		assert_non_null(strstr(md.data, declaration_keys[i].help));
		assert_non_null(strstr(man.data, declaration_keys[i].help));
	}
	assert_int_equal(config_reference("html", &md), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),    cmocka_unit_test(test_values),
		cmocka_unit_test(test_keys),        cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_rules),       cmocka_unit_test(test_not_a_mapping),
		cmocka_unit_test(test_many_errors), cmocka_unit_test(test_foreign_characters),
		cmocka_unit_test(test_files),       cmocka_unit_test(test_set),
		cmocka_unit_test(test_reference),   cmocka_unit_test(test_detect_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
