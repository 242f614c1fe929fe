/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process holds open: our own sockets over loopback, each once however often it is
 * held, with the bytes we know we sent; and the two ways the kernel tells agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "collect/held.h"
#include "enrich/holdings.h"
#include "enrich/sockdiag.h"

#define SENT 12345u
#define ESTABLISHED 1
#define LISTEN 10

struct link {
	int listener, client, accepted, again; /* `again` is `client` once more */
	uint16_t port;
};

static struct link link_open(int family)
{
	struct sockaddr_in6 at = { .sin6_family = (sa_family_t)family };
	struct link l = { .listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(at);

	if (family == AF_INET)
		((struct sockaddr_in *)&at)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		at.sin6_addr = in6addr_loopback;
	assert_int_equal(bind(l.listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(l.listener, 1), 0);
	assert_int_equal(getsockname(l.listener, (struct sockaddr *)&at, &len), 0);
	l.port = ntohs(at.sin6_port);
	l.client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(l.client, (struct sockaddr *)&at, len), 0);
	l.accepted = accept(l.listener, NULL, NULL);
	l.again = dup(l.client);
	assert_true(l.accepted >= 0 && l.again >= 0);
	return l;
}

static void link_close(const struct link *l)
{
	close(l->listener);
	close(l->client);
	close(l->accepted);
	close(l->again);
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static const struct held_socket *find(const struct holdings *h, int fd)
{
	const struct held_socket *found = NULL;
	uint64_t inode = inode_of(fd);

	for (size_t i = 0; i < h->socket_count; i++) {
		if (h->sockets[i].inode != inode)
			continue;
		assert_null(found); /* each once */
		found = &h->sockets[i];
	}
	assert_non_null(found);
	return found;
}

static void check_link(const struct holdings *h, const struct link *l, const char *address)
{
	const struct held_socket *s = find(h, l->client);
	char text[48];

	assert_true(s->tcp && s->counted);
	assert_int_equal(s->state, ESTABLISHED);
	assert_int_equal(s->sent, SENT);
	assert_int_equal(s->retrans, 0);
	assert_int_equal(s->remote_port, l->port);
	format_addr(text, sizeof(text), s->remote);
	assert_string_equal(text, address);
	s = find(h, l->accepted);
	assert_int_equal(s->local_port, l->port);
	assert_int_equal(s->sent, 0);
	s = find(h, l->listener);
	assert_int_equal(s->state, LISTEN);
	assert_int_equal(s->sent, 0);
	assert_int_equal(s->local_port, l->port);
}

static void send_known(const struct link *l)
{
	char data[SENT] = { 0 };

	assert_int_equal(send(l->client, data, sizeof(data), 0), sizeof(data));
	assert_int_equal(recv(l->accepted, data, sizeof(data), MSG_WAITALL), sizeof(data));
}

static void sockets_are_listed_with_their_bytes(void **state)
{
	struct link four = link_open(AF_INET), six = link_open(AF_INET6);
	struct holdings h = { 0 };

	send_known(&four);
	send_known(&six);
	assert_int_equal(holdings_sockets("/proc", (uint32_t)getpid(), *state, &h), 0);
	check_link(&h, &four, "127.0.0.1");
	check_link(&h, &six, "::1");
	assert_int_equal(h.sockets[0].sent, SENT); /* the ones that sent most first */
	assert_int_equal(h.sockets[1].sent, SENT);
	holdings_free(&h);
	link_close(&four);
	link_close(&six);
}

static void datagram_sockets_have_ends_and_no_bytes(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct held_socket *s;
	struct holdings h = { 0 };

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(holdings_sockets("/proc", (uint32_t)getpid(), *state, &h), 0);
	s = find(&h, fd);
	assert_false(s->tcp || s->counted);
	assert_int_equal(s->remote_port, 9);
	holdings_free(&h);
	close(fd);
}

/* What nobody reads stays in the sender's queue: acknowledged <= sent <= accepted. */
static void what_waits_is_queued(void **state)
{
	struct link l = link_open(AF_INET);
	const struct held_socket *s;
	struct holdings h = { 0 };
	char data[SENT] = { 0 };
	uint64_t accepted = 0;
	ssize_t n;

	while ((n = send(l.client, data, sizeof(data), MSG_DONTWAIT)) > 0)
		accepted += (uint64_t)n;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(holdings_sockets("/proc", (uint32_t)getpid(), *state, &h), 0);
	s = find(&h, l.client);
	assert_true(s->queued > 0 && s->queued <= accepted);
	assert_true(s->sent <= accepted && accepted - s->queued <= s->sent);
	holdings_free(&h);
	link_close(&l);
}

struct both {
	uint64_t inode;
	struct held_socket diag;
	struct eg_held held;
	int diags, helds;
};

static bool take_diag(void *ctx, const struct held_socket *s)
{
	struct both *b = ctx;

	if (s->inode == b->inode) {
		b->diag = *s;
		b->diags++;
	}
	return true;
}

static bool take_held(void *ctx, const struct eg_held *s)
{
	struct both *b = ctx;

	if (s->inode == b->inode) {
		b->held = *s;
		b->helds++;
	}
	return true;
}

static void both_ways_say_the_same(void **state)
{
	struct link l = link_open(AF_INET6);
	struct both b = { .inode = inode_of(l.client) };
	int r;

	send_known(&l);
	r = held_each(*state, (uint32_t)getpid(), take_held, &b);
	if (r < 0) { /* no root, or an old kernel: then the other way is the only one */
		link_close(&l);
		skip();
	}
	assert_int_equal(sockdiag_each(take_diag, &b), 0);
	assert_int_equal(b.diags, 1);
	assert_int_equal(b.helds, 2); /* it is held twice */
	assert_true(b.diag.counted);
	assert_int_equal(b.diag.sent, SENT);
	assert_int_equal(b.held.sent_bytes, SENT);
	assert_int_equal(b.held.retrans_bytes, b.diag.retrans);
	assert_int_equal(b.held.state, b.diag.state);
	assert_int_equal(b.held.local_port, b.diag.local_port);
	assert_int_equal(b.held.remote_port, b.diag.remote_port);
	assert_memory_equal(b.held.local, b.diag.local, 16);
	assert_memory_equal(b.held.remote, b.diag.remote, 16);
	link_close(&l);
}

static void a_process_that_ended_is_said_to_have(void **state)
{
	struct holdings h = { 0 };

	assert_int_equal(holdings_sockets("/proc", INT32_MAX, *state, &h), -ESRCH);
	holdings_free(&h);
}

/* While the program loads the other ways answer. */
static void before_it_is_loaded_others_answer(void **state)
{
	struct link l = link_open(AF_INET);
	struct holdings h = { 0 };
	struct held *fresh;

	(void)state;
	send_known(&l);
	assert_int_equal(held_new(&fresh), 0);
	assert_int_equal(holdings_sockets("/proc", (uint32_t)getpid(), fresh, &h), 0);
	check_link(&h, &l, "127.0.0.1");
	holdings_free(&h);
	held_free(fresh); /* loaded or not */
	assert_int_equal(holdings_sockets("/proc", (uint32_t)getpid(), NULL, &h), 0);
	check_link(&h, &l, "127.0.0.1");
	holdings_free(&h);
	link_close(&l);
}

static int loaded(void **state)
{
	struct held *held;
	int r = held_new(&held);

	if (r == 0)
		held_wait(held);
	*state = held;
	return r;
}

static int unloaded(void **state)
{
	held_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_are_listed_with_their_bytes),
		cmocka_unit_test(datagram_sockets_have_ends_and_no_bytes),
		cmocka_unit_test(what_waits_is_queued),
		cmocka_unit_test(both_ways_say_the_same),
		cmocka_unit_test(a_process_that_ended_is_said_to_have),
		cmocka_unit_test(before_it_is_loaded_others_answer),
	};

	return cmocka_run_group_tests(tests, loaded, unloaded);
}
