/* SPDX-License-Identifier: Apache-2.0
 *
 * Doors of io_uring: one operation at a time, each thread and process with a ring of
 * its own.
 */
#ifndef TESTS_DOOR_URING_H
#define TESTS_DOOR_URING_H

#include "door.h"
#include "ring.h"

static inline long uring_all(int fd, long size, long each, unsigned int opcode, unsigned int setup,
			     unsigned int sqe_flags)
{
	struct ring ring = { .fd = -1 };
	int r = ring_open(&ring, setup), pipe_fd[2];
	long sent = 0;

	if (pipe(pipe_fd))
		return -errno;
	while (r >= 0 && sent < size) {
		size_t len = (size_t)least(each, size - sent);
		struct iovec iov = { bytes, len };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		struct io_uring_sqe sqe = { .opcode = (uint8_t)opcode,
					    .flags = (uint8_t)sqe_flags,
					    .fd = fd,
					    .addr = (uintptr_t)bytes,
					    .len = (uint32_t)len };

		if (opcode == IORING_OP_SENDMSG || opcode == IORING_OP_SENDMSG_ZC) {
			sqe.addr = (uintptr_t)&msg;
			sqe.len = 1;
		} else if (opcode == IORING_OP_WRITEV) {
			sqe.addr = (uintptr_t)&iov;
			sqe.len = 1;
		} else if (opcode == IORING_OP_SPLICE) {
			if (write(pipe_fd[1], bytes, len) != (ssize_t)len)
				return -EIO;
			sqe.splice_fd_in = pipe_fd[0];
			sqe.splice_off_in = (uint64_t)-1;
			sqe.off = (uint64_t)-1;
		}
		r = ring_run(&ring, &sqe);
		sent += r > 0 ? r : 0;
	}
	close(ring.fd); /* ends a polling thread */
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	return r < 0 ? r : sent;
}

#define URING(name, opcode, each, setup, flags)                                     \
	static long name(int fd, const struct target *t, long size)                 \
	{                                                                           \
		(void)t;                                                            \
		return uring_all(fd, size, each, IORING_OP_##opcode, setup, flags); \
	}

URING(uring_send, SEND, CHUNK, 0, 0)
URING(uring_send_async, SEND, CHUNK, 0, IOSQE_ASYNC)
URING(uring_send_sqpoll, SEND, CHUNK, IORING_SETUP_SQPOLL, 0)
URING(uring_sendmsg, SENDMSG, CHUNK, 0, 0)
URING(uring_sendmsg_async, SENDMSG, CHUNK, 0, IOSQE_ASYNC)
URING(uring_sendmsg_sqpoll, SENDMSG, CHUNK, IORING_SETUP_SQPOLL, 0)
URING(uring_write, WRITE, CHUNK, 0, 0)
URING(uring_write_async, WRITE, CHUNK, 0, IOSQE_ASYNC)
URING(uring_write_sqpoll, WRITE, CHUNK, IORING_SETUP_SQPOLL, 0)
URING(uring_writev, WRITEV, CHUNK, 0, 0)
URING(uring_splice, SPLICE, CHUNK, 0, 0)
URING(uring_splice_async, SPLICE, CHUNK, 0, IOSQE_ASYNC)
URING(uring_send_zc, SEND_ZC, CHUNK, 0, 0)
URING(uring_send_zc_async, SEND_ZC, CHUNK, 0, IOSQE_ASYNC)
URING(uring_send_zc_sqpoll, SEND_ZC, CHUNK, IORING_SETUP_SQPOLL, 0)
URING(uring_sendmsg_zc, SENDMSG_ZC, CHUNK, 0, 0)
URING(uring_datagrams, SENDMSG, DATAGRAM, 0, 0)
URING(uring_datagrams_zc, SEND_ZC, DATAGRAM, 0, 0)

#endif
