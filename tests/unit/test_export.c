/* SPDX-License-Identifier: Apache-2.0
 *
 * The link between daemon and exporter, and the list of sinks in the configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/sinks.h"
#include "sink/link.h"

static void test_link_round(void **state)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	struct link_header h;

	(void)state;
	assert_int_equal(link_add(&b, LINK_RECORD, 3, UINT64_MAX, "abc", 3), 0);
	assert_int_equal(link_parse(b.data, b.len, &h), LINK_HEADER_BYTES + 3);
	assert_true(h.type == LINK_RECORD && h.sink == 3 && h.sequence == UINT64_MAX);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(link_parse(b.data, i, &h), 0); /* more is needed */
	assert_int_equal(link_add(&b, LINK_RECORD, 0, 1, "", LINK_FRAME_MAX + 1), -EMSGSIZE);
}

static void test_link_refuses(void **state)
{
	struct link_header bad[] = {
		{ .length = 1, .type = 0, .version = LINK_VERSION },
		{ .length = 1, .type = LINK_TYPE_END, .version = LINK_VERSION },
		{ .length = LINK_FRAME_MAX + 1, .type = LINK_ACK, .version = LINK_VERSION },
		{ .length = 1, .type = LINK_ACK, .version = LINK_VERSION + 1 },
	};
	struct link_header h;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(link_parse(&bad[i], sizeof(bad[i]), &h), -EBADMSG);
}

static int parse(const char *text, struct config **ret, struct buf *error)
{
	return config_parse("f", text, strlen(text), ret, error);
}

static void test_sinks_are_read(void **state)
{
	struct buf error _cleanup_buf_ = BUF_INIT;
	struct config *c;
	const struct sinks *s;

	(void)state;
	assert_int_equal(parse("sinks:\n- name: a\n  path: /x\n- name: b\n  type: syslog\n"
			       "  address: siem:6514\n  window: 3s\n  transport: tcp\n",
			       &c, &error),
			 0);
	s = config_sinks(c);
	assert_int_equal(s->count, 2);
	assert_string_equal(s->list[0].params.type, "file");
	assert_true(s->list[0].params.verify);
	assert_string_equal(s->list[1].params.transport, "tcp");
	assert_int_equal(s->list[1].params.window_ms, 3000);
	assert_string_equal(sink_promise(&s->list[0].params), "at least once");
	assert_string_equal(sink_promise(&s->list[1].params),
			    "not acknowledged; repeated for the window");
	config_free(c);
}

static void test_sinks_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "sinks:\n- name: A\n  path: /x\n", "f:2: a sink needs a name" },
		{ "sinks:\n- name: console\n  path: /x\n", "f:2: a sink needs a name" },
		{ "sinks:\n- name: a\n  path: x\n", "f:3: path: \"x\" is not an absolute path" },
		{ "sinks:\n- name: a\n  name: b\n  path: /x\n", "f:3: name was already set" },
		{ "sinks:\n- name: a\n  path: [/x]\n", "f:3: sinks: plain keys" },
		{ "sinks:\n- name: a\n  type: nsca\n", "f:3: type: \"nsca\" is none of" },
#if WITH_KAFKA
		{ "sinks:\n- name: a\n  type: kafka\n", "f:2: sink a: kafka needs address" },
		{ "sinks:\n- name: a\n  type: kafka\n  address: k:9093\n  sasl: plain\n",
		  "f:2: sink a: sasl needs username" },
#else
		{ "sinks:\n- name: a\n  type: kafka\n  address: k:9093\n",
		  "f:2: sink a: this egressd was built without kafka" },
#endif
#if WITH_CURL
		{ "sinks:\n- name: a\n  type: webhook\n  url: ftp://x\n",
		  "f:2: sink a: webhook needs url" },
#else
		{ "sinks:\n- name: a\n  type: webhook\n  url: https://x\n",
		  "f:2: sink a: this egressd was built without libcurl" },
#endif
#if !WITH_OPENSSL
		{ "sinks:\n- name: a\n  type: syslog\n  address: x:6514\n",
		  "f:2: sink a: this egressd was built without OpenSSL" },
#endif
		{ "sinks:\n- name: a\n  path: /x\n  token: abc\n",
		  "f:4: a sink has no key \"token\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf error _cleanup_buf_ = BUF_INIT;
		struct config *c;

		assert_int_equal(parse(cases[i].text, &c, &error), -EINVAL);
		if (!strstr(error.data, cases[i].error))
			fail_msg("'%s' is not in '%s'", cases[i].error, error.data);
	}
}

static void test_contents_need_no_line(void **state)
{
	struct sink_config c;

	(void)state;
	assert_int_equal(sink_config_init(&c), 0);
	assert_int_equal(sink_config_take(&c, "ca", "-----BEGIN\nx\n-----END"), 0);
	assert_string_equal(c.params.ca, "-----BEGIN\nx\n-----END");
	assert_int_equal(sink_config_take(&c, "nothing", "x"), -ENOENT);
	assert_int_equal(sink_config_take(&c, "window", "x"), -EINVAL);
	sink_config_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_round),
		cmocka_unit_test(test_link_refuses),
		cmocka_unit_test(test_sinks_are_read),
		cmocka_unit_test(test_sinks_are_refused),
		cmocka_unit_test(test_contents_need_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
