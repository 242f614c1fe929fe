/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls by which bytes enter a stream (and some of them a datagram) socket.
 */
#ifndef TESTS_DOOR_STREAM_H
#define TESTS_DOOR_STREAM_H

#include <sys/sendfile.h>

#include "door.h"

static long tcp_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, BUFFER, one_send);
}

static long tcp_sendto(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, CHUNK, one_sendto);
}

static long sctp_send(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, DATAGRAM, one_send);
}

static ssize_t one_write(int fd, const struct target *t, size_t len)
{
	(void)t;
	return write(fd, bytes, len);
}

static long tcp_write(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, CHUNK, one_write);
}

static ssize_t one_writev(int fd, const struct target *t, size_t len)
{
	struct iovec iov[2] = { { bytes, len / 2 }, { bytes, len - len / 2 } };

	(void)t;
	return writev(fd, iov, 2);
}

static long tcp_writev(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, CHUNK, one_writev);
}

static ssize_t one_sendmsg(int fd, const struct target *t, size_t len)
{
	struct iovec iov[2] = { { bytes, len / 3 }, { bytes, len - len / 3 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	(void)t;
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static long tcp_sendmsg(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, CHUNK, one_sendmsg);
}

static ssize_t one_pwritev2(int fd, const struct target *t, size_t len)
{
	struct iovec iov = { bytes, len };

	(void)t;
	return pwritev2(fd, &iov, 1, -1, 0);
}

static long tcp_pwritev2(int fd, const struct target *t, long size)
{
	return pump(fd, t, size, CHUNK, one_pwritev2);
}

static long mmsg_all(int fd, long size, long each)
{
	struct iovec iov[2] = { { .iov_base = bytes }, { .iov_base = bytes } };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
				{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } } };
	long sent = 0;

	while (sent < size) {
		int n;

		iov[0].iov_len = (size_t)least(each, size - sent);
		iov[1].iov_len = (size_t)least(each, size - sent - (long)iov[0].iov_len);
		n = sendmmsg(fd, m, iov[1].iov_len ? 2 : 1, 0);
		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++)
			sent += m[i].msg_len;
	}
	return sent;
}

static long tcp_sendmmsg(int fd, const struct target *t, long size)
{
	(void)t;
	return mmsg_all(fd, size, CHUNK);
}

/* Also for UDP and AF_UNIX: at most `each` a call. */
static long sendfile_all(int fd, long size, size_t each)
{
	int file = file_of(size);
	off_t at = 0;

	while (file >= 0 && at < size) {
		size_t left = (size_t)(size - at);

		if (sendfile(fd, file, &at, left < each ? left : each) < 0)
			return -errno;
	}
	if (file >= 0)
		close(file);
	return file < 0 ? file : (long)at;
}

static long tcp_sendfile(int fd, const struct target *t, long size)
{
	(void)t;
	return sendfile_all(fd, size, BUFFER);
}

/* File to pipe to socket. */
static long tcp_splice(int fd, const struct target *t, long size)
{
	int file = file_of(size), p[2];
	long sent = 0;

	(void)t;
	if (file < 0 || pipe(p))
		return -errno;
	while (sent < size) {
		ssize_t n = splice(file, NULL, p[1], NULL, (size_t)least(65536, size - sent), 0);

		while (n > 0) {
			ssize_t m = splice(p[0], NULL, fd, NULL, (size_t)n, 0);

			if (m <= 0)
				return m ? -errno : -EIO;
			n -= m;
			sent += m;
		}
		if (n < 0)
			return -errno;
	}
	close(p[0]);
	close(p[1]);
	close(file);
	return sent;
}

/* User pages into a pipe, doubled into a second pipe, and both into the socket. */
static long tcp_vmsplice_tee(int fd, const struct target *t, long size)
{
	int a[2], b[2];
	long sent = 0;

	(void)t;
	if (pipe(a) || pipe(b))
		return -errno;
	while (sent < size) {
		struct iovec iov = { bytes, (size_t)least(4096, (size - sent + 1) / 2) };
		ssize_t n = vmsplice(a[1], &iov, 1, 0), m = tee(a[0], b[1], (size_t)n, 0);

		if (n < 0 || m != n || splice(a[0], NULL, fd, NULL, (size_t)n, 0) != n ||
		    splice(b[0], NULL, fd, NULL, (size_t)m, 0) != m)
			return -EIO;
		sent += 2 * n;
	}
	return sent;
}

static ssize_t one_zerocopy(int fd, const struct target *t, size_t len)
{
	ssize_t n = send(fd, bytes, len, MSG_ZEROCOPY | MSG_NOSIGNAL);

	(void)t;
	if (n < 0 && errno == ENOBUFS) { /* completions wait to be read */
		char control[128];
		struct msghdr m = { .msg_control = control, .msg_controllen = sizeof(control) };

		(void)recvmsg(fd, &m, MSG_ERRQUEUE);
		return 0;
	}
	return n;
}

static long zerocopy(int fd, const struct target *t, long size, long each)
{
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		return -errno;
	return pump(fd, t, size, each, one_zerocopy);
}

static long tcp_zerocopy(int fd, const struct target *t, long size)
{
	return zerocopy(fd, t, size, 100000);
}

#endif
