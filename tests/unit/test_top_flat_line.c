/* SPDX-License-Identifier: Apache-2.0
 *
 * The quick reader of a flow: what it takes it reads as json-c does, what it does not take
 * is left to json-c. And it does take what a daemon writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "top/flat_line.h"
#include "top_fixture.h"

/* Whether the quick reader takes it; if so, json-c agrees. */
static bool takes_with(const char *text, struct flat_hints *hints)
{
	_cleanup_free_ char *copy = strdup(text);
	struct flow_line quick, slow;

	assert_non_null(copy);
	if (!flat_line_read(copy, strlen(text), hints, &quick))
		return false;
	assert_int_equal(flow_line_parse_json(text, strlen(text), &slow), 0);
	assert_int_equal(quick.known, slow.known);
	assert_memory_equal(quick.num, slow.num, sizeof(quick.num));
	assert_int_equal(quick.ended, slow.ended);
	assert_int_equal(quick.exited, slow.exited);
	assert_int_equal(quick.other, slow.other);
	assert_int_equal(quick.ancestor, slow.ancestor);
	for (int f = 0; f < T_COUNT; f++) {
		assert_int_equal(!quick.text[f], !slow.text[f]);
		if (quick.text[f])
			assert_string_equal(quick.text[f], slow.text[f]);
	}
	flow_line_free(&slow);
	return true;
}

/* Hints of this line, of none and of quite another change nothing. */
static bool takes(const char *text)
{
	struct flat_hints hints = { 0 }, wrong;
	bool r = takes_with(text, NULL);

	for (size_t i = 0; i < FLAT_HINTS; i++)
		wrong.field[i] = (uint8_t)((i * 7 + 3) % (T_COUNT + N_COUNT) + 1);
	assert_int_equal(takes_with(text, &hints), r);
	assert_int_equal(takes_with(text, &hints), r);
	assert_int_equal(takes_with(text, &wrong), r);
	return r;
}

static void a_daemons_flows_are_taken(void **state)
{
	_cleanup_buf_ struct buf flows = BUF_INIT;
	char *rest, *line;
	size_t count = 0;

	(void)state;
	fixture_read("flows.jsonl", &flows);
	for (line = strtok_r(flows.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		count++;
		assert_int_equal(takes(line), !strstr(line, "\"total\":"));
	}
	assert_true(count > 5);
}

static void plain_forms(void **state)
{
	static const char *const plain[] = {
		"{\"process.name\":\"a\"}",
		"{ \"process.name\" : \"a\" , \"process.pid\" : 7 }",
		"{\"process.name\":\"a \\\"b\\\" \\\\ \\/ \\n\\t\",\"process.pid\":0}",
		"{\"process.name\":\"\",\"unknown\":1.5,\"more\":\"x\",\"none\":null,\"yes\":true}",
		"{\"egress.ratio\":0.25,\"egress.rate_1s\":12.75,\"egress.ended\":true}",
		"{\"egress.ratio\":3,\"egress.payload_bytes\":999999999999999999}",
		"{\"process.exited\":false,\"other\":true,\"process.name\":null,\"process.pid\":null}",
		"{\"user.name\":\"j\xc3\xb6rg \xff\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		assert_true(takes(plain[i]));
}

static void what_is_in_doubt_is_left(void **state)
{
	static const char *const left[] = {
		"",
		"{",
		"{}",
		"[]",
		"{\"process.name\"}",
		"{\"process.name\":}",
		"{\"process.name\":\"a}",
		"{\"process.name\":\"a\"",
		"{\"process.name\":\"a\",}",
		"{\"process.name\":\"a\"} ",
		"{\"process.name\":\"a\"}{",
		"{\"process.name\":\"a\",\"process.name\":\"b\"}",
		"{\"process.name\":\"\\u0041\"}",
		"{\"process.name\":\"a\\",
		"{\"process.name\":5}",
		"{\"process.name\":[\"a\"]}",
		"{\"process.pid\":-1}",
		"{\"process.pid\":01}",
		"{\"process.pid\":1.}",
		"{\"process.pid\":1e3}",
		"{\"process.pid\":1.5e3}",
		"{\"process.pid\":\"7\"}",
		"{\"process.pid\":18446744073709551616}",
		"{\"process.pid\":nul}",
		"{\"egress.ended\":1}",
		"{\"total\":1}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (takes(left[i]))
			fail_msg("taken: %s", left[i]);
}

/* What the quick reader leaves still becomes a flow, by json-c. */
static void what_is_left_is_read(void **state)
{
	static const char text[] =
		"{\"process.name\":\"\\u0041\",\"process.pid\":7,\"nested\":{\"a\":[1]}}";
	struct flow_line line;

	(void)state;
	assert_int_equal(flow_line_parse(text, strlen(text), NULL, &line), 0);
	assert_string_equal(line.text[T_PROCESS], "A");
	assert_int_equal(line.num[N_PID], 7);
	flow_line_free(&line);
	assert_int_equal(flow_line_parse("no", 2, NULL, &line), -EINVAL);
	flow_line_free(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daemons_flows_are_taken),
		cmocka_unit_test(plain_forms),
		cmocka_unit_test(what_is_in_doubt_is_left),
		cmocka_unit_test(what_is_left_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
