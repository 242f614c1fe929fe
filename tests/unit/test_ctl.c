/* SPDX-License-Identifier: Apache-2.0
 *
 * The pure parts of egressctl: text that is safe on a terminal, values in words, the
 * table, and the summing of trace rows. They are no part of the library, so their
 * files are included.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/row.c"
#include "ctl/table.c"
#include "ctl/text.c"
#include "ctl/trace_sum.c"

static void expect_clean(const char *in, const char *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add(&text, in);
	assert_string_equal(text.data ? text.data : "", out);
}

static void test_text_is_clean(void **state)
{
	(void)state;
	expect_clean("", "");
	expect_clean("pg_dump", "pg_dump");
	expect_clean("caf\xc3\xa9", "caf\xc3\xa9");
	expect_clean("a\033[2Jb", "a" REPLACEMENT "[2Jb");
	expect_clean("a\nb\tc\x7f", "a" REPLACEMENT "b" REPLACEMENT "c" REPLACEMENT);
	expect_clean("a\xc2\x9b"
		     "31m",
		     "a" REPLACEMENT "31m"); /* CSI in one character */
	expect_clean("a\xe2\x80\xae"
		     "b",
		     "a" REPLACEMENT "b"); /* right-to-left override */
	expect_clean("a\xe2\x80\x8b"
		     "b",
		     "a" REPLACEMENT "b"); /* zero width space */
	expect_clean("\xff\xfe", REPLACEMENT REPLACEMENT);
}

static void test_text_width(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xe4\xb8\xad\xe6\x96\x87"), 4); /* two wide characters */
	assert_int_equal(text_width("e\xcc\x81"), 1);                /* combining accent */
}

static void test_numbers(void **state)
{
	struct json_object *o = json_tokener_parse("{\"a\":1e22,\"b\":-1,\"c\":2.5,\"d\":null,"
						   "\"e\":18446744073709551615}");
	uint64_t v = 7;

	(void)state;
	assert_false(row_u64(o, "a", &v));
	assert_false(row_u64(o, "b", &v));
	assert_false(row_u64(o, "d", &v));
	assert_false(row_u64(o, "z", &v));
	assert_int_equal(v, 7);
	assert_true(row_u64(o, "c", &v));
	assert_int_equal(v, 2);
	assert_true(row_u64(o, "e", &v));
	assert_true(v == UINT64_MAX);
	json_object_put(o);
}

static void expect_words(const char *key, const char *json, const char *words)
{
	struct json_object *o = json_tokener_parse(json);
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add_value(&text, key, o);
	assert_string_equal(text.data, words);
	json_object_put(o);
}

static void test_values(void **state)
{
	(void)state;
	expect_words("x", "null", "unknown");
	expect_words("x", "true", "yes");
	expect_words("x", "18446744073709551615", "18446744073709551615");
	expect_words("x", "-3", "-3");
	expect_words("x", "1.5", "1.5");
	expect_words("total.payload_bytes", "4600000000", "4.6 GB");
	expect_words("egress.rate_1s", "1000", "1.0 kB/s");
	expect_words("tick.cost_us", "12", "12 us");
	expect_words("alert.first_ts", "1777601620", "2026-05-01T02:13:40Z");
	expect_words("ts", "0", "1970-01-01T00:00:00Z");
	expect_words("control.requests", "2", "2");
	expect_words("egressd.uptime_s", "7200", "2 h");
	expect_words("x", "[]", "none");
	expect_words("x", "[1,\"a\\u001b\"]", "1, a" REPLACEMENT);
	expect_words("x", "{\"a_bytes\":5000,\"b\":null}", "a_bytes 5.0 kB, b unknown");
}

/* What table_print() writes. */
static char *printed(const struct ctl *ctl, const struct table *t)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size), *kept = stdout;

	assert_non_null(stream);
	stdout = stream;
	table_print(ctl, t);
	stdout = kept;
	fclose(stream);
	return text;
}

static void test_table(void **state)
{
	static const char *const cells[] = { "a", "", "1", "\xe4\xb8\xad", "", "200" };
	struct table t = { .column = { { "N", false }, { "EMPTY", false }, { "COUNT", true } },
			   .columns = 3 };
	struct ctl ctl = { 0 };
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		table_add(&t, cells[i]);
	assert_int_equal(t.rows, 2);
	text = printed(&ctl, &t);
	assert_string_equal(text, "N   COUNT\n"
				  "a       1\n"
				  "\xe4\xb8\xad    200\n");
	free(text);
	table_free(&t);
}

static void test_table_grows(void **state)
{
	struct table t = { .column = { { "A", false }, { "B", true } }, .columns = 2 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		table_add(&t, "x");
	assert_int_equal(t.error, 0);
	assert_int_equal(t.rows, 500);
	for (size_t i = 0; i < 1000; i++)
		assert_string_equal(t.cell[i], "x");
	table_free(&t);
}

static int append(void *ctx, const char *line, size_t len)
{
	buf_add(ctx, line, len);
	buf_add_char(ctx, '\n');
	return 0;
}

static int add(struct trace_sum *s, const char *line)
{
	return trace_sum_add(s, line, strlen(line));
}

static void test_sum(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct trace_sum *s = NULL;

	(void)state;
	assert_int_equal(trace_sum_new(60, append, &out, &s), 0);
	assert_int_equal(add(s, "{\"ts\":1,\"tx\":1}"), -EBADMSG); /* no header yet */
	assert_int_equal(add(s, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":1}"), 0);
	assert_int_equal(add(s, "{\"ts\":61,\"exe\":\"a\",\"tx\":18446744073709551000}"), 0);
	assert_int_equal(add(s, "{\"ts\":119,\"exe\":\"a\",\"tx\":615}"), 0);
	assert_int_equal(add(s, "{\"ts\":119,\"exe\":\"a\",\"tx\":null}"), 0);
	assert_int_equal(add(s, "{\"ts\":119,\"exe\":\"r\",\"tx\":0,\"rd\":9}"), 0);
	assert_int_equal(add(s, "{\"ts\":120,\"exe\":\"a\",\"tx\":1}"), 0);
	assert_int_equal(add(s, "no JSON"), -EBADMSG);
	assert_int_equal(add(s, "{\"exe\":\"a\",\"tx\":1}"), -EBADMSG); /* no time */
	assert_int_equal(trace_sum_flush(s), 0);
	assert_int_equal(trace_sum_flush(s), 0); /* nothing is left */
	trace_sum_free(s);
	assert_string_equal(out.data, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":60}\n"
				      "{\"exe\":\"a\",\"ts\":60,\"tx\":18446744073709551615}\n"
				      "{\"exe\":\"a\",\"ts\":60,\"tx\":null}\n"
				      "{\"exe\":\"r\",\"ts\":60,\"tx\":0,\"rd\":9}\n"
				      "{\"exe\":\"a\",\"ts\":120,\"tx\":1}\n");
}

static void test_sum_interval(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct trace_sum *s = NULL;

	(void)state;
	assert_int_equal(trace_sum_new(15, append, &out, &s), 0);
	assert_int_equal(add(s, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":10}"), -EINVAL);
	assert_int_equal(add(s, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":0}"), -EBADMSG);
	trace_sum_free(s);
	assert_int_equal(out.len, 0);
}

static int refuse(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	(void)line;
	(void)len;
	return -ENOSPC;
}

static void test_sum_passes_errors_on(void **state)
{
	struct trace_sum *s = NULL;

	(void)state;
	assert_int_equal(trace_sum_new(1, refuse, NULL, &s), 0);
	assert_int_equal(add(s, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":1}"), -ENOSPC);
	trace_sum_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_clean),
		cmocka_unit_test(test_text_width),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_grows),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_sum_interval),
		cmocka_unit_test(test_sum_passes_errors_on),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
