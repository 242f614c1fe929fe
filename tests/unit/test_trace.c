/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace reader: every form gives the same ticks, every malformed line its words.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "model/names.h"
#include "replay/trace.h"

struct fixture {
	struct names *names;
	struct trace_reader *reader;
	int fd;
};

static void open_bytes(struct fixture *f, const void *data, size_t len)
{
	char path[64];

	memset(f, 0, sizeof(*f));
	f->fd = memfd_create("trace", MFD_CLOEXEC);
	assert_true(f->fd >= 0);
	assert_int_equal(write(f->fd, data, len), len);
	assert_int_equal(lseek(f->fd, 0, SEEK_SET), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	assert_int_equal(names_new(&f->names), 0);
	assert_int_equal(trace_open(path, f->names, &f->reader), 0);
}

static void open_text(struct fixture *f, const char *text)
{
	open_bytes(f, text, strlen(text));
}

static void close_fixture(struct fixture *f)
{
	trace_close(f->reader);
	names_free(f->names);
	close(f->fd);
}

/* Every tick and row as text, so that two forms can be compared whole. */
static void dump(struct fixture *f, struct buf *out)
{
	struct tick t;
	int rc;

	while ((rc = trace_next(f->reader, &t)) > 0) {
		buf_addf(out, "%s %lld +%u D%llu%s\n", t.host, (long long)t.ts, t.interval_s,
			 (unsigned long long)t.db_bytes, t.gap ? " gap" : "");
		for (size_t i = 0; i < t.row_count; i++) {
			const struct tick_row *r = &t.rows[i];

			buf_addf(out, "  %s/%s/%s/%s -> %s:%u p%u i%u s%u tx%llu rd%llu%s\n",
				 r->actor ? r->actor->exe : "-", r->actor ? r->actor->comm : "-",
				 r->actor ? r->actor->container : "-",
				 r->actor ? r->actor->user : "-", r->dest ? r->dest->example : "-",
				 r->port, r->proto, r->init, r->scope,
				 (unsigned long long)r->tx_bytes, (unsigned long long)r->rd_bytes,
				 r->tx_unknown ? " unknown" : "");
		}
	}
	if (rc < 0)
		buf_addf(out, "%s\n", strrchr(trace_error(f->reader), '/') + 1);
}

static void expect_dump(const void *data, size_t len, const char *expected)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct fixture f;

	open_bytes(&f, data, len);
	dump(&f, &out);
	assert_string_equal(out.len ? out.data : "", expected);
	close_fixture(&f);
}

/* The error of a text, without the path. */
static void expect_error(const char *text, const char *line_and_words)
{
	struct fixture f;
	struct tick t;
	int rc;

	open_text(&f, text);
	while ((rc = trace_next(f.reader, &t)) > 0)
		;
	assert_int_equal(rc, -EINVAL);
	if (!strstr(trace_error(f.reader), line_and_words))
		fail_msg("\"%s\" is not in \"%s\"", line_and_words, trace_error(f.reader));
	assert_int_equal(trace_next(f.reader, &t), -EINVAL); /* it stays */
	close_fixture(&f);
}

static const char json_text[] =
	"{\"trace\":\"egress\",\"version\":1,\"interval_s\":60,\"db_bytes\":114000000000}\n"
	"{\"ts\":1700000040,\"host\":\"a\",\"exe\":\"/usr/bin/pg_dump\",\"comm\":\"pg_dump\","
	"\"container\":\"\",\"user\":\"mallory\",\"dst\":\"203.0.113.7\",\"port\":443,"
	"\"proto\":\"tcp\",\"init\":\"connected\",\"scope\":\"public\",\"tx\":4600,\"rd\":38}\n"
	"{\"ts\":1700000040,\"host\":\"b\",\"tx\":7}\n"
	"{\"ts\":1700000040,\"host\":\"a\",\"tx\":null}\n"
	"{\"ts\":1700000100,\"host\":\"a\",\"tx\":0}\n";

static const char csv_text[] =
	"#egress-trace version=1 interval_s=60 db_bytes=114000000000\n"
	"tx,ts,host,exe,comm,container,user,dst,port,proto,init,scope,rd\n"
	"4600,1700000040,a,/usr/bin/pg_dump,pg_dump,,mallory,203.0.113.7,443,tcp,connected,public,38\n"
	"7,1700000040,b,,,,,,,,,,\n"
	",1700000040,a,,,,,,,,,,\n"
	"0,1700000100,a,,,,,,,,,,\n";

static const char both_dump[] =
	"a 1700000040 +60 D114000000000 gap\n"
	"  pg_dump/pg_dump//mallory -> 203.0.113.7:443 p6 i2 s6 tx4600 rd38\n"
	"  -/-/-/- -> -:0 p0 i0 s0 tx0 rd0 unknown\n"
	"b 1700000040 +60 D114000000000\n"
	"  -/-/-/- -> -:0 p0 i0 s0 tx7 rd0\n"
	"a 1700000100 +60 D114000000000\n"
	"  -/-/-/- -> -:0 p0 i0 s0 tx0 rd0\n";

static void json_and_csv_give_the_same_ticks(void **state)
{
	(void)state;
	expect_dump(json_text, strlen(json_text), both_dump);
	expect_dump(csv_text, strlen(csv_text), both_dump);
}

static void unusual_json_takes_the_slow_way_to_the_same_rows(void **state)
{
	static const char text[] =
		"{\"trace\":\"egress\",\"version\":1,\"interval_s\":60,\"db_bytes\":114000000000}\n"
		" { \"ts\" : 1.70000004e9, \"host\":\"\\u0061\", \"exe\":\"\\/usr\\/bin\\/pg_dump\", "
		"\"comm\":\"pg_dump\", \"user\":\"mallory\",\"dst\":\"203.0.113.7\",\"port\":\"443\","
		"\"proto\":6,\"init\":\"connected\",\"scope\":\"public\",\"tx\":4600.0,\"rd\":38,"
		"\"more\":{\"x\":[1,2]}}\n"
		"{\"host\": \"b\", \"tx\": 7, \"ts\": 1700000040}\n"
		"{\"ts\":1700000040,\"host\":\"a\",\"tx\":null,\"e\":1.5} \t\r\n"
		"\n"
		"{\"ts\":1700000100,\"host\":\"a\",\"tx\":0}";

	(void)state;
	expect_dump(text, strlen(text), both_dump);
}

static void csv_is_quoted_as_rfc_4180_says(void **state)
{
	static const char text[] = "\xef\xbb\xbf\"ts\",host,user,comm,tx,dst\r\n"
				   "60,\"a \"\"b\"\", c\",\"two\nlines\",x,1,\"2001:db8::1\"\r\n"
				   "60,plain,it\"s,x,2,backup-3\r\n";

	(void)state;
	expect_dump(text, strlen(text),
		    "a \"b\", c 60 +60 D0\n  /x//two\nlines -> 2001:db8::1:0 p0 i0 s6 tx1 rd0\n"
		    "plain 60 +60 D0\n  /x//it\"s -> backup-3:0 p0 i0 s6 tx2 rd0\n");
}

static void interval_follows_from_the_rows_where_no_header_gives_it(void **state)
{
	static const char five[] = "ts,tx\n300,1\n600,2\n", one[] = "ts,tx\n300,1\n";

	(void)state;
	expect_dump(five, strlen(five),
		    "- 300 +300 D0\n  -/-/-/- -> -:0 p0 i0 s0 tx1 rd0\n"
		    "- 600 +300 D0\n  -/-/-/- -> -:0 p0 i0 s0 tx2 rd0\n");
	expect_dump(one, strlen(one), "- 300 +60 D0\n  -/-/-/- -> -:0 p0 i0 s0 tx1 rd0\n");
}

static void header_without_rows_is_an_empty_trace(void **state)
{
	(void)state;
	expect_dump("ts,tx\n", 6, "");
	expect_dump("{\"trace\":\"egress\",\"version\":1}", 30, "");
}

static void columns_that_are_not_ours_are_named(void **state)
{
	struct fixture f;
	const char *const *names;
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	open_text(&f, "ts,note,tx,Tx\n1,x,2,3\n");
	dump(&f, &out);
	assert_int_equal(trace_ignored(f.reader, &names), 2);
	assert_string_equal(names[0], "note");
	assert_string_equal(names[1], "Tx");
	assert_int_equal(trace_rows(f.reader), 1);
	close_fixture(&f);
}

static void expect_damaged(const void *data, size_t len)
{
	struct fixture f;
	struct tick t;
	int rc;

	open_bytes(&f, data, len);
	while ((rc = trace_next(f.reader, &t)) > 0)
		;
	assert_int_equal(rc, -EINVAL);
	assert_non_null(
		strstr(trace_error(f.reader), "the compressed data is damaged or ends early"));
	close_fixture(&f);
}

static void compressed_forms_are_told_by_their_bytes(void **state)
{
	unsigned char packed[4096];
	z_stream z = { .next_out = packed, .avail_out = sizeof(packed) };
	size_t half = 100, n, m;
	union { /* zlib wants it writable, but does not write */
		const char *in;
		unsigned char *out;
	} text = { .in = json_text };

	(void)state;
	z.next_in = text.out;
	z.avail_in = (unsigned int)strlen(json_text);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
	expect_dump(packed, n, both_dump);
	expect_damaged(packed, n - 9);

	/* two frames in a row, cut in the middle of a line */
	n = ZSTD_compress(packed, sizeof(packed), json_text, half, 3);
	m = ZSTD_compress(packed + n, sizeof(packed) - n, json_text + half,
			  strlen(json_text) - half, 3);
	expect_dump(packed, n + m, both_dump);
	packed[n + 8] ^= 0xff;
	expect_damaged(packed, n + m);
}

static void long_input_crosses_every_buffer_edge(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	uint64_t sum = 0, expected = 0, ticks = 0;
	struct fixture f;
	struct tick t;
	int rc;

	(void)state;
	buf_add_str(&text, "ts,host,tx\n");
	for (unsigned int i = 1; i <= 60000; i++) {
		buf_addf(&text, "%u,host-%.*s,%u\n", i, (int)(i % 37),
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", i * 7);
		expected += i * 7;
	}
	open_bytes(&f, text.data, text.len);
	for (; (rc = trace_next(f.reader, &t)) > 0; ticks++)
		sum += t.rows[0].tx_bytes;
	assert_int_equal(rc, 0);
	assert_int_equal(ticks, 60000);
	assert_int_equal(sum, expected);
	close_fixture(&f);
}

static void malformed_rows_are_refused_with_their_line(void **state)
{
	static const char *const cases[][2] = {
		{ "", ":0: empty: not a trace" },
		{ "hello\n", ":1: not a trace: a CSV header" },
		{ "{\"ts\":1,\"tx\":1}\n", ":1: not a trace: the first line must be" },
		{ "{\"trace\":\"egress\",\"version\":2}\n", ":1: trace version 2" },
		{ "{\"trace\":\"egress\",\"interval_s\":0}\n", ":1: interval_s must be 1 to" },
		{ "{\"trace\":\"egress\",\"db_bytes\":-1}\n", ":1: \"db_bytes\" must be" },
		{ "#egress-trace version=1 interval=60\nts,tx\n",
		  "unknown header key \"interval\"" },
		{ "#egress-trace interval_s=x\nts,tx\n", "interval_s=x is not a whole number" },
		{ "#egress-trace version=1\n", "the column names are missing" },
		{ "ts,ts,tx\n", "column \"ts\" is there twice" },
		{ "ts,host\n1,a\n", "not a trace" },
		{ "ts,tx\n1,2\n2\n", ":3: 1 fields where the header has 2" },
		{ "ts,tx\n1,2,3\n", ":2: 3 fields where the header has 2" },
		{ "ts,tx\n10,1\n9,1\n", ":3: time goes backwards, from 10 to 9" },
		{ "ts,tx\n1,18446744073709551616\n",
		  ":2: tx \"18446744073709551616\" is absurdly large" },
		{ "ts,tx\n1,9007199254740993\n", "is absurdly large" },
		{ "ts,tx\n1,-5\n", ":2: tx \"-5\" is not a whole number >= 0" },
		{ "ts,tx\n1,0.5\n", ":2: tx \"0.5\" is not a whole number >= 0" },
		{ "ts,tx\n,5\n", ":2: no ts" },
		{ "ts,tx\nx,5\n", ":2: ts \"x\" is not a whole number" },
		{ "ts,tx\n99999999999,5\n", ":2: ts \"99999999999\" is absurdly large" },
		{ "ts,tx,port\n1,5,65536\n", ":2: port \"65536\" is not 0 to 65535" },
		{ "ts,tx,init\n1,5,inbound\n", ":2: init \"inbound\" is not known" },
		{ "ts,tx,scope\n1,5,world\n", ":2: scope \"world\" is not known" },
		{ "ts,tx,proto\n1,5,carrier\n", ":2: proto \"carrier\" is not known" },
		{ "ts,tx\n1,\"5\n", "the file ends within a quoted field" },
		{ "ts,tx\n1,\"5\"6\n", ":2: text behind a closing quote in field 2" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"tx\":1\n",
		  ":2: not a complete JSON object" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"tx\":1}}\n",
		  ":2: not JSON: unexpected character" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"tx\":}\n", ":2: not JSON" },
		{ "{\"trace\":\"egress\"}\n[1]\n", ":2: not a JSON object" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"tx\":[1]}\n",
		  ":2: \"tx\" must be a string or a number" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"host\":\"a\\u0000b\",\"tx\":1}\n", "NUL" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"host\":\"a\"}\n", ":2: neither tx nor rd" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"tx\":18446744073709551616}\n",
		  "absurdly large" },
		{ "{\"trace\":\"egress\"}\n{\"ts\":1,\"tx\":1e300}\n", "is not a whole number" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_error(cases[i][0], cases[i][1]);
}

static void endless_line_is_refused(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	(void)state;
	buf_add_str(&text, "ts,tx\n");
	for (unsigned int i = 0; i < 3u << 20; i++)
		buf_add_char(&text, '1');
	expect_error(text.data, "the line is longer than");
}

static void what_is_written_is_read_back(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct names *names;
	struct tick t = { .host = "a", .ts = 120, .interval_s = 60 };
	struct tick_row row = { .tx_bytes = 5, .rd_bytes = 6, .port = 443, .proto = 6, .init = 2 };

	(void)state;
	assert_int_equal(names_new(&names), 0);
	row.actor = names_actor(names, "/opt/x y", "x\"y", "img", "u");
	row.dest = names_dest(names, "203.0.113.9", EG_SCOPE_UNKNOWN);
	row.scope = EG_SCOPE_PUBLIC;
	assert_int_equal(trace_write_header(&text, 60, 99), 0);
	assert_int_equal(trace_write_row(&text, &t, &row, "/opt/x y"), 0);
	row = (struct tick_row){ .tx_unknown = true };
	assert_int_equal(trace_write_row(&text, &t, &row, NULL), 0);
	expect_dump(text.data, text.len,
		    "a 120 +60 D99 gap\n"
		    "  x y/x\"y/img/u -> 203.0.113.9:443 p6 i2 s6 tx5 rd6\n"
		    "  -/-/-/- -> -:0 p0 i0 s0 tx0 rd0 unknown\n");
	names_free(names);
}

static void missing_file_is_an_errno(void **state)
{
	struct trace_reader *r = NULL;

	(void)state;
	assert_int_equal(trace_open("/nonexistent/trace", NULL, &r), -ENOENT);
	assert_null(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_and_csv_give_the_same_ticks),
		cmocka_unit_test(unusual_json_takes_the_slow_way_to_the_same_rows),
		cmocka_unit_test(csv_is_quoted_as_rfc_4180_says),
		cmocka_unit_test(interval_follows_from_the_rows_where_no_header_gives_it),
		cmocka_unit_test(header_without_rows_is_an_empty_trace),
		cmocka_unit_test(columns_that_are_not_ours_are_named),
		cmocka_unit_test(compressed_forms_are_told_by_their_bytes),
		cmocka_unit_test(long_input_crosses_every_buffer_edge),
		cmocka_unit_test(malformed_rows_are_refused_with_their_line),
		cmocka_unit_test(endless_line_is_refused),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(missing_file_is_an_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
