/* SPDX-License-Identifier: Apache-2.0
 *
 * Frame headers, cutting of rows, request bodies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>

#include "base/buf.h"
#include "client/proto.h"
#include "serve/request.h"

static void test_wire_bytes(void **state)
{
	static const unsigned char expected[16] = { 0x53, 0x52, 0x47, 0x45, 1, 0, 2, 0, 4, 3, 2 };
	struct proto_header h;

	(void)state;
	proto_make(&h, PROTO_ROWS, 0x00020304);
	assert_memory_equal(&h, expected, sizeof(h));
	assert_int_equal(proto_check(&h, 1u << 20), 0);
	assert_int_equal(proto_type(&h), PROTO_ROWS);
	assert_int_equal(proto_length(&h), 0x00020304);
}

static void test_check_refuses(void **state)
{
	struct proto_header h;

	(void)state;
	proto_make(&h, PROTO_REQUEST, 100);
	assert_int_equal(proto_check(&h, 100), 0);
	assert_int_equal(proto_check(&h, 99), -EMSGSIZE);
	((unsigned char *)&h)[0] ^= 1;
	assert_int_equal(proto_check(&h, 100), -EPROTO);
	proto_make(&h, PROTO_REQUEST, 100);
	((unsigned char *)&h)[4] = 2;
	assert_int_equal(proto_check(&h, 100), -EPROTONOSUPPORT);
	proto_make(&h, (enum proto_type)5, 0);
	assert_int_equal(proto_check(&h, 100), -EPROTO);
	proto_make(&h, (enum proto_type)0, 0);
	assert_int_equal(proto_check(&h, 100), -EPROTO);
	proto_make(&h, PROTO_END, 0);
	((unsigned char *)&h)[12] = 1;
	assert_int_equal(proto_check(&h, 100), -EPROTO);
}

static void test_peek_is_early(void **state)
{
	struct proto_header h, out;

	(void)state;
	proto_make(&h, PROTO_REQUEST, 7);
	for (size_t have = 0; have < sizeof(h); have++)
		assert_int_equal(proto_peek(&h, have, 100, &out), 0);
	assert_int_equal(proto_peek(&h, sizeof(h), 100, &out), 1);
	assert_int_equal(proto_length(&out), 7);
	assert_int_equal(proto_peek("G", 1, 100, &out), -EPROTO);
	assert_int_equal(proto_peek("SRGX", 4, 100, &out), -EPROTO);
	assert_int_equal(proto_peek(&h, sizeof(h), 6, &out), -EMSGSIZE);
}

static void test_cut(void **state)
{
	struct buf big _cleanup_buf_ = BUF_INIT;

	(void)state;
	assert_int_equal(proto_cut("aa\nbb\n", 6, 100), 6);
	assert_int_equal(proto_cut("aa\nbb\n", 6, 5), 3);
	assert_int_equal(proto_cut("aa\nbb\ncc\n", 9, 6), 6);
	assert_int_equal(proto_cut("aaaa\nbb\n", 8, 2), 5); /* one line above the target */
	while (big.len < PROTO_REPLY_MAX)
		buf_add_char(&big, 'x');
	buf_add_char(&big, '\n');
	assert_int_equal(proto_cut(big.data, big.len, 1000), 0);
	assert_int_equal(proto_cut(big.data + 1, big.len - 1, 1000), PROTO_REPLY_MAX);
}

static void check_request(const char *text, size_t len, const char *op)
{
	struct json_object *object = NULL;
	const char *name = NULL, *why = NULL;
	int r = request_parse(text, len, &object, &name, &why);

	if (!op) {
		assert_int_equal(r, -EINVAL);
		assert_non_null(why);
		return;
	}
	assert_int_equal(r, 0);
	assert_string_equal(name, op);
	json_object_put(object);
}

static void test_requests(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"{}",
		"[]",
		"null",
		"12",
		"\"op\"",
		"{\"op\":1}",
		"{\"op\":null}",
		"{'op':'x'}",
		"{\"op\":\"x\"} {}",
		"{\"op\":\"x\"",
		"{\"op\":\"\xff\"}",
		"{\"op\":\"x\",}",
		"{\"op\":\"x\"}x",
		"{\"a\":[[[[[[[[[[1]]]]]]]]]],\"op\":\"x\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check_request(bad[i], strlen(bad[i]), NULL);
	check_request("{\"op\":\"x\"}garbage", 10, "x"); /* no NUL needed */
	check_request("{\"op\":\"status\",\"all\":true}", 26, "status");
	check_request("{\"op\":\"x\"}\n", 11, "x");
	check_request("{\"op\":\"x\"}\0", 11, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire_bytes),    cmocka_unit_test(test_check_refuses),
		cmocka_unit_test(test_peek_is_early), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
