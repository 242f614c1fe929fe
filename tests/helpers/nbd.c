/* SPDX-License-Identifier: Apache-2.0
 *
 * Network block devices: a program opens a socket, greets the server, and gives the socket to
 * the kernel, which sends over it whatever is read from and written to the device.
 *
 *   nbd serve WHERE                  a server without negotiation: swallows and counts; for each
 *                                    line on standard input prints what came: {"greeting":,
 *                                    "own":,"kernel":}
 *   nbd ioctl NETNS WHERE DEV        gives its socket away and stays, as nbd-client does; then
 *                                    does what it is told on standard input, and says "done":
 *                                    `write BYTES` to the device, `own BYTES` to the socket
 *                                    itself, `end`
 *   nbd netlink NETNS WHERE DEV      gives its socket away and ends
 *   nbd write DEV BYTES              writes directly, and ends
 *   nbd off DEV                      ends what `netlink` began
 *
 * WHERE: a path is an AF_UNIX socket, ADDRESS:PORT is TCP. NETNS: the namespace's file, where
 * the socket is made (the kernel's family for nbd is in the first namespace only).
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/nbd.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "nbd_link.h"

enum {
	GREETING = 1000,
	OWN = 200, /* a request of the program itself, to which nobody answers */
	BLOCK = 4096,
	DEVICE_BYTES = 64 << 20,
	PIECE = 128 << 10,
};

static struct {
	uint64_t greeting, own, kernel;
} came;
static char zeros[PIECE] __attribute__((aligned(BLOCK)));

/* --- sockets ----------------------------------------------------------------- */

static int fail(const char *what)
{
	printf("cannot %s: %s\n", what, strerror(errno));
	fflush(stdout);
	return -1;
}

/* A socket of the right family and its address. */
static int where(const char *text, struct sockaddr_storage *at, socklen_t *len)
{
	struct sockaddr_un *un = (void *)at;
	struct sockaddr_in *in = (void *)at;
	const char *port = strrchr(text, ':');
	char address[64];

	memset(at, 0, sizeof(*at));
	if (*text == '/') {
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof(un->sun_path), "%s", text);
		*len = sizeof(*un);
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	}
	if (!port)
		return -1;
	snprintf(address, sizeof(address), "%.*s", (int)(port - text), text);
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)atoi(port + 1));
	if (inet_pton(AF_INET, address, &in->sin_addr) != 1)
		return -1;
	*len = sizeof(*in);
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC), r;

	r = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
	if (fd >= 0)
		close(fd);
	return r;
}

static bool all_send(int fd, const void *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = send(fd, (const char *)data + at, size - at, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool all_read(int fd, void *data, size_t size)
{
	return recv(fd, data, size, MSG_WAITALL) == (ssize_t)size;
}

static int greet(const char *netns, const char *to)
{
	struct sockaddr_storage at;
	socklen_t len = 0;
	int fd;

	if (enter(netns))
		return fail("enter the namespace");
	fd = where(to, &at, &len);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, len))
		return fail("connect");
	return all_send(fd, zeros, GREETING) ? fd : fail("greet");
}

/* --- server ------------------------------------------------------------------ */

static bool data_swallow(int fd, uint32_t len)
{
	static char sink[PIECE];

	while (len) {
		uint32_t part = len < sizeof(sink) ? len : (uint32_t)sizeof(sink);

		if (!all_read(fd, sink, part))
			return false;
		len -= part;
	}
	return true;
}

static bool data_give(int fd, uint32_t len)
{
	while (len) {
		uint32_t part = len < sizeof(zeros) ? len : (uint32_t)sizeof(zeros);

		if (!all_send(fd, zeros, part))
			return false;
		len -= part;
	}
	return true;
}

/* Takes one request and answers it; false: that was the last. */
static bool request_serve(int fd)
{
	struct nbd_request q;
	struct nbd_reply a = { .magic = htonl(NBD_REPLY_MAGIC) };
	uint32_t type, len;

	if (!all_read(fd, &q, sizeof(q)) || ntohl(q.magic) != NBD_REQUEST_MAGIC)
		return false;
	type = ntohl(q.type) & 0xffff;
	len = type == NBD_CMD_WRITE || type == OWN || type == NBD_CMD_READ ? ntohl(q.len) : 0;
	if (type != NBD_CMD_READ && !data_swallow(fd, len))
		return false;
	*(type == OWN ? &came.own : &came.kernel) += sizeof(q) + (type == NBD_CMD_READ ? 0 : len);
	if (type == NBD_CMD_DISC)
		return false;
	if (type == OWN)
		return true;
	memcpy(&a.handle, &q.handle, sizeof(a.handle));
	return all_send(fd, &a, sizeof(a)) && (type != NBD_CMD_READ || data_give(fd, len));
}

static void *serve_all(void *arg)
{
	int listener = *(int *)arg;

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		char greeting[GREETING];

		if (fd < 0)
			return NULL;
		if (all_read(fd, greeting, sizeof(greeting))) {
			came.greeting += sizeof(greeting);
			while (request_serve(fd))
				;
		}
		close(fd);
	}
}

static int serve(const char *at_text)
{
	struct sockaddr_storage at;
	socklen_t len = 0;
	pthread_t thread;
	char line[16];
	int fd = where(at_text, &at, &len), yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(fd, (struct sockaddr *)&at, len) || listen(fd, 4) ||
	    pthread_create(&thread, NULL, serve_all, &fd))
		return fail("serve");
	printf("serving\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("{\"greeting\":%" PRIu64 ",\"own\":%" PRIu64 ",\"kernel\":%" PRIu64 "}\n",
		       came.greeting, came.own, came.kernel);
		fflush(stdout);
	}
	return 0;
}

/* --- device ------------------------------------------------------------------ */

static int device_write(const char *path, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		return fail("open the device");
	for (size_t at = 0; at < bytes; at += PIECE)
		if (pwrite(fd, zeros, PIECE, (off_t)(at % DEVICE_BYTES)) != PIECE)
			return fail("write");
	close(fd);
	return 0;
}

/* What a program writes to the socket that it gave away. */
static int own_send(int fd, uint32_t bytes)
{
	struct nbd_request q = { .magic = htonl(NBD_REQUEST_MAGIC),
				 .type = htonl(OWN),
				 .len = htonl(bytes) };

	return all_send(fd, &q, sizeof(q)) && data_give(fd, bytes) ? 0 : fail("send");
}

static void *device_run(void *arg)
{
	(void)ioctl(*(int *)arg, NBD_DO_IT);
	return NULL;
}

static int orders(int device, int fd, const char *path)
{
	char line[64], word[16];
	unsigned int bytes;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%15s %u", word, &bytes) == 2) {
			if (!strcmp(word, "own") ? own_send(fd, bytes) : device_write(path, bytes))
				return 1;
		} else if (ioctl(device, NBD_DISCONNECT)) {
			return fail("disconnect");
		}
		printf("done\n");
		fflush(stdout);
	}
	return 0;
}

static int by_ioctl(const char *netns, const char *to, const char *path)
{
	int fd = greet(netns, to), device;
	pthread_t thread;

	if (fd < 0)
		return 1;
	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0 || ioctl(device, NBD_SET_BLKSIZE, (unsigned long)BLOCK) ||
	    ioctl(device, NBD_SET_SIZE_BLOCKS, (unsigned long)(DEVICE_BYTES / BLOCK)) ||
	    ioctl(device, NBD_SET_FLAGS,
		  (unsigned long)(NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH)) ||
	    ioctl(device, NBD_SET_SOCK, fd) || pthread_create(&thread, NULL, device_run, &device))
		return fail("set up the device");
	printf("given\n");
	fflush(stdout);
	if (orders(device, fd, path))
		return 1;
	return pthread_join(thread, NULL);
}

static unsigned int device_number(const char *path)
{
	return (unsigned int)strtoul(path + strcspn(path, "0123456789"), NULL, 10);
}

static int by_netlink(const char *netns, const char *to, const char *path)
{
	struct nbd_link link;
	int fd;

	if (nbd_link_open(&link))
		return fail("ask the kernel for nbd");
	fd = greet(netns, to);
	if (fd < 0)
		return 1;
	if (nbd_link_connect(&link, device_number(path), fd, DEVICE_BYTES, BLOCK))
		return fail("give the socket away");
	printf("given\n");
	return 0;
}

static int off(const char *path)
{
	struct nbd_link link;

	if (nbd_link_open(&link) || nbd_link_disconnect(&link, device_number(path)))
		return fail("disconnect");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "ioctl"))
		return by_ioctl(argv[2], argv[3], argv[4]);
	if (argc == 5 && !strcmp(argv[1], "netlink"))
		return by_netlink(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(argv[1], "write"))
		return device_write(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "off"))
		return off(argv[2]);
	fprintf(stderr, "usage: nbd serve|ioctl|netlink|write|off ...\n");
	return 2;
}
