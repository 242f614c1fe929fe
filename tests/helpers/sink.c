/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiver of the doors and so their second truth: swallows and counts whatever
 * comes to a port, by protocol.
 *
 *   sink PORT DEV    for each line on standard input prints one JSON line:
 *                    payload bytes received by protocol, and what DEV itself counted
 *
 * MPTCP listens on PORT + 1. A protocol this kernel does not have is left out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum {
	BUFFER = 1 << 20,
	EVENTS = 64,
	OPEN_FILES = 20000,
	QUEUE_BYTES = 64 << 20, /* of a datagram socket: nothing may be lost here */
	EXPERIMENT = 0x88b5,
	RAW_PROTO = 253,
	IP_HEADER = 20,
	ECHO_REQUEST = 8,
	FAST_OPENS = 64,
};

enum kind { TCP, MPTCP, SCTP, UDP, UDPLITE, ICMP, RAW, LINK, KINDS, COMMANDS = KINDS };
static const char *const names[KINDS] = { "tcp",     "mptcp", "sctp", "udp",
					  "udplite", "icmp",  "raw",  "link" };
static uint64_t counted[KINDS];
static char buffer[BUFFER];

static void watch(int loop, int fd, int kind, bool listener)
{
	struct epoll_event e = { .events = EPOLLIN,
				 .data.u64 = (uint64_t)listener << 40 | (uint64_t)kind << 32 |
					     (uint32_t)fd };

	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e)) {
		perror("sink: epoll");
		exit(1);
	}
}

/* Both families, where the protocol has an IPv6 side. Not SCTP: it would tell the sender of its
 * other address, and the sender's kernel would try that one, whenever it likes. */
static void listen_on(int loop, enum kind kind, int type, int proto, unsigned int port)
{
	struct sockaddr_in6 any = { .sin6_family = kind == SCTP ? AF_INET : AF_INET6,
				    .sin6_port = htons((uint16_t)port) }; /* as IPv4 has it */
	int fd = socket(any.sin6_family, type, proto), queue = QUEUE_BYTES, fast = FAST_OPENS,
	    no = 0;

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)))
		goto refused;
	if (type == SOCK_DGRAM || kind == MPTCP ||
	    kind == SCTP) /* whose full queues are another matter */
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue));
	if (type != SOCK_DGRAM) {
		setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &fast, sizeof(fast));
		if (listen(fd, 4096))
			goto refused;
	}
	watch(loop, fd, kind, type != SOCK_DGRAM);
	return;
refused:
	fprintf(stderr, "sink: %s: %s\n", names[kind], strerror(errno));
	close(fd);
}

static void listen_raw(int loop, enum kind kind, int family, int type, int proto, const char *dev)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
				 .sll_protocol = htons(EXPERIMENT),
				 .sll_ifindex = (int)if_nametoindex(dev) };
	int fd = socket(family, type, proto), queue = QUEUE_BYTES;

	if (fd < 0 || (family == AF_PACKET && bind(fd, (struct sockaddr *)&a, sizeof(a)))) {
		fprintf(stderr, "sink: %s: %s\n", names[kind], strerror(errno));
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue));
	watch(loop, fd, kind, false);
}

/* Of ICMP only what the doors send: echo requests; with their header, without IP's. */
static uint64_t payload(enum kind kind, ssize_t n)
{
	if (kind == ICMP)
		return n > IP_HEADER && buffer[IP_HEADER] == ECHO_REQUEST ? (uint64_t)n - IP_HEADER
									  : 0;
	return (uint64_t)n;
}

static void take(int loop, int fd, enum kind kind, bool listener)
{
	int yes = 1;
	ssize_t n;

	if (listener) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (peer >= 0)
			watch(loop, peer, kind, false);
		return;
	}
	while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		counted[kind] += payload(kind, n);
	if (kind <= SCTP && (n == 0 || (errno != EAGAIN && errno != EINTR)))
		close(fd);
	else if (kind == TCP) /* the sender is at rest when it knows that all is here */
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
}

static void device(const char *dev, uint64_t ret[3])
{
	uint64_t v[4] = { 0 };
	char line[512], name[IFNAMSIZ];
	FILE *f = fopen("/proc/self/net/dev", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %15[^:]: %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, name,
			   &v[0], &v[1], &v[2], &v[3]) == 5 &&
		    !strcmp(name, dev)) {
			ret[0] = v[0];
			ret[1] = v[1];
			ret[2] = v[3];
		}
	if (f)
		fclose(f);
}

static void report(const char *dev)
{
	uint64_t d[3] = { 0 };

	device(dev, d);
	printf("{");
	for (int i = 0; i < KINDS; i++)
		printf("\"%s\":%" PRIu64 ",", names[i], counted[i]);
	printf("\"rx_bytes\":%" PRIu64 ",\"rx_packets\":%" PRIu64 ",\"rx_dropped\":%" PRIu64 "}\n",
	       d[0], d[1], d[2]);
	fflush(stdout);
}

static void serve(int loop, const char *dev)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int count = epoll_wait(loop, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			uint64_t word = events[i].data.u64;
			enum kind kind = (word >> 32) & 0xff;

			if (kind != COMMANDS) {
				take(loop, (int)(uint32_t)word, kind, word >> 40);
				continue;
			}
			if (read(STDIN_FILENO, buffer, sizeof(buffer)) <= 0)
				return;
			report(dev);
		}
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { OPEN_FILES, OPEN_FILES };
	int loop = epoll_create1(EPOLL_CLOEXEC);
	unsigned int port;

	if (argc != 3) {
		fprintf(stderr, "usage: sink PORT DEV\n");
		return 2;
	}
	port = (unsigned int)atoi(argv[1]);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	listen_on(loop, TCP, SOCK_STREAM, 0, port);
	listen_on(loop, MPTCP, SOCK_STREAM, IPPROTO_MPTCP, port + 1);
	listen_on(loop, SCTP, SOCK_STREAM, IPPROTO_SCTP, port);
	listen_on(loop, UDP, SOCK_DGRAM, 0, port);
	listen_on(loop, UDPLITE, SOCK_DGRAM, IPPROTO_UDPLITE, port);
	listen_raw(loop, ICMP, AF_INET, SOCK_RAW, IPPROTO_ICMP, argv[2]);
	listen_raw(loop, RAW, AF_INET, SOCK_RAW, RAW_PROTO, argv[2]);
	listen_raw(loop, LINK, AF_PACKET, SOCK_RAW, htons(EXPERIMENT), argv[2]);
	watch(loop, STDIN_FILENO, COMMANDS, false);
	printf("listening\n");
	fflush(stdout);
	serve(loop, argv[2]);
	return 0;
}
