/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices against sockets: lines of /proc/net/dev, what a row may have cost on a device,
 * and what remains over many looks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "collect/residual.h"

#define SECOND 1000000000ULL

static void test_lines(void **state)
{
	static const char good[] = "  eth0: 1500 3 0 0 0 0 0 0  9876543210 42 0 0 0 0 0 0";
	static const char *const bad[] = {
		"",
		"Inter-|   Receive                  |  Transmit",
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes",
		"eth0: 1 2 3 4 5 6 7 8",
		"eth0: 1 2 3 4 5 6 7 8 x 1",
		": 1 2 3 4 5 6 7 8 9 1",
		"a-name-much-too-long: 1 2 3 4 5 6 7 8 9 1",
		"eth0: 1 2 3 4 5 6 7 8 99999999999999999999999999 1",
	};
	char name[RESIDUAL_NAME_MAX];
	uint64_t tx;

	(void)state;
	assert_true(residual_line(good, strlen(good), name, &tx));
	assert_string_equal(name, "eth0");
	assert_true(tx == 9876543210);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(residual_line(bad[i], strlen(bad[i]), name, &tx));
}

static void test_expected(void **state)
{
	const struct eg_flow_val val = {
		.wire_bytes = 1000, .packets = 10, .payload_bytes = 600, .calls = 5
	};
	struct eg_flow_key key = { .column = EG_COLUMN_EGRESS, .family = AF_INET };

	(void)state;
	assert_true(residual_expected(&key, &val) == 1000 + 10 * 18);
	key.flags = EG_FLOW_TUNNEL;
	assert_true(residual_expected(&key, &val) == 1000 + 10 * 118);
	key.flags = EG_FLOW_LOOPBACK;
	assert_true(residual_expected(&key, &val) == 0);
	key.flags = EG_FLOW_TUN; /* a program carries it on, in a flow of its own */
	assert_true(residual_expected(&key, &val) == 0);
	key = (struct eg_flow_key){ .column = EG_COLUMN_HANDOFF, .family = AF_PACKET };
	assert_true(residual_expected(&key, &val) == 600 + 5 * 18);
	key.family = AF_UNIX;
	assert_true(residual_expected(&key, &val) == 0);
}

static void test_steps(void **state)
{
	struct residual r = { .sum.devices = 1 };
	uint64_t now = SECOND, expected = 5000000;

	(void)state;
	residual_step(&r, 123456, expected, now); /* the past is nobody's */
	assert_false(r.sum.known);
	for (int i = 0; i < 100; i++) { /* what sockets send, and a little less link header */
		expected += 1018000;
		residual_step(&r, 1014000, expected, now += SECOND);
	}
	assert_true(r.sum.known);
	assert_true(r.sum.bytes == 0);
	residual_step(&r, 0, expected += 300000, now += SECOND); /* waits in a queue ... */
	residual_step(&r, 300000, expected, now += SECOND);      /* ... and leaves */
	assert_true(r.sum.bytes == 0);
	residual_step(&r, 10000000, expected, now += SECOND); /* nobody's */
	assert_in_range(r.sum.bytes, 10000000 - (1 << 20) - 1000, 10000000);
	residual_step(&r, 5000, expected - 4000, now += SECOND); /* rows in the making */
	assert_in_range(r.sum.bytes, 10000000 - (1 << 20) - 1000, 10005000);
	assert_true(r.sum.device_bytes == 100 * 1014000ULL + 300000 + 10000000 + 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
