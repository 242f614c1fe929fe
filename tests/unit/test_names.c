/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors survive upgrades, destinations keep their group, scopes follow the RFCs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "enrich/enrich.h"
#include "model/names.h"

static int setup(void **state)
{
	return names_new((struct names **)state);
}

static int teardown(void **state)
{
	names_free(*state);
	return 0;
}

static void one_actor_across_versions(void **state)
{
	const struct actor *a, *b;

	a = names_actor(*state, "/usr/lib/postgresql/15/bin/postgres", "postgres",
			"docker.io/library/postgres:15", "postgres");
	b = names_actor(*state, "/usr/lib/postgresql/16/bin/postgres (deleted)", "postgres",
			"docker.io/library/postgres:16@sha256:abcd", "postgres");
	assert_ptr_equal(a, b);
	assert_string_equal(a->exe, "postgres");
	assert_string_equal(a->container, "docker.io/library/postgres");
	a = names_actor(*state, "/usr/bin/python3.11", "python3", "", "root");
	b = names_actor(*state, "/usr/bin/python3.12", "python3", "", "root");
	assert_ptr_equal(a, b);
	assert_true(a->is_tool);
}

static void different_actors(void **state)
{
	const struct actor *base = names_actor(*state, "/usr/bin/curl", "curl", "", "root");

	assert_ptr_not_equal(base, names_actor(*state, "/usr/bin/curl", "curl", "", "mallory"));
	assert_ptr_not_equal(base, names_actor(*state, "/usr/bin/curl", "curl", "app", "root"));
	assert_ptr_not_equal(base, names_actor(*state, "/usr/bin/wget", "curl", "", "root"));
	assert_int_not_equal(names_actor(*state, "ab", "", "", "c")->id,
			     names_actor(*state, "a", "", "", "bc")->id);
	/* A registry's port is not a tag. */
	assert_string_equal(names_actor(*state, "x", "x", "reg:5000/db", "u")->container,
			    "reg:5000/db");
}

static void ids_are_stable(void **state)
{
	struct names *other;

	assert_int_equal(names_new(&other), 0);
	(void)names_actor(other, "first", "", "", "");
	assert_int_equal(names_actor(*state, "/usr/bin/tar", "tar", "", "root")->id,
			 names_actor(other, "/bin/tar", "x", "", "root")->id);
	names_free(other);
}

static void comm_alone_then_exe(void **state)
{
	const struct actor *a = names_actor(*state, "", "redis-server", "", "redis");

	assert_string_equal(a->exe, "");
	assert_ptr_equal(a,
			 names_actor(*state, "/usr/bin/redis-server", "redis-server", "", "redis"));
	assert_string_equal(a->exe, "redis-server");
}

static void multi_call_binary_is_its_applet(void **state)
{
	const struct actor *nc = names_actor(*state, "/bin/busybox", "nc", "", "root");

	assert_true(nc->is_tool);
	assert_ptr_not_equal(nc, names_actor(*state, "/bin/busybox", "sh", "", "root"));
}

static void tools(void **state)
{
	static const char *const yes[] = { "pg_dump",    "pg_dumpall", "pg_dump-15", "tar",
					   "curl",       "rclone",     "python3",    "python3.11",
					   "nc.openbsd", "ssh",        "perl5.36.0", "mariadb-dump",
					   "s3cmd" };
	static const char *const no[] = { "postgres", "sshd", "mysqld",    "tarantool", "",
					  "curly",    "3",    "pg_dumper", "node" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(names_is_tool(yes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(names_is_tool(no[i]));
}

static void destination_groups(void **state)
{
	const struct dest *a = names_dest(*state, "203.0.113.7", EG_SCOPE_UNKNOWN), *b;
	uint8_t addr[16];

	assert_string_equal(a->group, "203.0.113.0/24");
	assert_string_equal(a->example, "203.0.113.7");
	assert_int_equal(a->scope, EG_SCOPE_PUBLIC);
	assert_int_equal(parse_addr("203.0.113.9", addr), 0);
	b = names_dest_addr(*state, addr, EG_SCOPE_PUBLIC);
	assert_ptr_equal(a, b);
	assert_string_equal(a->example, "203.0.113.9");
	assert_ptr_equal(a, names_dest(*state, "203.0.113.7", EG_SCOPE_UNKNOWN));
	assert_string_equal(a->example, "203.0.113.7");
	assert_ptr_equal(a, names_dest(*state, "203.0.113.0/24", EG_SCOPE_UNKNOWN));
	assert_ptr_equal(a, names_dest(*state, "::ffff:203.0.113.1", EG_SCOPE_UNKNOWN));
	assert_ptr_not_equal(a, names_dest(*state, "203.0.114.7", EG_SCOPE_UNKNOWN));

	b = names_dest(*state, "2001:db8:1:2::5", EG_SCOPE_UNKNOWN);
	assert_string_equal(b->group, "2001:db8:1::/48");
	b = names_dest(*state, "backup-3", EG_SCOPE_UNKNOWN);
	assert_string_equal(b->group, "backup-3");
	assert_string_equal(b->example, "backup-3");
	assert_int_equal(b->scope, EG_SCOPE_PUBLIC);
	assert_int_equal(names_dest(*state, "backup-4", EG_SCOPE_PRIVATE)->scope, EG_SCOPE_PRIVATE);
}

static void scope_by_prefix(void **state)
{
	static const struct {
		const char *addr;
		enum eg_scope scope;
	} cases[] = {
		{ "127.3.2.1", EG_SCOPE_LOOPBACK },
		{ "::1", EG_SCOPE_LOOPBACK },
		{ "10.255.0.1", EG_SCOPE_PRIVATE },
		{ "172.15.255.255", EG_SCOPE_PUBLIC },
		{ "172.16.0.0", EG_SCOPE_PRIVATE },
		{ "172.31.255.255", EG_SCOPE_PRIVATE },
		{ "172.32.0.0", EG_SCOPE_PUBLIC },
		{ "192.168.1.1", EG_SCOPE_PRIVATE },
		{ "192.169.1.1", EG_SCOPE_PUBLIC },
		{ "100.64.0.1", EG_SCOPE_PRIVATE },
		{ "100.127.255.255", EG_SCOPE_PRIVATE },
		{ "100.128.0.1", EG_SCOPE_PUBLIC },
		{ "169.254.169.254", EG_SCOPE_LINK_LOCAL },
		{ "fe80::1", EG_SCOPE_LINK_LOCAL },
		{ "fd00::1", EG_SCOPE_PRIVATE },
		{ "fbff::1", EG_SCOPE_PUBLIC },
		{ "239.1.1.1", EG_SCOPE_MULTICAST },
		{ "ff02::1", EG_SCOPE_MULTICAST },
		{ "203.0.113.1", EG_SCOPE_PUBLIC },
		{ "2001:db8::1", EG_SCOPE_PUBLIC },
		{ "64:ff9b::10.0.0.1", EG_SCOPE_PRIVATE },
		{ "64:ff9b::192.0.2.1", EG_SCOPE_PUBLIC },
		{ "0.0.0.0", EG_SCOPE_UNKNOWN },
		{ "::", EG_SCOPE_UNKNOWN },
	};
	uint8_t addr[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse_addr(cases[i].addr, addr), 0);
		if (names_scope_addr(addr) != cases[i].scope)
			fail_msg("%s: scope %d", cases[i].addr, names_scope_addr(addr));
	}
}

static void scope_of_flows(void **state)
{
	struct eg_flow_key key = { .family = AF_UNIX };

	(void)state;
	assert_int_equal(enrich_scope(&key), EG_SCOPE_HOST_LOCAL);
	key.family = AF_PACKET;
	assert_int_equal(enrich_scope(&key), EG_SCOPE_PUBLIC);
	key.family = AF_VSOCK;
	key.daddr[15] = 1;
	assert_int_equal(enrich_scope(&key), EG_SCOPE_HOST_LOCAL);
	key.daddr[15] = 3;
	assert_int_equal(enrich_scope(&key), EG_SCOPE_PRIVATE);
	key.family = AF_INET;
	assert_int_equal(parse_addr("203.0.113.1", key.daddr), 0);
	assert_int_equal(enrich_scope(&key), EG_SCOPE_PUBLIC);
	key.flags = EG_FLOW_LOOPBACK;
	assert_int_equal(enrich_scope(&key), EG_SCOPE_LOOPBACK);
	key.column = EG_COLUMN_HANDOFF; /* a writer of a shared socket */
	assert_int_equal(enrich_scope(&key), EG_SCOPE_HOST_LOCAL);
}

static void spellings_beyond_the_cache_keep_identity(void **state)
{
	const struct dest *first = names_dest(*state, "192.0.2.1", EG_SCOPE_UNKNOWN);
	char text[32];

	for (unsigned int i = 0; i < 140000; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		assert_non_null(names_dest(*state, text, EG_SCOPE_UNKNOWN));
	}
	assert_ptr_equal(first, names_dest(*state, "192.0.2.1", EG_SCOPE_UNKNOWN));
	assert_string_equal(first->example, "192.0.2.1");
	assert_int_equal(names_count(*state), 1 + (140000 + 255) / 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_actor_across_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(different_actors, setup, teardown),
		cmocka_unit_test_setup_teardown(ids_are_stable, setup, teardown),
		cmocka_unit_test_setup_teardown(comm_alone_then_exe, setup, teardown),
		cmocka_unit_test_setup_teardown(multi_call_binary_is_its_applet, setup, teardown),
		cmocka_unit_test(tools),
		cmocka_unit_test_setup_teardown(destination_groups, setup, teardown),
		cmocka_unit_test(scope_by_prefix),
		cmocka_unit_test(scope_of_flows),
		cmocka_unit_test_setup_teardown(spellings_beyond_the_cache_keep_identity, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
