/* SPDX-License-Identifier: Apache-2.0
 *
 * What the doors share: where to, how to open, how to send an exact number of bytes.
 * Every door gives the bytes that were accepted, or a negative errno.
 */
#ifndef TESTS_DOOR_H
#define TESTS_DOOR_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	BUFFER = 4 << 20,
	CHUNK = 10000,
	DATAGRAM = 1000,
	SECOND_PORT = 1, /* MPTCP listens one above */
};

struct target {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
	socklen_t to_len;
	uint16_t port;
	const char *dev;    /* towards the peer */
	uint64_t *received; /* where a peer inside this program counts; shared memory */
	uint64_t *carried;  /* by MPTCP's subflow, each byte of it once; 0 = not known; shared */
};

struct door {
	const char *name;
	int (*open)(const struct target *t); /* a descriptor, or a negative errno */
	long (*send)(int fd, const struct target *t, long size);
	bool alone; /* one process and one thread: the door is a sequence */
};

static char bytes[BUFFER];

static inline long least(long a, long b)
{
	return a < b ? a : b;
}

/* Sends until `size` is accepted, at most `each` a call. */
typedef ssize_t (*one_fn)(int fd, const struct target *t, size_t len);

static inline long pump(int fd, const struct target *t, long size, long each, one_fn one)
{
	long sent = 0;

	while (sent < size) {
		ssize_t n = one(fd, t, (size_t)least(each, size - sent));

		if (n < 0)
			return -errno;
		sent += n;
	}
	return sent;
}

static inline ssize_t one_send(int fd, const struct target *t, size_t len)
{
	(void)t;
	return send(fd, bytes, len, MSG_NOSIGNAL);
}

static inline ssize_t one_sendto(int fd, const struct target *t, size_t len)
{
	return sendto(fd, bytes, len, MSG_NOSIGNAL, &t->to.any, t->to_len);
}

/* A file of that many zeroes, without a name. */
static inline int file_of(long size)
{
	int fd = memfd_create("doors", MFD_CLOEXEC);

	return fd < 0 || ftruncate(fd, size) ? -errno : fd;
}

#endif
