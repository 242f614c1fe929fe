/* SPDX-License-Identifier: Apache-2.0
 *
 * Ordinary traffic that goes on until told to end, and knows to the byte what it sent.
 *
 *   trickle ADDR TCP_PORT UDP_PORT BYTES_PER_SECOND CHILDREN_PER_SECOND
 *
 * One TCP stream in writes of changing size, one UDP socket with datagrams of 1 to 1400
 * bytes, and short processes that each send one datagram of 100 bytes and end. The rate
 * is shared between the two sockets. At SIGTERM it stops, waits until the stream's
 * queue is acknowledged, prints one JSON line {"tcp":N,"udp":N,"children":N}, and waits
 * for the end of its standard input, so that its flows keep a living owner.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STEPS_PER_SECOND = 100,
	DATAGRAM_MAX = 1400,
	CHILD_BYTES = 100,
	NS_PER_S = 1000000000,
};

struct sent {
	uint64_t tcp, udp, children;
};

static volatile sig_atomic_t stop_asked;
static char bytes[1 << 16];

static void on_term(int sig)
{
	(void)sig;
	stop_asked = 1;
}

static int open_to(const char *ip, const char *port, int type)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (inet_pton(AF_INET, ip, &to.sin_addr) != 1 || fd < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		fprintf(stderr, "trickle: %s %s: %s\n", ip, port, strerror(errno));
		exit(1);
	}
	return fd;
}

static void send_stream(int fd, uint64_t want, struct sent *sent)
{
	while (want) {
		size_t chunk = want < sizeof(bytes) ? want : sizeof(bytes);
		ssize_t n = send(fd, bytes, chunk, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		sent->tcp += (uint64_t)n;
		want -= (uint64_t)n;
	}
}

static void send_datagrams(int fd, uint64_t want, struct sent *sent)
{
	while (want) {
		size_t size = 1 + (size_t)rand() % DATAGRAM_MAX;
		ssize_t n = send(fd, bytes, size, 0);

		if (n > 0)
			sent->udp += (uint64_t)n;
		want -= want < size ? want : size;
	}
}

/* A process of its own that sends one datagram and is gone. */
static void send_by_child(const char *ip, const char *port, struct sent *sent)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		int fd = open_to(ip, port, SOCK_DGRAM);

		_exit(send(fd, bytes, CHILD_BYTES, 0) == CHILD_BYTES ? 0 : 1);
	}
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    !WEXITSTATUS(status))
		sent->children += CHILD_BYTES;
}

static void drain(int fd)
{
	const struct timespec tick = { .tv_nsec = NS_PER_S / STEPS_PER_SECOND };
	int queued = 1;

	while (!ioctl(fd, SIOCOUTQ, &queued) && queued)
		nanosleep(&tick, NULL);
}

int main(int argc, char **argv)
{
	const struct timespec tick = { .tv_nsec = NS_PER_S / STEPS_PER_SECOND };
	struct sigaction on = { .sa_handler = on_term };
	struct sent sent = { 0 };
	uint64_t rate, every;
	int tcp, udp;
	char end;

	if (argc != 6) {
		fprintf(stderr, "usage: trickle ADDR TCP_PORT UDP_PORT BYTES/S CHILDREN/S\n");
		return 2;
	}
	sigaction(SIGTERM, &on, NULL);
	rate = strtoull(argv[4], NULL, 10) / STEPS_PER_SECOND / 2;
	every = strtoull(argv[5], NULL, 10);
	every = every ? STEPS_PER_SECOND / every : 0;
	tcp = open_to(argv[1], argv[2], SOCK_STREAM);
	udp = open_to(argv[1], argv[3], SOCK_DGRAM);
	for (uint64_t step = 0; !stop_asked; step++) {
		send_stream(tcp, 1 + rate / 2 + (uint64_t)rand() % (rate + 1), &sent);
		send_datagrams(udp, rate, &sent);
		if (every && step % every == 0)
			send_by_child(argv[1], argv[3], &sent);
		nanosleep(&tick, NULL);
	}
	drain(tcp);
	printf("{\"tcp\":%" PRIu64 ",\"udp\":%" PRIu64 ",\"children\":%" PRIu64 "}\n", sent.tcp,
	       sent.udp, sent.children);
	fflush(stdout);
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
	return 0;
}
