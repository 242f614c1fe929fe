/* SPDX-License-Identifier: Apache-2.0
 *
 * Connection tables of /proc/PID/net: what a line says, and which two are the ends of
 * one connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"
#include "enrich/socktab.h"

/* The tables are written in the machine's byte order; so are these lines. */
static void line4(char out[256], const uint8_t from[4], unsigned int from_port, const uint8_t to[4],
		  unsigned int to_port, const char *state, unsigned long long inode)
{
	uint32_t a, b;

	memcpy(&a, from, 4);
	memcpy(&b, to, 4);
	snprintf(out, 256,
		 "   0: %08X:%04X %08X:%04X %s 00000000:00000000 00:00000000 00000000  1000        "
		 "0 %llu 1 0000000000000000 20 4 30 10 -1\n",
		 a, from_port, b, to_port, state, inode);
}

static const uint8_t lo[4] = { 127, 0, 0, 1 }, eth[4] = { 192, 0, 2, 1 };

static bool parse(const char *line, struct tcp_end *ret)
{
	return socktab_parse_line(line, strlen(line), ret);
}

static void lines_are_read(void **state)
{
	struct tcp_end end;
	char line[256], text[64];

	(void)state;
	line4(line, lo, 5432, eth, 40000, "01", 12345);
	assert_true(parse(line, &end));
	assert_int_equal(end.local_port, 5432);
	assert_int_equal(end.remote_port, 40000);
	assert_int_equal(end.inode, 12345);
	format_addr(text, sizeof(text), end.local);
	assert_string_equal(text, "127.0.0.1");
	format_addr(text, sizeof(text), end.remote);
	assert_string_equal(text, "192.0.2.1");
}

static void what_is_no_connection_is_passed_over(void **state)
{
	static const char *const bad[] = {
		("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		 "timeout inode\n"),
		"",
		"\n",
		"   0: 0100007F:1538 0100007F:9C40 01",
		"   0: 0100007F:1538 0100007F:9C40 01 0:0 0:0 0 0 0 99999999999999999999999 1\n",
		"   0: 0100007F:1538 0100007F:9C40 01 0:0 0:0 0 0 0 12x 1\n",
		"   0: 0100007F:153  0100007F:9C40 01 0:0 0:0 0 0 0 12 1\n",
		"   0: 0100007:1538 0100007F:9C40 01 0:0 0:0 0 0 0 12 1\n",
		"   0: 0100007G:1538 0100007F:9C40 01 0:0 0:0 0 0 0 12 1\n",
		"   0: 0100007F:1538 0100007F:9C40 1 0:0 0:0 0 0 0 12 1\n",
		/* closed and owned by nobody any more */
		"   0: 0100007F:1538 0100007F:9C40 06 0:0 0:0 0 0 0 0 1\n",
		/* a listener has no other end */
		"   0: 0100007F:1538 00000000:0000 0A 0:0 0:0 0 0 0 12 1\n",
	};
	struct tcp_end end;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &end))
			fail_msg("taken: %s", bad[i]);
}

/* Inode of the other end; 0 = none. */
static uint64_t peer_of(struct socktab *t, uint64_t inode)
{
	const struct tcp_end *other = NULL;

	socktab_sort(t);
	for (size_t i = 0; i < t->count && !other; i++)
		if (t->rows[i].inode == inode)
			other = socktab_other_end(t, &t->rows[i]);
	return other ? other->inode : 0;
}

static void ends_of_one_connection_find_each_other(void **state)
{
	struct socktab t = { NULL, 0, 0 };
	struct tcp_end end;
	char line[256];
	static const char mapped[] =
		"   1: 0000000000000000FFFF00000100007F:1538 0000000000000000FFFF00000100007F:9C42 01 "
		"0:0 0:0 0 0 0 30 1\n";

	(void)state;
	line4(line, lo, 40000, lo, 5432, "01", 10);
	assert_true(parse(line, &end) && socktab_add(&t, &end));
	line4(line, lo, 40001, lo, 5432, "01", 11);
	assert_true(parse(line, &end) && socktab_add(&t, &end));
	line4(line, lo, 5432, lo, 40000, "01", 20);
	assert_true(parse(line, &end) && socktab_add(&t, &end));
	line4(line, lo, 40002, lo, 5432, "01", 12);
	assert_true(parse(line, &end) && socktab_add(&t, &end));
	line4(line, eth, 5432, lo, 40001, "01", 21); /* the right ports, another address */
	assert_true(parse(line, &end) && socktab_add(&t, &end));
	assert_int_equal(peer_of(&t, 10), 20);
	assert_int_equal(peer_of(&t, 20), 10);
	assert_int_equal(peer_of(&t, 11), 0);
	assert_int_equal(peer_of(&t, 99), 0);
	/* a server that listens on :: has its ends in tcp6, as mapped addresses */
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
		assert_true(parse(mapped, &end) && socktab_add(&t, &end));
		assert_int_equal(peer_of(&t, 12), 30);
	}
	socktab_free(&t);
	assert_int_equal(peer_of(&t, 10), 0);
}

static void table_is_bounded(void **state)
{
	struct socktab t = { NULL, 0, 0 };
	struct tcp_end end = { .inode = 1 };
	size_t n = 0;

	(void)state;
	while (n < 2 * SOCKTAB_ROWS_MAX && socktab_add(&t, &end))
		n++;
	assert_int_equal(n, SOCKTAB_ROWS_MAX);
	socktab_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(what_is_no_connection_is_passed_over),
		cmocka_unit_test(ends_of_one_connection_find_each_other),
		cmocka_unit_test(table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
