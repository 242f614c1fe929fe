/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic of a known kind for the benchmarks.
 *
 *   blast recv ADDR PORT                   swallows TCP and UDP until SIGTERM
 *   blast tcp  ADDR PORT SECONDS SIZE      one stream; prints bytes per second
 *   blast udp  ADDR PORT SECONDS SIZE      one flood; prints datagrams per second
 *   blast flows ADDR PORT SECONDS COUNT    one datagram a second to each of COUNT ports
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20 };
static char buffer[BUFFER_BYTES];

static void die(const char *what)
{
	fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct sockaddr_in address(const char *ip, unsigned int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
		fprintf(stderr, "blast: %s: not an IPv4 address\n", ip);
		exit(2);
	}
	return a;
}

static int open_to(const char *ip, unsigned int port, int type)
{
	struct sockaddr_in a = address(ip, port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		die("connect");
	return fd;
}

static void *swallow(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char *own = malloc(BUFFER_BYTES);

	while (own && recv(fd, own, BUFFER_BYTES, 0) > 0)
		;
	free(own);
	close(fd);
	return NULL;
}

static _Noreturn void receive(const char *ip, unsigned int port)
{
	struct sockaddr_in a = address(ip, port);
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	pthread_t thread;

	setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(tcp, (struct sockaddr *)&a, sizeof(a)) || listen(tcp, 16))
		die("listen");
	if (bind(udp, (struct sockaddr *)&a, sizeof(a)))
		die("bind");
	if (pthread_create(&thread, NULL, swallow, (void *)(intptr_t)udp))
		die("thread");
	for (;;) {
		int fd = accept(tcp, NULL, NULL);

		if (fd < 0 || pthread_create(&thread, NULL, swallow, (void *)(intptr_t)fd))
			die("accept");
		pthread_detach(thread);
	}
}

/* Sends `size` bytes a call for so long; returns calls that were accepted in full. */
static uint64_t send_for(int fd, double seconds, size_t size)
{
	uint64_t calls = 0;
	double end = now_s() + seconds;

	while (now_s() < end) {
		for (int i = 0; i < 64; i++) {
			ssize_t n = send(fd, buffer, size, MSG_NOSIGNAL);

			if (n == (ssize_t)size)
				calls++;
			else if (n < 0 && errno != ENOBUFS && errno != ECONNREFUSED &&
				 errno != EAGAIN)
				die("send");
		}
	}
	return calls;
}

static void flows(const char *ip, unsigned int port, double seconds, unsigned int count)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	double begin = now_s();

	for (unsigned int round = 0; now_s() < begin + seconds; round++) {
		double next = begin + round + 1;

		for (unsigned int i = 0; i < count; i++) {
			struct sockaddr_in a = address(ip, port + i);

			(void)sendto(fd, buffer, 64, 0, (struct sockaddr *)&a, sizeof(a));
		}
		if (next > now_s())
			usleep((useconds_t)((next - now_s()) * 1e6));
	}
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned int port;
	double seconds, begin;
	size_t size;
	int tcp;

	if (argc < 4) {
		fprintf(stderr, "usage: blast recv|tcp|udp|flows ADDR PORT [SECONDS SIZE|COUNT]\n");
		return 2;
	}
	port = (unsigned int)strtoul(argv[3], NULL, 10);
	if (!strcmp(argv[1], "recv"))
		receive(argv[2], port);
	if (argc != 6)
		return 2;
	seconds = strtod(argv[4], NULL);
	size = strtoul(argv[5], NULL, 10);
	if (!strcmp(argv[1], "flows")) {
		flows(argv[2], port, seconds, (unsigned int)size);
		return 0;
	}
	tcp = !strcmp(argv[1], "tcp");
	if (!size || size > BUFFER_BYTES)
		return 2;
	begin = now_s();
	size_t calls =
		send_for(open_to(argv[2], port, tcp ? SOCK_STREAM : SOCK_DGRAM), seconds, size);
	printf("%.0f\n", (double)calls * (tcp ? (double)size : 1.0) / (now_s() - begin));
	return 0;
}
