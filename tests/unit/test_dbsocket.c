/* SPDX-License-Identifier: Apache-2.0
 *
 * When sockets prove which client was sent most, and when they do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "enrich/dbsocket.h"

enum { SOCKETS = 3 };

/* Port of the winner, 0 = nobody. */
static uint16_t winner(const uint64_t moved[SOCKETS], uint64_t bytes)
{
	const struct db_socket *list[SOCKETS], *won;
	struct db_socket sockets[SOCKETS];

	for (size_t i = 0; i < SOCKETS; i++) {
		sockets[i] = (struct db_socket){ .inode = i + 1,
						 .moved = moved[i],
						 .client.port = (uint16_t)(1000 + i) };
		list[i] = &sockets[i];
	}
	won = db_socket_winner(list, SOCKETS, bytes);
	return won ? won->client.port : 0;
}

static void who_was_sent_most(void **state)
{
	static const struct {
		const char *what;
		uint64_t moved[SOCKETS], bytes;
		uint16_t port;
	} cases[] = {
		{ "one of three", { 10, 5000, 20 }, 5030, 1001 },
		{ "the last one", { 10, 20, 5000 }, 5030, 1002 },
		{ "nobody sent anything", { 0, 0, 0 }, 0, 0 },
		{ "two alike", { 500, 500, 0 }, 1000, 0 },
		{ "most of it by a socket that is closed", { 100, 10, 0 }, 5000, 0 },
		{ "a little of it by one that is closed", { 4000, 10, 0 }, 5000, 1000 },
		/* Looks further apart than the tick: what the others sent may all be before
		 * it or in it. */
		{ "even then", { 9000, 500, 400 }, 8000, 1000 },
		{ "not then", { 9000, 5000, 0 }, 8000, 0 },
		{ "the others alone may have sent it", { 9000, 5000, 4000 }, 8000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint16_t port = winner(cases[i].moved, cases[i].bytes);

		if (port != cases[i].port)
			print_error("%s: %u\n", cases[i].what, port);
		assert_int_equal(port, cases[i].port);
	}
	assert_null(db_socket_winner(NULL, 0, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_sent_most),
	};

	return cmocka_run_group_tests_name("dbsocket", tests, NULL, NULL);
}
