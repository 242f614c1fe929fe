/* SPDX-License-Identifier: Apache-2.0
 *
 * Doors to this host: AF_UNIX and AF_VSOCK. The receiver is a process of its own that
 * counts what arrives in shared memory: the second truth.
 */
#ifndef TESTS_DOOR_LOCAL_H
#define TESTS_DOOR_LOCAL_H

#include <linux/vm_sockets.h>

#include "door_tcp.h"

#ifndef VMADDR_CID_LOCAL
#define VMADDR_CID_LOCAL 1
#endif

/* Reads from `peer` until the last sender has closed. */
static inline int receiver_start(int fd, int peer, const struct target *t)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid) {
		close(peer);
		return fd;
	}
	for (close(fd);;) {
		ssize_t n = recv(peer, bytes, sizeof(bytes), 0);

		if (n <= 0)
			_exit(0);
		__atomic_add_fetch(t->received, (uint64_t)n, __ATOMIC_SEQ_CST);
	}
}

static inline int unix_open(const struct target *t, int type)
{
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair))
		return -errno;
	return receiver_start(pair[0], pair[1], t);
}

static int unix_stream(const struct target *t)
{
	return unix_open(t, SOCK_STREAM);
}

static int unix_dgram(const struct target *t)
{
	return unix_open(t, SOCK_DGRAM);
}

static int unix_seqpacket(const struct target *t)
{
	return unix_open(t, SOCK_SEQPACKET);
}

static int vsock_open(const struct target *t)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = t->port };
	int listener = socket(AF_VSOCK, SOCK_STREAM, 0), fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	int peer;

	if (fd < 0 || listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(listener, 1) || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return -errno;
	peer = accept(listener, NULL, NULL);
	if (peer < 0)
		return -errno;
	close(listener);
	return receiver_start(fd, peer, t);
}

static long unix_sendfile(int fd, const struct target *t, long size)
{
	(void)t;
	return sendfile_all(fd, size, CHUNK);
}

static long unix_datagrams(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_send);
}

#endif
