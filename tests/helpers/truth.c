/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiver's side of a theft, and so the ground truth: it counts the TCP
 * payload that reaches it and writes when each byte came.
 *
 *   truth sink  ADDR PORT LOG               a server that swallows what it is sent
 *   truth relay ADDR PORT TO_ADDR TO_PORT LOG  a client's proxy; counts what comes back
 *
 * A sink answers an HTTP upload (chunked or with a length) so that curl ends
 * happily; anything else ends when the peer closes. LOG gets one JSON line a
 * sample ({"t":unix_ns,"conn":n,"bytes":cumulative}) at most every 2 ms, and one
 * with "end":true when a connection is over. It runs until SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_CONNS = 16,
	CHUNK_BYTES = 1 << 20,
	TAIL_BYTES = 7,          /* "\r\n0\r\n\r\n": the end of a chunked body */
	HEAD_BYTES = 4096,       /* of a request kept to read its headers */
	SAMPLE_NS = 2 * 1000000, /* between two lines of one connection */
};

struct conn {
	int fd;     /* to the peer that is counted; -1 = free */
	int client; /* relay: the program that is served; else -1 */
	unsigned int number;
	uint64_t bytes, last_line_ns;
	char head[HEAD_BYTES + 1];
	size_t head_len;
	char tail[TAIL_BYTES];
	bool http, chunked, answered;
	bool client_done;           /* relay: the program has closed; count on, deliver no more */
	uint64_t body_at, body_len; /* HTTP: offset of the body; its length if announced */
};

static volatile sig_atomic_t stop_asked;

static void on_term(int sig)
{
	(void)sig;
	stop_asked = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void log_line(FILE *log, struct conn *c, bool end)
{
	uint64_t t = now_ns();

	if (!end && t - c->last_line_ns < SAMPLE_NS)
		return;
	c->last_line_ns = t;
	fprintf(log, "{\"t\":%" PRIu64 ",\"conn\":%u,\"bytes\":%" PRIu64 "%s}\n", t, c->number,
		c->bytes, end ? ",\"end\":true" : "");
	fflush(log);
}

/* A listening or connected socket; exits with words on failure. */
static int open_socket(const char *addr, const char *port, bool listening)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *ai = NULL;
	int one = 1, fd;

	if (getaddrinfo(addr, port, &hints, &ai)) {
		fprintf(stderr, "truth: %s %s: not an address\n", addr, port);
		exit(2);
	}
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && listening) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, MAX_CONNS)) {
			close(fd);
			fd = -1;
		}
	} else if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	if (fd < 0) {
		fprintf(stderr, "truth: %s %s: %s\n", addr, port, strerror(errno));
		exit(1);
	}
	return fd;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Looks at the request's head once it is complete: how will the body end? */
static void read_head(struct conn *c)
{
	char *end, *line;

	if (c->body_at || (strncmp(c->head, "PUT ", 4) && strncmp(c->head, "POST ", 5)))
		return;
	end = strstr(c->head, "\r\n\r\n");
	if (!end)
		return;
	c->http = true;
	c->body_at = (uint64_t)(end - c->head) + 4;
	c->chunked = strcasestr(c->head, "transfer-encoding: chunked") != NULL;
	line = strcasestr(c->head, "content-length:");
	if (line && line < end)
		c->body_len = strtoull(line + strlen("content-length:"), NULL, 10);
	if (strcasestr(c->head, "expect: 100-continue"))
		(void)send_all(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

static void keep_ends(struct conn *c, const char *data, size_t len)
{
	size_t room = HEAD_BYTES - c->head_len, take = len < room ? len : room;

	memcpy(c->head + c->head_len, data, take);
	c->head_len += take;
	c->head[c->head_len] = '\0';
	if (len >= TAIL_BYTES) {
		memcpy(c->tail, data + len - TAIL_BYTES, TAIL_BYTES);
	} else {
		memmove(c->tail, c->tail + len, TAIL_BYTES - len);
		memcpy(c->tail + TAIL_BYTES - len, data, len);
	}
}

static void answer_http(struct conn *c)
{
	static const char ok[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	bool complete;

	read_head(c);
	if (!c->http || c->answered)
		return;
	complete = c->chunked ? !memcmp(c->tail, "\r\n0\r\n\r\n", TAIL_BYTES)
			      : c->bytes >= c->body_at + c->body_len;
	if (complete)
		c->answered = send_all(c->fd, ok, sizeof(ok) - 1);
}

static void conn_end(struct conn *c, FILE *log)
{
	log_line(log, c, true);
	close(c->fd);
	if (c->client >= 0)
		close(c->client);
	c->fd = c->client = -1;
}

static void take_counted(struct conn *c, char *buf, FILE *log)
{
	ssize_t n = recv(c->fd, buf, CHUNK_BYTES, 0);

	if (n <= 0) {
		conn_end(c, log);
		return;
	}
	c->bytes += (uint64_t)n;
	log_line(log, c, false);
	if (c->client >= 0) {
		if (!c->client_done && !send_all(c->client, buf, (size_t)n))
			c->client_done = true;
		return;
	}
	keep_ends(c, buf, (size_t)n);
	answer_http(c);
}

static void take_client(struct conn *c, char *buf)
{
	ssize_t n = recv(c->client, buf, CHUNK_BYTES, 0);

	if (n <= 0 || !send_all(c->fd, buf, (size_t)n)) {
		shutdown(c->fd, SHUT_WR); /* the server closes in its turn; until then we count */
		c->client_done = true;
	}
}

static void conn_begin(struct conn *conns, int accepted, const char *to_addr, const char *to_port)
{
	static unsigned int number;

	for (int i = 0; i < MAX_CONNS; i++) {
		struct conn *c = &conns[i];

		if (c->fd >= 0)
			continue;
		number++;
		*c = (struct conn){ .fd = accepted, .client = -1, .number = number };
		if (to_addr) {
			c->client = accepted;
			c->fd = open_socket(to_addr, to_port, false);
		}
		return;
	}
	close(accepted);
}

static void serve(int listener, struct conn *conns, const char *to_addr, const char *to_port,
		  FILE *log)
{
	static char buf[CHUNK_BYTES];
	struct pollfd fds[1 + 2 * MAX_CONNS];

	while (!stop_asked) {
		fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (int i = 0; i < MAX_CONNS; i++) {
			fds[1 + 2 * i] = (struct pollfd){ .fd = conns[i].fd, .events = POLLIN };
			fds[2 + 2 * i] =
				(struct pollfd){ .fd = conns[i].client_done ? -1 : conns[i].client,
						 .events = POLLIN };
		}
		if (poll(fds, 1 + 2 * MAX_CONNS, 1000) <= 0)
			continue;
		for (int i = 0; i < MAX_CONNS; i++) {
			if (fds[2 + 2 * i].revents && fds[1 + 2 * i].fd >= 0)
				take_client(&conns[i], buf);
			if (fds[1 + 2 * i].revents && conns[i].fd >= 0)
				take_counted(&conns[i], buf, log);
		}
		if (fds[0].revents) {
			int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

			if (fd >= 0)
				conn_begin(conns, fd, to_addr, to_port);
		}
	}
}

int main(int argc, char **argv)
{
	bool relay = argc == 7 && !strcmp(argv[1], "relay");
	struct sigaction sa = { .sa_handler = on_term };
	struct conn conns[MAX_CONNS];
	FILE *log;

	if (!relay && !(argc == 5 && !strcmp(argv[1], "sink"))) {
		fprintf(stderr, "usage: truth sink ADDR PORT LOG\n"
				"       truth relay ADDR PORT TO_ADDR TO_PORT LOG\n");
		return 2;
	}
	log = fopen(argv[argc - 1], "we");
	if (!log) {
		fprintf(stderr, "truth: %s: %s\n", argv[argc - 1], strerror(errno));
		return 1;
	}
	sigaction(SIGTERM, &sa, NULL);
	for (int i = 0; i < MAX_CONNS; i++)
		conns[i].fd = conns[i].client = -1;
	serve(open_socket(argv[2], argv[3], true), conns, relay ? argv[4] : NULL,
	      relay ? argv[5] : NULL, log);
	for (int i = 0; i < MAX_CONNS; i++) {
		if (conns[i].fd >= 0)
			conn_end(&conns[i], log);
	}
	return fclose(log) ? 1 : 0;
}
