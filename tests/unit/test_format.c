/* SPDX-License-Identifier: Apache-2.0
 *
 * Formats: what the numbers mean in each receiver's own terms. The documents as a
 * whole are held against golden files; the schemas are checked by tests/system/.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>

#include "base/buf.h"
#include "base/units.h"
#include "sink/format.h"
#include "sink/otlp.h"
#include "base/protobuf.h"

static const char accepted[] =
	"{\"@timestamp\":\"2024-05-01T02:13:40Z\",\"ts\":1714529620,\"host\":\"db\","
	"\"event\":\"open\",\"event.id\":\"e1\",\"alert.id\":\"a1\",\"event.severity\":73,"
	"\"rule\":\"pair\",\"tx_total\":5000000000,\"destination.ip\":\"192.0.2.9\","
	"\"egress.initiation\":\"accepted\",\"service.port\":5432,\"reason\":\"r\"}";

static struct json_object *document(const char *format, const char *line)
{
	struct buf doc _cleanup_buf_ = BUF_INIT;
	struct format_options options = { 0 };
	struct record r _cleanup_record_ = { 0 };
	struct json_object *o;

	assert_int_equal(record_parse(line, strlen(line), &r), 0);
	assert_int_equal(format_find(format)->fn(&r, &options, &doc), 0);
	o = json_tokener_parse(doc.data);
	assert_non_null(o);
	return o;
}

static char *text(const char *format, const char *line, const struct format_options *options)
{
	struct buf doc = BUF_INIT;
	struct record r _cleanup_record_ = { 0 };

	assert_int_equal(record_parse(line, strlen(line), &r), 0);
	assert_int_equal(format_find(format)->fn(&r, options, &doc), 0);
	return doc.data;
}

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	(void)json_object_object_get_ex(o, key, &v);
	return v ? json_object_get_string(v) : "(absent)";
}

/* A database that answers a client is the destination; its bytes are destination.bytes. */
static void test_answer_is_not_read_backwards(void **state)
{
	struct json_object *o = document("ecs", accepted);

	(void)state;
	assert_string_equal(member(o, "source.ip"), "192.0.2.9");
	assert_string_equal(member(o, "destination.address"), "db");
	assert_string_equal(member(o, "destination.bytes"), "5000000000");
	assert_string_equal(member(o, "destination.port"), "5432");
	assert_string_equal(member(o, "source.bytes"), "(absent)");
	assert_string_equal(member(o, "egressd.egress.bytes"), "5000000000");
	json_object_put(o);
}

static void test_cef_directions(void **state)
{
	struct format_options options = { 0 };
	char *s = text("cef", accepted, &options);

	(void)state;
	assert_non_null(strstr(s, " cn1=5000000000 cn1Label=egressBytes"));
	assert_null(strstr(s, " out=")); /* does not fit 32 bits */
	free(s);
	options.cef_wide_integers = true;
	s = text("cef", accepted, &options);
	assert_non_null(strstr(s, " out=5000000000"));
	free(s);
	options.cef_standard = true;
	s = text("cef", accepted, &options);
	assert_non_null(strstr(s, " out=5000000000")); /* destination to source */
	free(s);
}

static void test_cef_standard_of_a_client(void **state)
{
	static const char connected[] =
		"{\"ts\":1,\"event\":\"open\",\"tx_total\":7,\"destination.ip\":\"192.0.2.9\","
		"\"egress.initiation\":\"connected\"}";
	struct format_options options = { 0 };
	char *s = text("cef", connected, &options);

	(void)state;
	assert_non_null(strstr(s, " out=7 "));
	free(s);
	options.cef_standard = true;
	s = text("cef", connected, &options);
	assert_non_null(strstr(s, " in=7 "));
	assert_null(strstr(s, " out="));
	free(s);
}

static void test_unknown_initiation_claims_nothing(void **state)
{
	static const char line[] =
		"{\"ts\":1,\"event\":\"open\",\"tx_total\":7,\"destination.ip\":\"192.0.2.9\"}";
	struct json_object *o = document("ecs", line);

	(void)state;
	assert_string_equal(member(o, "source.ip"), "(absent)");
	assert_string_equal(member(o, "destination.ip"), "(absent)");
	assert_string_equal(member(o, "egressd.peer.ip"), "192.0.2.9");
	json_object_put(o);
}

/* A sentence for who reads a list: names are a stranger's, cut between characters. */
static void test_says_it_in_words(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "{\"ts\":300,\"event\":\"flow\",\"interval_s\":300,\"process.name\":\"/usr/bin/psql\","
		  "\"user.name\":\"eve\",\"egress.interval_bytes\":2500000,\"destination.ip\":"
		  "\"2001:db8::1\",\"service.port\":443,\"egress.initiation\":\"connected\"}",
		  "psql (eve) sent 2.5 MB to [2001:db8::1]:443 in 5 min" },
		{ "{\"ts\":300,\"event\":\"flow\",\"interval_s\":60,\"process.name\":\"postgres\","
		  "\"egress.interval_bytes\":10,\"destination.ip\":\"192.0.2.9\","
		  "\"service.port\":5432,\"egress.initiation\":\"accepted\"}",
		  "postgres sent 10 B to 192.0.2.9, which connected to port 5432, in 60 s" },
		{ "{\"ts\":300,\"event\":\"flow\",\"interval_s\":60,\"flow.other\":true,"
		  "\"egress.flows\":1,\"egress.interval_bytes\":10}",
		  "1 other flow sent 10 B in 60 s" },
		{ "{\"ts\":300,\"event\":\"read\",\"interval_s\":60,\"file.interval_bytes\":10,"
		  "\"process.name\":\"12345678901234567890123456789012345678901234567890"
		  "1234567890123\xc3\xa9\"}",
		  "123456789012345678901234567890123456789012345678901234567890123... read 10 B "
		  "of database files in 60 s" },
		{ "{\"ts\":1,\"event\":\"audit\",\"event.action\":\"silence\",\"user.id\":0,"
		  "\"message\":\"why\"}",
		  "silence by uid 0: why" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *o = document("ecs", cases[i].line);

		assert_string_equal(member(o, "message"), cases[i].said);
		json_object_put(o);
	}
}

static void test_refuses_what_is_not_ours(void **state)
{
	static const char *const bad[] = { "",          "[]",
					   "{",         "{\"event\":\"open\"}",
					   "{\"ts\":1", "{\"ts\":1,\"event\":\"op\xff\"}",
					   "nonsense" };
	struct record r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(record_parse(bad[i], strlen(bad[i]), &r), -EINVAL);
	assert_int_equal(record_parse("{\"total\":{}}", 12, &r), -ENODATA);
}

static void test_golden(void **state)
{
	static const char *const formats[] = { "ecs",    "ocsf",        "cef", "leef",
					       "syslog", "cloudevents", "hec", "row" };
	const struct format_options options = { 0 };
	bool write = getenv("EGRESS_WRITE_GOLDEN") != NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		char path[128], *line = NULL, *want = NULL;
		size_t room = 0, want_room = 0;
		FILE *in _cleanup_fclose_ = fopen("tests/unit/data/format/records.jsonl", "re");
		FILE *golden _cleanup_fclose_ = NULL;

		(void)snprintf(path, sizeof(path), "tests/unit/data/format/%s.txt", formats[i]);
		golden = fopen(path, write ? "we" : "re");
		assert_non_null(in);
		assert_non_null(golden);
		while (getline(&line, &room, in) > 0) {
			char *got = text(formats[i], line, &options);

			if (write) {
				fprintf(golden, "%s\n", got);
			} else {
				ssize_t n = getline(&want, &want_room, golden);

				assert_true(n > 0);
				want[n - 1] = '\0';
				assert_string_equal(got, want);
			}
			free(got);
		}
		free(line);
		free(want);
	}
}

static void test_protobuf_round(void **state)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	const uint8_t *at, *data;
	uint64_t v;

	(void)state;
	protobuf_varint(&b, 3, UINT64_MAX);
	protobuf_string(&b, 200, "abc");
	protobuf_fixed64(&b, 1, 0x0102030405060708);
	at = (const uint8_t *)b.data;
	assert_int_equal(protobuf_next(&at, at + b.len, &v, &data), 3);
	assert_true(v == UINT64_MAX && !data);
	assert_int_equal(protobuf_next(&at, (const uint8_t *)b.data + b.len, &v, &data), 200);
	assert_true(v == 3 && memcmp(data, "abc", 3) == 0);
	assert_int_equal(protobuf_next(&at, (const uint8_t *)b.data + b.len, &v, &data), 1);
	assert_true(v == 0x0102030405060708);
	assert_int_equal(protobuf_next(&at, (const uint8_t *)b.data + b.len, &v, &data), 0);
}

/* ExportLogsPartialSuccess: 3 rejected, with a message. */
static void test_otlp_partial(void **state)
{
	static const uint8_t answer[] = { 0x0a, 0x07, 0x08, 0x03, 0x12, 0x03, 'b', 'a', 'd' };
	char message[16];
	uint64_t rejected;

	(void)state;
	assert_int_equal(otlp_response(answer, sizeof(answer), &rejected, message, 16), 0);
	assert_int_equal(rejected, 3);
	assert_string_equal(message, "bad");
	assert_int_equal(otlp_response("", 0, &rejected, message, 16), 0);
	assert_int_equal(rejected, 0);
	assert_int_equal(otlp_response(answer, 5, &rejected, message, 16), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_is_not_read_backwards),
		cmocka_unit_test(test_cef_directions),
		cmocka_unit_test(test_cef_standard_of_a_client),
		cmocka_unit_test(test_unknown_initiation_claims_nothing),
		cmocka_unit_test(test_says_it_in_words),
		cmocka_unit_test(test_refuses_what_is_not_ours),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_protobuf_round),
		cmocka_unit_test(test_otlp_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
