/* SPDX-License-Identifier: Apache-2.0
 *
 * Doors of UDP, UDP-Lite, ping and raw sockets.
 */
#ifndef TESTS_DOOR_DATAGRAM_H
#define TESTS_DOOR_DATAGRAM_H

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include "door_tcp.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif

enum { CORK_OPTION = 1, SEGMENT_OPTION = 103, BIG = 65000, SEGMENTS = 10500, RAW_PROTO = 253 };

static inline int datagram_socket(const struct target *t, int type, int proto, bool connected)
{
	int fd = socket(t->to.any.sa_family, type, proto);

	if (fd >= 0 && connected && connect(fd, &t->to.any, t->to_len))
		return -errno;
	return fd < 0 ? -errno : fd;
}

static int udp_open(const struct target *t)
{
	return datagram_socket(t, SOCK_DGRAM, 0, false);
}

static int udp_connected(const struct target *t)
{
	return datagram_socket(t, SOCK_DGRAM, 0, true);
}

static int udplite_open(const struct target *t)
{
	return datagram_socket(t, SOCK_DGRAM, IPPROTO_UDPLITE, false);
}

static int udp_gso_open(const struct target *t)
{
	int fd = udp_open(t), segment = DATAGRAM;

	if (fd >= 0 && setsockopt(fd, SOL_UDP, SEGMENT_OPTION, &segment, sizeof(segment)))
		return -errno;
	return fd;
}

static long udp_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_send);
}

static long udp_sendto(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_sendto);
}

static long udp_sendmmsg(int fd, const struct target *t, long size)
{
	(void)t;
	return mmsg_all(fd, size, DATAGRAM);
}

static long udp_writev(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_writev);
}

static long udp_zerocopy(int fd, const struct target *t, long size)
{
	return zerocopy(fd, t, size, DATAGRAM);
}

static long udp_sendfile(int fd, const struct target *t, long size)
{
	(void)t;
	return sendfile_all(fd, size, DATAGRAM);
}

/* Larger than any packet: counted before it is cut into fragments. */
static long udp_big(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, BIG, one_sendto);
}

static long udp_gso(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, SEGMENTS, one_sendto);
}

static long udp_cork(int fd, const struct target *t, long size)
{
	int on = 1, off = 0;
	long sent = 0;

	(void)t;
	while (sent < size) {
		ssize_t a, b;

		setsockopt(fd, SOL_UDP, CORK_OPTION, &on, sizeof(on));
		a = send(fd, bytes, 300, 0);
		b = send(fd, bytes, 200, 0);
		setsockopt(fd, SOL_UDP, CORK_OPTION, &off, sizeof(off));
		if (a < 0 || b < 0)
			return -errno;
		sent += a + b;
	}
	return sent;
}

/* Answers from a port it chose: that port is the service. */
static long udp_server(int fd, const struct target *t, long size)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(53) };
	int yes = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)))
		return -errno;
	return udp_sendto(fd, t, size);
}

/* Larger than a datagram can be: refused, nothing leaves. */
static long udp_refused(int fd, const struct target *t, long size)
{
	(void)size;
	if (sendto(fd, bytes, 70000, 0, &t->to.any, t->to_len) >= 0 || errno != EMSGSIZE)
		return -EIO;
	return 0;
}

/* --- ICMP and raw ----------------------------------------------------------- */

static int ping_open(const struct target *t)
{
	return datagram_socket(t, SOCK_DGRAM, IPPROTO_ICMP, false);
}

static int raw_open(const struct target *t)
{
	return datagram_socket(t, SOCK_RAW, IPPROTO_ICMP, false);
}

static int raw_header_open(const struct target *t)
{
	return datagram_socket(t, SOCK_RAW, IPPROTO_RAW, false);
}

/* An echo request, its own header counted. */
static ssize_t one_echo(int fd, const struct target *t, size_t len)
{
	struct {
		struct icmphdr head;
		char body[DATAGRAM];
	} p = { .head = { .type = ICMP_ECHO } };
	uint32_t sum = ICMP_ECHO; /* the only word that is not zero */

	p.head.checksum = (uint16_t)~sum;
	return sendto(fd, &p, len < sizeof(p.head) ? sizeof(p.head) : len, 0, &t->to.any,
		      t->to_len);
}

static long echo_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_echo);
}

/* The whole packet is the application's. */
static ssize_t one_packet(int fd, const struct target *t, size_t len)
{
	struct {
		struct iphdr ip;
		char body[DATAGRAM];
	} p = { .ip = { .version = 4,
			.ihl = 5,
			.tot_len = htons((uint16_t)len),
			.ttl = 64,
			.protocol = RAW_PROTO,
			.daddr = t->to.v4.sin_addr.s_addr } };

	return sendto(fd, &p, len, 0, &t->to.any, t->to_len);
}

static long raw_header_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_packet);
}

#endif
