/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Linux AIO: what a request of io_submit() will read. Its result appears in memory that
 * the program shares with the kernel, and may be taken from there without a call, so
 * what counts is what was asked for, cut at the end of the file: exact but for requests
 * that fail later.
 */
#ifndef EGRESS_FILE_AIO_H
#define EGRESS_FILE_AIO_H

#include "compat.h"

#define IOCB_CMD_PREAD 0
#define IOCB_CMD_PREADV 7
#define AIO_REQUESTS 64 /* looked at in one call; servers submit up to a few dozen */
#define AIO_VECTORS 8   /* of one request */

/* User ABI. */
struct iocb {
	u64 data;
	u32 key, rw_flags;
	u16 opcode;
	u16 priority;
	u32 fd;
	u64 buf, bytes;
	long long offset;
};
struct user_iovec {
	u64 base, len;
};

/* Bytes of a vectored request; -1: memory that cannot be looked at, or too many parts. */
static __always_inline long long aio_vector_bytes(const struct iocb *cb)
{
	struct user_iovec v = {};
	long long sum = 0;

	if (cb->bytes > AIO_VECTORS)
		return -1;
	for (u32 i = 0; i < AIO_VECTORS && i < cb->bytes; i++) {
		if (bpf_probe_read_user(&v, sizeof(v), (void *)(cb->buf + i * sizeof(v))))
			return -1;
		sum += v.len;
	}
	return sum;
}

/* What it will return; 0: no read, or nothing there; -1 as above. */
static __always_inline long long aio_bytes(const struct iocb *cb, struct file *file)
{
	long long size = BPF_CORE_READ(file, f_inode, i_size), bytes;

	if (cb->offset < 0 || cb->offset >= size)
		return 0;
	bytes = cb->opcode == IOCB_CMD_PREADV ? aio_vector_bytes(cb) : (long long)cb->bytes;
	return bytes > size - cb->offset ? size - cb->offset : bytes;
}

#endif
