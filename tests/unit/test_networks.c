/* SPDX-License-Identifier: Apache-2.0
 *
 * Named networks: what is taken, what is refused with which words, which name an
 * address gets, and that detection's groups go by it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/units.h"
#include "config/config.h"
#include "config/networks.h"
#include "config/prefix.h"
#include "model/names.h"

static const char *find(const struct networks *n, const char *text)
{
	uint8_t addr[16];

	assert_int_equal(parse_addr(text, addr), 0);
	return networks_find(n, addr);
}

static void longest_prefix_names(void **state)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct networks *n;

	(void)state;
	assert_int_equal(
		networks_parse(" app=10.0.0.0/8, db=10.2.0.0/15 one=10.2.3.4,,v6=2001:db8::/33 ",
			       &n, &why),
		0);
	assert_string_equal(find(n, "10.200.0.1"), "app");
	assert_string_equal(find(n, "10.3.255.255"), "db");
	assert_string_equal(find(n, "10.2.3.4"), "one");
	assert_string_equal(find(n, "10.2.3.5"), "db");
	assert_null(find(n, "11.0.0.1"));
	assert_string_equal(find(n, "2001:db8:7fff::1"), "v6");
	assert_null(find(n, "2001:db8:8000::1"));
	networks_free(n);
	assert_int_equal(networks_parse("all=0.0.0.0/0", &n, &why), 0);
	assert_string_equal(find(n, "203.0.113.7"), "all");
	assert_null(find(n, "2001:db8::1")); /* IPv4's everything, not IPv6's */
	networks_free(n);
	assert_int_equal(networks_parse("", &n, &why), 0);
	assert_null(find(n, "10.0.0.1"));
	networks_free(n);
	assert_null(find(NULL, "10.0.0.1"));
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"backup",
		"=10.0.0.1",
		"a=",
		"a=10.0.0.0/33",
		"a=2001:db8::/129",
		"a=10.0.0.0/",
		"a=10.0.0.0/-1",
		"a=300.0.0.1",
		"a b=10.0.0.1",
		"10.0.0.1=10.0.0.2",
		"a/b=10.0.0.1",
		"averyveryveryveryveryveryverylongname12345=10.0.0.1",
		"a=10.0.0.1/8/8",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf why = BUF_INIT;
		struct networks *n = NULL;

		if (networks_parse(bad[i], &n, &why) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_null(n);
		assert_non_null(strstr(why.data, "NAME=ADDRESS"));
	}
}

static void too_many_are_refused(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT, why = BUF_INIT;
	struct networks *n = NULL;

	(void)state;
	for (unsigned int i = 0; i <= NETWORKS_MAX; i++)
		buf_addf(&text, "n%u=10.0.%u.%u ", i, i / 256, i % 256);
	assert_int_equal(networks_parse(text.data, &n, &why), -EINVAL);
	assert_non_null(strstr(why.data, "more than 1024"));
}

static void file_is_told_its_line(void **state)
{
	static const char text[] =
		"detect:\n  minimum: 1MB\nnetworks:\n  names: backup=10.0.0.300\n";
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *c = NULL;

	(void)state;
	assert_int_equal(config_parse("f.yaml", text, strlen(text), &c, &error), -EINVAL);
	assert_non_null(
		strstr(error.data, "f.yaml:4: networks.names: \"backup=10.0.0.300\" is no"));
}

static void groups_go_by_name(void **state)
{
	const struct dest *a, *b, *other;
	struct names *names;
	uint8_t addr[16];

	(void)state;
	assert_int_equal(names_new(&names), 0);
	assert_int_equal(names_set_networks(names, "backup=203.0.113.7 backup=198.51.100.0/25"), 0);
	a = names_dest(names, "203.0.113.7", EG_SCOPE_UNKNOWN);
	assert_int_equal(parse_addr("198.51.100.9", addr), 0);
	b = names_dest_addr(names, addr, EG_SCOPE_PUBLIC);
	other = names_dest(names, "203.0.113.8", EG_SCOPE_UNKNOWN);
	assert_ptr_equal(a, b);
	assert_string_equal(a->group, "backup");
	assert_string_equal(a->example, "198.51.100.9");
	assert_int_equal(a->scope, EG_SCOPE_PUBLIC);
	assert_string_equal(other->group, "203.0.113.0/24");
	assert_int_equal(names_set_networks(names, "backup"), -EINVAL);
	names_free(names);
}

static void prefixes_hold_each_other(void **state)
{
	static const char *const bad[] = {
		"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8",
		"x"
	};
	struct prefix net, peer, v6;

	(void)state;
	assert_int_equal(prefix_parse("10.2.3.4/15", &net), 0);
	assert_int_equal(prefix_parse("10.3.255.255", &peer), 0);
	assert_int_equal(prefix_parse("2001:db8::/32", &v6), 0);
	assert_true(prefix_holds(&net, &peer) && !prefix_holds(&peer, &net));
	assert_true(prefix_holds(&net, &net));
	assert_false(prefix_holds(&net, &v6) || prefix_holds(&v6, &net));
	assert_int_equal(prefix_parse("10.4.0.0", &peer), 0);
	assert_false(prefix_holds(&net, &peer));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(prefix_parse(bad[i], &net), -EINVAL);
}

/* A declared address is told apart from its group and stays of it. */
static void marked_addresses_are_told_apart(void **state)
{
	const struct dest *before, *peer, *neighbour;
	struct prefix prefix;
	struct names *names;
	uint8_t addr[16];

	(void)state;
	assert_int_equal(names_new(&names), 0);
	before = names_dest(names, "10.0.5.9", EG_SCOPE_UNKNOWN);
	assert_null(before->declared);
	assert_int_equal(names_generation(names), 0);
	assert_int_equal(prefix_parse("10.0.5.9", &prefix), 0);
	assert_int_equal(names_mark(names, &prefix), 0);
	assert_int_equal(names_mark(names, &prefix), 0); /* twice is once */
	assert_int_equal(names_generation(names), 1);
	peer = names_dest(names, "10.0.5.9", EG_SCOPE_UNKNOWN);
	neighbour = names_dest(names, "10.0.5.77", EG_SCOPE_UNKNOWN);
	assert_ptr_not_equal(peer, neighbour);
	assert_int_equal(peer->id, neighbour->id);
	assert_string_equal(peer->group, "10.0.5.0/24");
	assert_string_equal(peer->example, "10.0.5.9");
	assert_true(prefix_holds(&prefix, peer->declared));
	assert_null(neighbour->declared);
	assert_int_equal(parse_addr("10.0.5.9", addr), 0);
	assert_ptr_equal(names_dest_addr(names, addr, EG_SCOPE_PRIVATE), peer);
	/* the longest one */
	assert_int_equal(prefix_parse("10.0.0.0/16", &prefix), 0);
	assert_int_equal(names_mark(names, &prefix), 0);
	assert_int_equal(names_dest(names, "10.0.5.9", EG_SCOPE_UNKNOWN)->declared->bits, 128);
	assert_int_equal(names_dest(names, "10.0.5.77", EG_SCOPE_UNKNOWN)->declared->bits, 112);
	for (unsigned int i = 0; i < 2000; i++) {
		prefix.addr[15] = (uint8_t)i;
		prefix.addr[14] = (uint8_t)(i >> 8);
		prefix.bits = 128;
		if (names_mark(names, &prefix) < 0)
			break;
	}
	prefix.addr[13] = 99;
	assert_int_equal(names_mark(names, &prefix), -ENOSPC);
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_prefix_names),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(file_is_told_its_line),
		cmocka_unit_test(groups_go_by_name),
		cmocka_unit_test(prefixes_hold_each_other),
		cmocka_unit_test(marked_addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
