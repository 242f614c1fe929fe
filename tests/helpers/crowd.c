/* SPDX-License-Identifier: Apache-2.0
 *
 * Many of everything, from one place; says to the byte what was accepted.
 *
 *   crowd flows ADDR COUNT BYTES               one datagram to each of COUNT (host, port) pairs in ADDR/24
 *   crowd sockets FROM ADDR PORT COUNT BYTES   COUNT connected UDP sockets at once, a datagram by each
 *   crowd streams COUNT BYTES                  COUNT TCP connections to itself over loopback, at once
 *   crowd processes ADDR PORT COUNT BYTES      COUNT processes one after another (8 at once): each executes
 *                                              this program anew, sends one datagram, and is gone
 *
 * Prints `sent N` when done, then waits for a line on standard input (flows, sockets and
 * streams: to do it once more over the same sockets) or its end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FIRST_PORT = 20000, /* of `flows`; above it are PORTS_A_HOST */
	PORTS_A_HOST = 40000,
	AT_ONCE = 8,
	BACKLOG = 4096,
	SPARE_FDS = 64,
};

static char bytes[1 << 16];

static void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in address(const char *ip, unsigned long port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		die(ip);
	return a;
}

static void say(uint64_t sent)
{
	printf("sent %" PRIu64 "\n", sent);
	fflush(stdout);
}

/* True when there is one more round to do. */
static int again(void)
{
	char line[16];

	return fgets(line, sizeof(line), stdin) != NULL;
}

static void flows(const char *ip, long count, size_t size)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	do {
		uint64_t sent = 0;

		for (long i = 0; i < count; i++) {
			struct sockaddr_in to = address(ip, FIRST_PORT + i % PORTS_A_HOST);

			to.sin_addr.s_addr =
				htonl(ntohl(to.sin_addr.s_addr) + (uint32_t)(i / PORTS_A_HOST));
			ssize_t n = sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof(to));

			if (n < 0)
				die("sendto");
			sent += (uint64_t)n;
		}
		say(sent);
	} while (again());
}

static int *sockets_make(long count)
{
	int *fds = calloc((size_t)count, sizeof(*fds));
	struct rlimit limit;

	if (!fds || getrlimit(RLIMIT_NOFILE, &limit))
		die("open files");
	if (limit.rlim_max < (rlim_t)count + SPARE_FDS) {
		fprintf(stderr, "crowd: only %ju files may be open\n", (uintmax_t)limit.rlim_max);
		exit(1);
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("open files");
	return fds;
}

static void send_by_each(const int *fds, long count, size_t size)
{
	do {
		uint64_t sent = 0;

		for (long i = 0; i < count; i++) {
			ssize_t n = send(fds[i], bytes, size, MSG_NOSIGNAL);

			if (n < 0)
				die("send");
			sent += (uint64_t)n;
		}
		say(sent);
	} while (again());
}

static void sockets(const char *from, const char *ip, unsigned long port, long count, size_t size)
{
	struct sockaddr_in here = address(from, 0), to = address(ip, port);
	int *fds = sockets_make(count);

	for (long i = 0; i < count; i++) {
		fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (fds[i] < 0 || bind(fds[i], (struct sockaddr *)&here, sizeof(here)) ||
		    connect(fds[i], (struct sockaddr *)&to, sizeof(to)))
			die("connect");
	}
	send_by_each(fds, count, size);
	free(fds);
}

static void streams(long count, size_t size)
{
	struct sockaddr_in to = address("127.0.0.1", 0);
	socklen_t len = sizeof(to);
	int *fds = sockets_make(2 * count);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&to, len) ||
	    listen(listener, BACKLOG) || getsockname(listener, (struct sockaddr *)&to, &len))
		die("listen");
	for (long i = 0; i < count; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (fds[i] < 0 || connect(fds[i], (struct sockaddr *)&to, len))
			die("connect");
		fds[count + i] = accept(listener, NULL, NULL);
		if (fds[count + i] < 0)
			die("accept");
	}
	send_by_each(fds, count, size);
	free(fds);
}

static uint64_t reap(void)
{
	int status;

	if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		die("a process failed");
	return 1;
}

static void processes(char **argv, long count, size_t size)
{
	uint64_t done = 0;
	long running = 0;

	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0) {
			execl(argv[0], "crowd", "one", argv[2], argv[3], argv[5], (char *)NULL);
			_exit(1);
		}
		if (child < 0)
			die("fork");
		if (++running == AT_ONCE) {
			done += reap();
			running--;
		}
	}
	while (running--)
		done += reap();
	say(done * size);
	(void)again();
}

static int one(char **argv)
{
	struct sockaddr_in to = address(argv[2], strtoul(argv[3], NULL, 10));
	size_t size = strtoul(argv[4], NULL, 10);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)size ? 0
											       : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "one") && argc == 5)
		return one(argv);
	if (!strcmp(what, "flows") && argc == 5)
		flows(argv[2], atol(argv[3]), strtoul(argv[4], NULL, 10));
	else if (!strcmp(what, "sockets") && argc == 7)
		sockets(argv[2], argv[3], strtoul(argv[4], NULL, 10), atol(argv[5]),
			strtoul(argv[6], NULL, 10));
	else if (!strcmp(what, "streams") && argc == 4)
		streams(atol(argv[2]), strtoul(argv[3], NULL, 10));
	else if (!strcmp(what, "processes") && argc == 6)
		processes(argv, atol(argv[4]), strtoul(argv[5], NULL, 10));
	else
		return fprintf(stderr, "usage: see the head of crowd.c\n"), 2;
	return 0;
}
