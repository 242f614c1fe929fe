/* SPDX-License-Identifier: Apache-2.0
 *
 * See sockdiag.h. One dump each of TCP and UDP over IPv4 and IPv6.
 */
#include "enrich/sockdiag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define ANSWER_BYTES 32768 /* the kernel fills at most so much at once */
#define WAIT_S 1           /* it answers from memory */
#define EVERY_STATE 0xffffffffu

static int send_request(int fd, uint8_t family, uint8_t protocol)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = family,
			  .sdiag_protocol = protocol,
			  .idiag_ext = 1 << (INET_DIAG_INFO - 1),
			  .idiag_states = EVERY_STATE },
	};

	return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request) ? 0 : -errno;
}

/* IPv4 becomes v4-mapped. */
static void copy_addr(uint8_t to[16], const __be32 from[4], uint8_t family)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET6) {
		memcpy(to, from, 16);
		return;
	}
	memcpy(to, mapped, sizeof(mapped));
	memcpy(to + sizeof(mapped), from, 4);
}

static void take_info(struct held_socket *s, const void *data, size_t len)
{
	struct tcp_info info = { 0 };

	if (len < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof(info.tcpi_bytes_retrans))
		return; /* before Linux 4.19 */
	memcpy(&info, data, MIN(len, sizeof(info)));
	s->counted = true;
	s->retrans = info.tcpi_bytes_retrans;
	s->sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
}

static void take_socket(struct held_socket *s, struct nlmsghdr *head, bool tcp)
{
	const struct inet_diag_msg *m = NLMSG_DATA(head);
	size_t left = head->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	const char *at = (const char *)(m + 1);

	*s = (struct held_socket){ .inode = m->idiag_inode,
				   .tcp = tcp,
				   .state = m->idiag_state,
				   .local_port = ntohs(m->id.idiag_sport),
				   .remote_port = ntohs(m->id.idiag_dport),
				   .queued = m->idiag_wqueue };
	copy_addr(s->local, m->id.idiag_src, m->idiag_family);
	copy_addr(s->remote, m->id.idiag_dst, m->idiag_family);
	while (left >= sizeof(struct nlattr)) {
		struct nlattr a;

		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > left)
			return;
		if (tcp && a.nla_type == INET_DIAG_INFO)
			take_info(s, at + NLA_HDRLEN, a.nla_len - NLA_HDRLEN);
		at += NLA_ALIGN(a.nla_len);
		left -= MIN((size_t)NLA_ALIGN(a.nla_len), left);
	}
}

/* One datagram of the answer: 1 = more follow, 0 = that was all. */
static int take_answer(void *data, size_t len, bool tcp, sockdiag_fn fn, void *ctx)
{
	struct nlmsghdr *head = data;

	for (; NLMSG_OK(head, len); head = NLMSG_NEXT(head, len)) {
		struct held_socket s;

		if (head->nlmsg_type == NLMSG_DONE)
			return 0;
		if (head->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *e = NLMSG_DATA(head);

			return head->nlmsg_len < NLMSG_LENGTH(sizeof(*e)) || !e->error ? -EPROTO
										       : e->error;
		}
		if (head->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			return -EPROTO;
		take_socket(&s, head, tcp);
		if (!fn(ctx, &s))
			return 0;
	}
	return 1;
}

static int dump(uint8_t family, uint8_t protocol, sockdiag_fn fn, void *ctx)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	_cleanup_free_ char *answer = NULL;
	const struct timeval wait = { .tv_sec = WAIT_S };
	int r;

	if (fd < 0)
		return -errno;
	answer = malloc(ANSWER_BYTES);
	if (!answer)
		return -ENOMEM;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return -errno;
	r = send_request(fd, family, protocol);
	for (bool more = r == 0; more; more = r > 0) {
		ssize_t n = recv(fd, answer, ANSWER_BYTES, 0);

		r = n < 0 ? -errno
			  : take_answer(answer, (size_t)n, protocol == IPPROTO_TCP, fn, ctx);
	}
	return r;
}

int sockdiag_each(sockdiag_fn fn, void *ctx)
{
	static const struct {
		uint8_t family, protocol;
	} dumps[] = { { AF_INET, IPPROTO_TCP },
		      { AF_INET6, IPPROTO_TCP },
		      { AF_INET, IPPROTO_UDP },
		      { AF_INET6, IPPROTO_UDP } };
	int first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dumps); i++) {
		int r = dump(dumps[i].family, dumps[i].protocol, fn, ctx);

		if (r < 0 && r != -ENOENT && !first) /* ENOENT: udp_diag is not loaded */
			first = r;
	}
	return first;
}
