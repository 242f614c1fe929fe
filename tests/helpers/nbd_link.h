/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's generic netlink family "nbd": gives a socket to a device, takes it away.
 */
#ifndef NBD_LINK_H
#define NBD_LINK_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/nbd-netlink.h>
#include <linux/nbd.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NBD_LINK_BYTES = 4096 };

struct nbd_link {
	int fd;
	uint16_t family;
};

/* A message that grows. */
struct nbd_msg {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char attributes[NBD_LINK_BYTES];
};

static inline void msg_begin(struct nbd_msg *m, uint16_t family, uint8_t command)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_type = family;
	m->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->genl.cmd = command;
	m->genl.version = 1;
}

/* Gives the attribute, so that one that holds others can be closed. */
static inline struct nlattr *msg_add(struct nbd_msg *m, uint16_t type, const void *data,
				     size_t size)
{
	struct nlattr *a = (void *)((char *)m + NLMSG_ALIGN(m->head.nlmsg_len));

	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (size)
		memcpy(a + 1, data, size);
	m->head.nlmsg_len = NLMSG_ALIGN(m->head.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static inline void msg_close(struct nbd_msg *m, struct nlattr *a)
{
	a->nla_len = (uint16_t)((char *)m + m->head.nlmsg_len - (char *)a);
}

/* Sends; gives the first answer: its length, or -1 with errno. */
static inline ssize_t msg_ask(struct nbd_link *l, const struct nbd_msg *m, struct nbd_msg *answer)
{
	struct nlmsgerr *e = (void *)&answer->genl;
	ssize_t n;

	if (send(l->fd, m, m->head.nlmsg_len, 0) < 0)
		return -1;
	n = recv(l->fd, answer, sizeof(*answer), 0);
	if (n < (ssize_t)NLMSG_HDRLEN)
		return -1;
	if (answer->head.nlmsg_type == NLMSG_ERROR && e->error) {
		errno = -e->error;
		return -1;
	}
	return n;
}

/* 0, or -1: this kernel has no nbd, or not this interface to it. */
static inline int nbd_link_open(struct nbd_link *l)
{
	struct nbd_msg m, answer;
	ssize_t n;

	l->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (l->fd < 0)
		return -1;
	msg_begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	m.head.nlmsg_flags = NLM_F_REQUEST;
	msg_add(&m, CTRL_ATTR_FAMILY_NAME, NBD_GENL_FAMILY_NAME, sizeof(NBD_GENL_FAMILY_NAME));
	n = msg_ask(l, &m, &answer);
	for (ssize_t at = NLMSG_LENGTH(GENL_HDRLEN); n > 0 && at + NLA_HDRLEN <= n;) {
		struct nlattr *a = (void *)((char *)&answer + at);

		if (a->nla_type == CTRL_ATTR_FAMILY_ID) {
			memcpy(&l->family, a + 1, sizeof(l->family));
			return 0;
		}
		if (a->nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(a->nla_len);
	}
	return -1;
}

static inline int nbd_link_connect(struct nbd_link *l, uint32_t device, int fd, uint64_t bytes,
				   uint64_t block)
{
	const uint64_t flags = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH;
	const uint32_t number = (uint32_t)fd;
	struct nlattr *sockets, *item;
	struct nbd_msg m, answer;

	msg_begin(&m, l->family, NBD_CMD_CONNECT);
	msg_add(&m, NBD_ATTR_INDEX, &device, sizeof(device));
	msg_add(&m, NBD_ATTR_SIZE_BYTES, &bytes, sizeof(bytes));
	msg_add(&m, NBD_ATTR_BLOCK_SIZE_BYTES, &block, sizeof(block));
	msg_add(&m, NBD_ATTR_SERVER_FLAGS, &flags, sizeof(flags));
	sockets = msg_add(&m, NBD_ATTR_SOCKETS | NLA_F_NESTED, NULL, 0);
	item = msg_add(&m, NBD_SOCK_ITEM | NLA_F_NESTED, NULL, 0);
	msg_add(&m, NBD_SOCK_FD, &number, sizeof(number));
	msg_close(&m, item);
	msg_close(&m, sockets);
	return msg_ask(l, &m, &answer) < 0 ? -1 : 0;
}

static inline int nbd_link_disconnect(struct nbd_link *l, uint32_t device)
{
	struct nbd_msg m, answer;

	msg_begin(&m, l->family, NBD_CMD_DISCONNECT);
	msg_add(&m, NBD_ATTR_INDEX, &device, sizeof(device));
	return msg_ask(l, &m, &answer) < 0 ? -1 : 0;
}

#endif
