/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON without json-c: what is read, what is refused and where, what numbers become.
 * tests/fuzz/fuzz_json_own.c holds it against the library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "own/json-c/json.h"

static void reads_and_writes(void **state)
{
	static const struct {
		const char *in, *plain;
	} cases[] = {
		{ " { \"b\" : [ 1 , -2 , 3.50 , 1e9 ] , \"a\" : null } ",
		  "{\"b\":[1,-2,3.50,1e9],\"a\":null}" },
		{ "[true,false,\"\",{},[]]", "[true,false,\"\",{},[]]" },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
		{ "\"\\u00e9\\ud83d\\ude00\\ud800x\\/\\t\\u0001\"",
		  "\"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx\\/\\t\\u0001\"" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "18446744073709551616", "18446744073709551616" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *o = json_tokener_parse(cases[i].in);

		assert_non_null(o);
		assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
				    cases[i].plain);
		assert_int_equal(json_object_put(o), 1);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *in;
		enum json_tokener_error error;
		size_t at;
	} cases[] = {
		{ "", json_tokener_continue, 0 },
		{ "{\"a\":", json_tokener_continue, 5 },
		{ "\"abc", json_tokener_continue, 4 },
		{ "{a:1}", json_tokener_error_parse_unexpected, 1 },
		{ "[1,]", json_tokener_error_parse_unexpected, 3 },
		{ "[1 2]", json_tokener_error_parse_unexpected, 3 },
		{ "{\"a\" 1}", json_tokener_error_parse_unexpected, 5 },
		{ "01", json_tokener_error_parse_unexpected, 1 },
		{ "-", json_tokener_continue, 1 },
		{ "1.x", json_tokener_error_parse_unexpected, 2 },
		{ "\"\\q\"", json_tokener_error_parse_unexpected, 2 },
		{ "\"\\u12g4\"", json_tokener_error_parse_unexpected, 5 },
		{ "\"a\nb\"", json_tokener_error_parse_unexpected, 2 },
		{ "tru", json_tokener_continue, 3 },
		{ "{} x", json_tokener_error_parse_unexpected, 3 },
		{ "[[[[1]]]]", json_tokener_error_depth, 3 },
		{ "\"\xff\"", json_tokener_error_parse_utf8_string, 0 },
	};
	struct json_tokener *t = json_tokener_new_ex(3);

	(void)state;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_null(json_tokener_parse_ex(t, cases[i].in, (int)strlen(cases[i].in)));
		assert_int_equal(json_tokener_get_error(t), cases[i].error);
		if (cases[i].error != json_tokener_error_depth)
			assert_int_equal(json_tokener_get_parse_end(t), cases[i].at);
	}
	assert_null(json_tokener_parse_ex(t, "null", -1));
	assert_int_equal(json_tokener_get_error(t), json_tokener_success);
	json_tokener_free(t);
}

static void numbers(void **state)
{
	struct json_object *o = json_tokener_parse(
		"{\"max\":18446744073709551615,\"neg\":-5,\"d\":2.75,\"s\":\"12x\",\"t\":true,"
		"\"huge\":99999999999999999999999}");
	struct json_object *v;

	(void)state;
	v = json_object_object_get(o, "max");
	assert_true(json_object_is_type(v, json_type_int));
	assert_true(json_object_get_uint64(v) == UINT64_MAX);
	assert_true(json_object_get_int64(v) == INT64_MAX);
	assert_int_equal(json_object_get_int(v), INT32_MAX);
	v = json_object_object_get(o, "neg");
	assert_int_equal(json_object_get_int64(v), -5);
	assert_int_equal(json_object_get_uint64(v), 0);
	v = json_object_object_get(o, "d");
	assert_true(json_object_is_type(v, json_type_double));
	assert_true(json_object_get_double(v) == 2.75 && json_object_get_int64(v) == 2);
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "s")), 12);
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "t")), 1);
	v = json_object_object_get(o, "huge");
	assert_true(json_object_is_type(v, json_type_double));
	assert_true(json_object_get_uint64(v) == UINT64_MAX);
	json_object_put(o);
}

static void is_built_and_changed(void **state)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *v;
	size_t seen = 0;

	(void)state;
	assert_int_equal(json_object_array_add(list, json_object_new_uint64(UINT64_MAX)), 0);
	assert_int_equal(json_object_array_add(list, json_object_new_int64(INT64_MIN)), 0);
	assert_int_equal(json_object_object_add(o, "gone", json_object_new_string("x")), 0);
	assert_int_equal(json_object_object_add(o, "list", json_object_get(list)), 0);
	assert_int_equal(json_object_object_add(o, "null", NULL), 0);
	json_object_object_del(o, "gone");
	json_object_object_del(o, "never was");
	assert_int_equal(json_object_object_length(o), 2);
	assert_true(json_object_object_get_ex(o, "null", &v) && !v);
	assert_false(json_object_object_get_ex(o, "gone", NULL));
	json_object_object_foreach(o, key, value)
	{
		assert_string_equal(key, seen++ ? "null" : "list");
		assert_ptr_equal(value, seen == 1 ? list : NULL);
	}
	assert_int_equal(seen, 2);
	assert_string_equal(json_object_to_json_string(o),
			    "{ \"list\": [ 18446744073709551615, -9223372036854775808 ], "
			    "\"null\": null }");
	assert_int_equal(json_object_put(o), 1);
	assert_int_equal(json_object_array_length(list), 2);
	assert_int_equal(json_object_put(list), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(numbers),
		cmocka_unit_test(is_built_and_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
