/* SPDX-License-Identifier: Apache-2.0
 *
 * Proves at start that the hooks fire: "attached" does not. Sends known bytes by
 * send(), sendfile() and a datagram over loopback, and through a socket pair, and
 * looks for exactly them among the counters.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "egress/types.h"

/* Odd numbers, so that no other traffic is mistaken for ours. */
enum { SEND_BYTES = 4099, SENDFILE_BYTES = 8209, DATAGRAM_BYTES = 523, PAIR_BYTES = 1031 };

struct trial {
	bool possible;
	uint16_t tcp_port, udp_port; /* of the receiving side: the rows' service port */
	uint64_t pair_before;
};

static int loopback_socket(int type, struct sockaddr_in *ret)
{
	socklen_t len = sizeof(*ret);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)ret, sizeof(*ret)) ||
	    getsockname(fd, (struct sockaddr *)ret, &len)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static bool send_all(int fd, size_t len)
{
	char bytes[SENDFILE_BYTES] = { 0 };

	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool sendfile_all(int fd, size_t len)
{
	_cleanup_close_ int file = memfd_create("egressd-selftest", MFD_CLOEXEC);

	return file >= 0 && !ftruncate(file, (off_t)len) &&
	       sendfile(fd, file, NULL, len) == (ssize_t)len;
}

/* Nothing is read: the sums fit the smallest receive buffer. */
static bool tcp_try(uint16_t *ret_port)
{
	_cleanup_close_ int listener = -1, client = -1;
	struct sockaddr_in to;

	listener = loopback_socket(SOCK_STREAM, &to);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || client < 0 || listen(listener, 1))
		return false;
	*ret_port = ntohs(to.sin_port);
	return !connect(client, (struct sockaddr *)&to, sizeof(to)) &&
	       send_all(client, SEND_BYTES) && sendfile_all(client, SENDFILE_BYTES);
}

static bool udp_try(uint16_t *ret_port)
{
	_cleanup_close_ int receiver = -1, sender = -1;
	char bytes[DATAGRAM_BYTES] = { 0 };
	struct sockaddr_in to;

	receiver = loopback_socket(SOCK_DGRAM, &to);
	sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (receiver < 0 || sender < 0)
		return false;
	*ret_port = ntohs(to.sin_port);
	return sendto(sender, bytes, sizeof(bytes), 0, (struct sockaddr *)&to, sizeof(to)) ==
	       (ssize_t)sizeof(bytes);
}

static bool pair_try(void)
{
	int fds[2];
	bool ok;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	ok = send_all(fds[0], PAIR_BYTES);
	close(fds[0]);
	close(fds[1]);
	return ok;
}

static uint64_t row_payload(const struct sample *s, uint8_t proto, uint16_t port)
{
	for (size_t i = 0; i < s->row_count; i++) {
		const struct eg_flow_key *k = &s->rows[i].key;

		if (k->column == EG_COLUMN_EGRESS && k->proto == proto && k->port == port &&
		    (k->flags & EG_FLOW_LOOPBACK) && k->init != EG_INIT_ACCEPTED)
			return s->rows[i].val.payload_bytes;
	}
	return 0;
}

static void verdict(struct collect *c, const char *rung, const char *detail)
{
	c->rungs[c->rung_count++] =
		(struct collect_rung){ .group = "self-test", .rung = rung, .detail = detail };
}

static int verdict_failed(struct collect *c, const struct sample *s, const struct trial *t,
			  uint64_t pair_rise)
{
	char **text = &c->rung_text[c->rung_count];

	if (asprintf(
		    text,
		    "a hook does not count what was sent: TCP %ju of %d, UDP %ju of %d, AF_UNIX %ju "
		    "of at least %d bytes",
		    (uintmax_t)row_payload(s, IPPROTO_TCP, t->tcp_port),
		    SEND_BYTES + SENDFILE_BYTES,
		    (uintmax_t)row_payload(s, IPPROTO_UDP, t->udp_port), DATAGRAM_BYTES,
		    (uintmax_t)pair_rise, PAIR_BYTES) < 0) {
		*text = NULL;
		return -ENOMEM;
	}
	verdict(c, "failed", *text);
	return 0;
}

int selftest_run(struct collect *c)
{
	bool ip = c->plan.rung[PLAN_EGRESS] != RUNG_MISSING;
	bool unix_too = c->plan.rung[PLAN_HANDOFF] != RUNG_MISSING;
	struct trial t = { .possible = true };
	const struct sample *s;
	uint64_t rise;
	int r = collect_read(c, &s);

	if (r < 0)
		return r;
	t.pair_before = s->total_after[EG_COLUMN_HANDOFF].payload_bytes;
	t.possible = tcp_try(&t.tcp_port) && udp_try(&t.udp_port) && pair_try();
	r = collect_read(c, &s);
	if (r < 0)
		return r;
	rise = s->total_after[EG_COLUMN_HANDOFF].payload_bytes - t.pair_before;
	if (!t.possible)
		verdict(c, "skipped",
			"loopback cannot be used here, so it is not proved that the hooks fire");
	else if ((ip && (row_payload(s, IPPROTO_TCP, t.tcp_port) != SEND_BYTES + SENDFILE_BYTES ||
			 row_payload(s, IPPROTO_UDP, t.udp_port) != DATAGRAM_BYTES)) ||
		 (unix_too && rise < PAIR_BYTES))
		return verdict_failed(c, s, &t, rise);
	else
		verdict(c, "passed", "");
	return 0;
}
