/* SPDX-License-Identifier: Apache-2.0
 *
 * base/: buffer, JSON writer, UTF-8, units, vocabulary.
 */
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"

static void json_is_read_back_by_json_c(void **state)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	struct json_object *o, *v;

	(void)state;
	jsonw_open(&b, '{');
	jsonw_u64(&b, "max", UINT64_MAX);
	jsonw_i64(&b, "min", INT64_MIN);
	jsonw_str(&b, "text", "a\"b\\c\n\t\x01z");
	jsonw_milli(&b, "score", -12050);
	jsonw_null(&b, "none");
	jsonw_key(&b, "list");
	jsonw_open(&b, '[');
	jsonw_str(&b, NULL, "x");
	jsonw_bool(&b, NULL, true);
	jsonw_close(&b, ']');
	jsonw_time(&b, "t", 0);
	jsonw_close(&b, '}');
	o = json_tokener_parse(b.data);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "max", &v));
	assert_true(json_object_get_uint64(v) == UINT64_MAX);
	assert_true(json_object_object_get_ex(o, "min", &v));
	assert_true(json_object_get_int64(v) == INT64_MIN);
	assert_true(json_object_object_get_ex(o, "text", &v));
	assert_string_equal(json_object_get_string(v), "a\"b\\c\n\t\x01z");
	assert_non_null(strstr(b.data, "\"score\":-12.05,\"none\":null,\"list\":[\"x\",true]"));
	assert_true(json_object_object_get_ex(o, "t", &v));
	assert_string_equal(json_object_get_string(v), "1970-01-01T00:00:00Z");
	json_object_put(o);
}

static void broken_utf8_becomes_replacement_characters(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xc3", "a\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* overlong */
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf b _cleanup_buf_ = BUF_INIT;

		utf8_add(&b, cases[i].in, strlen(cases[i].in));
		assert_string_equal(b.data, cases[i].out);
	}
}

static void strangers_names_are_plain(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "\x1b[2J\n\x7f", " [2J  " },
		{ "a\xc2\x9b"
		  "31mb",
		  "a 31mb" },                             /* CSI in one character */
		{ "\xe2\x80\xaetxt.exe", " txt.exe" },    /* right to left */
		{ "a\xe2\x80\xa8z\xef\xbb\xbf", "a z " }, /* line separator, BOM */
		{ "\xc3\xa4\xf0\x9f\x90\x98", "\xc3\xa4\xf0\x9f\x90\x98" },
		{ "\xf3\xa0\x81\xa1", " " }, /* a tag */
		{ "\xff\x1b", "\xef\xbf\xbd " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf b _cleanup_buf_ = BUF_INIT;

		buf_add_str(&b, "\n");
		utf8_add_plain(&b, cases[i].in, strlen(cases[i].in));
		assert_int_equal(b.data[0], '\n'); /* what was there stays */
		assert_string_equal(b.data + 1, cases[i].out);
		assert_int_equal(b.len, strlen(b.data));
	}
}

static void lines_come_one_by_one(void **state)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	const char *line;
	size_t at = 0, len;

	(void)state;
	assert_false(buf_next_line(&b, &at, &line, &len));
	buf_add_str(&b, "one\n\nlast");
	assert_true(buf_next_line(&b, &at, &line, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(line, "one", 3);
	assert_true(buf_next_line(&b, &at, &line, &len));
	assert_int_equal(len, 0);
	assert_true(buf_next_line(&b, &at, &line, &len)); /* without a newline */
	assert_int_equal(len, 4);
	assert_memory_equal(line, "last", 4);
	assert_false(buf_next_line(&b, &at, &line, &len));
}

static void sizes_and_durations_are_strict(void **state)
{
	uint64_t v;
	int64_t t;

	(void)state;
	assert_int_equal(parse_size("64M", &v), 0);
	assert_int_equal(v, 64 << 20);
	assert_int_equal(parse_size("1.5G", &v), 0);
	assert_int_equal(v, 1610612736);
	assert_int_equal(parse_size("256 MB", &v), 0);
	assert_int_equal(v, 256000000);
	assert_int_equal(parse_size("0.5", &v), -EINVAL);
	assert_int_equal(parse_size("5 parsecs", &v), -EINVAL);
	assert_int_equal(parse_size("-1", &v), -EINVAL);
	assert_int_equal(parse_size("", &v), -EINVAL);
	assert_int_equal(parse_size("99999999T", &v), -ERANGE);
	assert_int_equal(parse_u64("18446744073709551615", &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(parse_u64("18446744073709551616", &v), -ERANGE);
	assert_int_equal(parse_duration("90s", &v), 0);
	assert_int_equal(v, 90000);
	assert_int_equal(parse_duration("90", &v), -EINVAL);
	assert_int_equal(parse_when("2026-05-01T02:13:40Z", 0, &t), 0);
	assert_int_equal(t, 1777601620);
	assert_int_equal(parse_when("10m", 1000, &t), 0);
	assert_int_equal(t, 400);
	assert_int_equal(parse_when("@5", 1000, &t), 0);
	assert_int_equal(t, 5);
	assert_int_equal(parse_when("soon", 1000, &t), -EINVAL);
}

static void numbers_read_well(void **state)
{
	static const struct {
		uint64_t v;
		const char *text, *column;
	} cases[] = {
		{ 0, "0 B", "0" },
		{ 999, "999 B", "999" },
		{ 1000, "1.0 kB", "1.0k" },
		{ 4600000000, "4.6 GB", "4.6G" },
		{ 41000000000, "41 GB", "41.0G" },
		{ 99950, "99 kB", "99.9k" },
		{ 123456789, "123 MB", "123M" },
		{ UINT64_MAX, "18 EB", "18.4E" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf b _cleanup_buf_ = BUF_INIT;
		char column[8];

		format_bytes(&b, cases[i].v);
		format_short(column, cases[i].v);
		assert_string_equal(b.data, cases[i].text);
		assert_string_equal(column, cases[i].column);
	}
}

static void addresses_and_words_go_both_ways(void **state)
{
	uint8_t addr[16];
	char text[64];
	enum eg_scope scope;

	(void)state;
	assert_int_equal(parse_addr("203.0.113.7", addr), 0);
	assert_int_equal(addr[11], 0xff);
	format_addr(text, sizeof(text), addr);
	assert_string_equal(text, "203.0.113.7");
	assert_int_equal(parse_addr("2001:db8::1", addr), 0);
	format_addr(text, sizeof(text), addr);
	assert_string_equal(text, "2001:db8::1");
	assert_int_equal(parse_addr("203.0.113", addr), -EINVAL);
	for (unsigned int i = 0; i < EG_SCOPE_COUNT; i++) {
		assert_int_equal(scope_parse(scope_name(i), &scope), 0);
		assert_int_equal(scope, i);
	}
	assert_int_equal(scope_parse("moon", &scope), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_read_back_by_json_c),
		cmocka_unit_test(broken_utf8_becomes_replacement_characters),
		cmocka_unit_test(strangers_names_are_plain),
		cmocka_unit_test(lines_come_one_by_one),
		cmocka_unit_test(sizes_and_durations_are_strict),
		cmocka_unit_test(numbers_read_well),
		cmocka_unit_test(addresses_and_words_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
