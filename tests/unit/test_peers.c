/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS answers read and refused, names of peers kept apart by namespace, their bounds,
 * and the queue of reverse questions.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "enrich/dnsparse.h"
#include "enrich/peers.h"

/* www.Shop.example -> cdn.example -> 203.0.113.7, 2001:db8::7; and a stranger's record. */
static const char answer[] =
	"\x12\x34\x81\x80\0\1\0\4\0\0\0\0"
	"\3www\4Shop\7example\0\0\1\0\1"
	"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\x0d\3cdn\7example\0"
	"\7evilest\7example\0\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\1"
	"\3CDN\xc0\x15\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\7"
	"\3cdn\xc0\x15\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7";
#define ANSWER_BYTES (sizeof(answer) - 1)

static const uint8_t v4[16] = { [10] = 0xff, [11] = 0xff, 203, 0, 113, 7 };
static const uint8_t v4_evil[16] = { [10] = 0xff, [11] = 0xff, 198, 51, 100, 1 };
static const uint8_t v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 7 };

struct heard {
	char name[300];
	uint8_t addr[16][16];
	size_t count;
};

static void hear(void *ctx, const char *name, const uint8_t addr[16])
{
	struct heard *h = ctx;

	snprintf(h->name, sizeof(h->name), "%s", name);
	memcpy(h->addr[h->count++], addr, 16);
}

static int parse(const char *msg, size_t len, struct heard *h)
{
	memset(h, 0, sizeof(*h));
	return dnsparse_answer((const uint8_t *)msg, len, hear, h);
}

static void an_answer_names_what_was_asked_for(void **state)
{
	struct heard h;

	(void)state;
	assert_int_equal(parse(answer, ANSWER_BYTES, &h), 2);
	assert_string_equal(h.name, "www.shop.example");
	assert_memory_equal(h.addr[0], v4, 16);
	assert_memory_equal(h.addr[1], v6, 16);
	/* Cut: what came before is good, and nothing is read behind the end. */
	for (size_t len = 0; len < ANSWER_BYTES; len++) {
		char *copy _cleanup_free_ = malloc(len + 1);

		memcpy(copy, answer, len);
		assert_true(parse(copy, len, &h) < 2);
	}
	assert_int_equal(parse(answer, ANSWER_BYTES - 1, &h), 1);
}

static void what_is_no_answer_is_refused(void **state)
{
	static const struct {
		size_t at;
		char value;
	} cases[] = {
		{ 2, 0x01 },        /* a question */
		{ 2, (char)0xa9 },  /* another opcode */
		{ 3, (char)0x83 },  /* NXDOMAIN */
		{ 5, 2 },           /* two questions */
		{ 13, ' ' },        /* "w w" is no name */
		{ 12, (char)0xc0 }, /* a pointer to itself, or forwards */
		{ 12, 0x40 },       /* a reserved kind of label */
		{ 12, 63 },         /* a label longer than what follows makes sense of */
	};
	char copy[ANSWER_BYTES];
	struct heard h;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(copy, answer, sizeof(copy));
		copy[cases[i].at] = cases[i].value;
		assert_int_equal(parse(copy, sizeof(copy), &h), -EBADMSG);
		assert_int_equal(h.count, 0);
	}
	assert_int_equal(parse("", 0, &h), -EBADMSG);
}

static void names_belong_to_their_namespace(void **state)
{
	struct peers_stats stats;
	struct peer_name name;
	struct peers *p;

	(void)state;
	assert_int_equal(peers_new(&p), 0);
	peers_hear(p, 1, (const uint8_t *)answer, ANSWER_BYTES);
	assert_true(peers_find(p, 1, v4, &name));
	assert_string_equal(name.name, "www.shop.example");
	assert_int_equal(name.source, PEER_DNS);
	assert_int_equal(name.others, 0);
	assert_true(peers_find(p, 1, v6, &name));
	assert_false(peers_find(p, 2, v4, &name));
	assert_false(peers_find(p, 1, v4_evil, &name));
	peers_hear(p, 1, (const uint8_t *)"x", 1);
	peers_get_stats(p, &stats);
	assert_int_equal(stats.names, 2);
	assert_int_equal(stats.heard, 2);
	assert_int_equal(stats.refused, 1);
	peers_free(p);
}

static void servers_belong_to_their_namespace(void **state)
{
	uint8_t addr[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 };
	struct peers_stats stats;
	struct peers *p;

	(void)state;
	assert_int_equal(peers_new(&p), 0);
	assert_false(peers_is_server(p, 1, addr));
	peers_add_server(p, 1, addr);
	assert_true(peers_is_server(p, 1, addr));
	assert_false(peers_is_server(p, 2, addr));
	peers_get_stats(p, &stats);
	assert_int_equal(stats.unasked, 2);
	for (unsigned int i = 0; i < 64; i++) {
		peers_add_server(p, 1, addr); /* known, or the last one: takes no place twice */
		addr[15] = (uint8_t)(2 + i);
		peers_add_server(p, 1, addr);
	}
	addr[15] = 1;
	assert_false(peers_is_server(p, 1, addr));
	peers_free(p);
}

static void the_last_name_counts_and_the_others_are_told(void **state)
{
	char other[ANSWER_BYTES];
	struct peer_name name;
	struct peers *p;

	(void)state;
	memcpy(other, answer, sizeof(other));
	other[13] = 'W';
	other[17] = 'b'; /* bhop */
	assert_int_equal(peers_new(&p), 0);
	peers_hear(p, 1, (const uint8_t *)answer, ANSWER_BYTES);
	peers_hear(p, 1, (const uint8_t *)other, ANSWER_BYTES);
	peers_hear(p, 1, (const uint8_t *)other, ANSWER_BYTES);
	assert_true(peers_find(p, 1, v4, &name));
	assert_string_equal(name.name, "www.bhop.example");
	assert_int_equal(name.others, 1);
	peers_free(p);
}

static void names_are_bounded(void **state)
{
	char copy[ANSWER_BYTES];
	const size_t at = ANSWER_BYTES - 36; /* of the IPv4 address */
	struct peers_stats stats;
	struct peers *p;

	(void)state;
	memcpy(copy, answer, sizeof(copy));
	assert_memory_equal(copy + at, v4 + 12, 4);
	assert_int_equal(peers_new(&p), 0);
	for (unsigned int i = 0; i < 20000; i++) {
		copy[at + 2] = (char)(i >> 8);
		copy[at + 3] = (char)i;
		peers_hear(p, 1, (const uint8_t *)copy, sizeof(copy));
	}
	peers_get_stats(p, &stats);
	assert_int_equal(stats.names, stats.max);
	assert_int_equal(stats.evicted, 20001 - stats.max);
	peers_free(p);
}

static void reverse_questions_are_asked_once(void **state)
{
	uint8_t addr[16], many[16];
	struct peer_name name;
	struct peers *p;
	uint64_t netns;
	size_t count = 0;

	(void)state;
	assert_int_equal(peers_new(&p), 0);
	peers_want_reverse(p, 1, v4_evil, 100);
	peers_want_reverse(p, 1, v4_evil, 101);
	assert_true(peers_next_reverse(p, &netns, addr));
	assert_memory_equal(addr, v4_evil, 16);
	assert_false(peers_next_reverse(p, &netns, addr));
	peers_tell_reverse(p, 1, v4_evil, NULL);
	assert_false(peers_find(p, 1, v4_evil, &name));
	peers_tell_reverse(p, 1, v4_evil, "a b");
	peers_tell_reverse(p, 1, v4_evil, "<script>");
	assert_false(peers_find(p, 1, v4_evil, &name));
	peers_want_reverse(p, 1, v4_evil, 100 + 3600);
	assert_true(peers_next_reverse(p, &netns, addr));
	peers_tell_reverse(p, 1, v4_evil, "host-1.example");
	assert_true(peers_find(p, 1, v4_evil, &name));
	assert_int_equal(name.source, PEER_REVERSE);
	/* What was asked for by the host itself says more, and needs no question. */
	peers_hear(p, 1, (const uint8_t *)answer, ANSWER_BYTES);
	peers_tell_reverse(p, 1, v4, "reverse.example");
	assert_true(peers_find(p, 1, v4, &name));
	assert_string_equal(name.name, "www.shop.example");
	peers_want_reverse(p, 1, v4, 100);
	assert_false(peers_next_reverse(p, &netns, addr));
	memcpy(many, v4, sizeof(many));
	for (unsigned int i = 0; i < 1000; i++) {
		many[14] = (uint8_t)(i >> 8);
		many[15] = (uint8_t)i;
		peers_want_reverse(p, 2, many, 100);
	}
	while (peers_next_reverse(p, &netns, addr))
		count++;
	assert_int_equal(count, 64);
	peers_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_names_what_was_asked_for),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(names_belong_to_their_namespace),
		cmocka_unit_test(servers_belong_to_their_namespace),
		cmocka_unit_test(the_last_name_counts_and_the_others_are_told),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(reverse_questions_are_asked_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
