/* SPDX-License-Identifier: Apache-2.0
 *
 * Event time never goes backwards, whatever the wall clock does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/clock.c" /* the daemon's rooms are not in the library */

enum { WALL = 1800000000 };

static uint64_t sec(uint64_t s)
{
	return s * second_ns;
}

static void follows_boot_time_in_whole_seconds(void **state)
{
	struct event_clock c;

	(void)state;
	event_clock_start(&c, sec(100), WALL, 0);
	assert_int_equal(c.now, WALL);
	assert_int_equal(event_clock_advance(&c, sec(100) + second_ns - 1, WALL + 1), 0);
	assert_int_equal(event_clock_advance(&c, sec(101), WALL + 1), 1);
	assert_int_equal(event_clock_advance(&c, sec(104) + 5, WALL + 4), 3);
	assert_int_equal(c.now, WALL + 4);
	assert_false(c.stepped);
}

static void saved_state_from_the_future_is_not_rewound(void **state)
{
	struct event_clock c;

	(void)state;
	event_clock_start(&c, sec(1), WALL, WALL + 500);
	assert_int_equal(c.now, WALL + 500);
	assert_int_equal(event_clock_advance(&c, sec(2), WALL + 1), 1);
	assert_int_equal(c.now, WALL + 501);
	assert_true(c.stepped);
}

static void a_step_backwards_is_waited_out(void **state)
{
	struct event_clock c;
	int64_t before;

	(void)state;
	event_clock_start(&c, sec(10), WALL, 0);
	for (uint64_t i = 1; i <= 50; i++) {
		before = c.now;
		assert_int_equal(event_clock_advance(&c, sec(10 + i), WALL - 3600 + (int64_t)i), 1);
		assert_true(c.now > before);
	}
}

static void a_step_forward_is_believed_after_ten_minutes(void **state)
{
	struct event_clock c;
	uint32_t most = 0;

	(void)state;
	event_clock_start(&c, sec(10), WALL, 0);
	for (uint64_t i = 1; i <= 700; i++) {
		uint32_t s = event_clock_advance(&c, sec(10 + i), WALL + 86400 + (int64_t)i);

		assert_true(i < 600 || s >= 1);
		if (i < 600)
			assert_int_equal(s, 1);
		most = s > most ? s : most;
	}
	assert_true(most >= 86400);
	assert_int_equal(c.now, WALL + 86400 + 700);
}

static void small_drift_is_caught_up_second_by_second(void **state)
{
	struct event_clock c;

	(void)state;
	event_clock_start(&c, sec(10), WALL, 0);
	assert_int_equal(event_clock_advance(&c, sec(11), WALL + 6), 2);
	assert_int_equal(event_clock_advance(&c, sec(12), WALL + 7), 2);
	assert_false(c.stepped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_boot_time_in_whole_seconds),
		cmocka_unit_test(saved_state_from_the_future_is_not_rewound),
		cmocka_unit_test(a_step_backwards_is_waited_out),
		cmocka_unit_test(a_step_forward_is_believed_after_ten_minutes),
		cmocka_unit_test(small_drift_is_caught_up_second_by_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
