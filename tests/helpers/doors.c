/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends an exact number of bytes through one door that Python has no call for:
 *
 *   doors DOOR ADDR PORT BYTES    prints `sent N` (or `cannot REASON`), then waits for a
 *                                 line on standard input
 *
 * Every door gives the bytes that were accepted, or a negative errno.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/tls.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "ring.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

enum {
	CHUNK = 10000,
	DATAGRAM = 1000,
	TLS_RECORD = 16384,
	TLS_OVERHEAD = 29, /* header 5, nonce 8, tag 16 */
	FRAME = 2048,
	FRAMES = 8,
	FRAME_BYTES = 1000,
};

struct target {
	struct sockaddr_in to;
	long size;
};

static char bytes[1 << 16];

static long least(long a, long b)
{
	return a < b ? a : b;
}

static int tcp_to(const struct target *t)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || connect(fd, (const struct sockaddr *)&t->to, sizeof(t->to)) ? -errno : fd;
}

/* --- system calls ---------------------------------------------------------- */

static long sendmmsg_all(int fd, long size, long each)
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

static long tcp_mmsg(const struct target *t)
{
	int fd = tcp_to(t);

	return fd < 0 ? fd : sendmmsg_all(fd, t->size, CHUNK);
}

static long udp_mmsg(const struct target *t)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&t->to, sizeof(t->to)))
		return -errno;
	return sendmmsg_all(fd, t->size, DATAGRAM);
}

static long tcp_pwritev2(const struct target *t)
{
	int fd = tcp_to(t);
	long sent = 0;

	while (fd >= 0 && sent < t->size) {
		struct iovec iov = { bytes, (size_t)least(CHUNK, t->size - sent) };
		ssize_t n = pwritev2(fd, &iov, 1, -1, 0);

		if (n < 0)
			return -errno;
		sent += n;
	}
	return fd < 0 ? fd : sent;
}

/* Held back until the last piece: many calls, few packets. */
static long tcp_more(const struct target *t)
{
	int fd = tcp_to(t);
	long sent = 0;

	while (fd >= 0 && sent < t->size) {
		long left = t->size - sent;
		ssize_t n = send(fd, bytes, (size_t)least(333, left), left > 333 ? MSG_MORE : 0);

		if (n < 0)
			return -errno;
		sent += n;
	}
	return fd < 0 ? fd : sent;
}

/* Data goes out with the SYN, if the peer gave a cookie before; in any case once. */
static long tcp_fastopen(const struct target *t)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long sent = 0;

	while (sent < t->size) {
		ssize_t n = sendto(fd, bytes, (size_t)least(1000, t->size - sent),
				   sent ? 0 : MSG_FASTOPEN, (const struct sockaddr *)&t->to,
				   sizeof(t->to));

		if (n < 0)
			return -errno;
		sent += n;
	}
	return sent;
}

/* User pages into a pipe, doubled into a second pipe, and both into the socket. */
static long tcp_vmsplice_tee(const struct target *t)
{
	int a[2], b[2], fd = tcp_to(t);
	long sent = 0;

	if (fd < 0 || pipe(a) || pipe(b))
		return fd < 0 ? fd : -errno;
	while (sent < t->size) {
		struct iovec iov = { bytes, (size_t)least(4096, (t->size - sent + 1) / 2) };
		ssize_t n = vmsplice(a[1], &iov, 1, 0), m = tee(a[0], b[1], (size_t)n, 0);

		if (n < 0 || m != n || splice(a[0], NULL, fd, NULL, (size_t)n, 0) != n ||
		    splice(b[0], NULL, fd, NULL, (size_t)m, 0) != m)
			return -EIO;
		sent += 2 * n;
	}
	return sent;
}

/* One record a call, so that what leaves is known: the records, not the plain text. */
static long tcp_ktls(const struct target *t)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info = { .version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 }
	};
	int fd = tcp_to(t);
	long sent = 0;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)))
		return -errno;
	for (long plain = 0; plain < t->size; plain += TLS_RECORD) {
		ssize_t n = send(fd, bytes, (size_t)least(TLS_RECORD, t->size - plain), 0);

		if (n < 0)
			return -errno;
		sent += n + TLS_OVERHEAD;
	}
	return sent;
}

/* Frames in shared memory; one empty send() pushes them all. */
static long packet_ring(const struct target *t)
{
	struct tpacket_req req = { .tp_block_size = FRAME * FRAMES,
				   .tp_block_nr = 1,
				   .tp_frame_size = FRAME,
				   .tp_frame_nr = FRAMES };
	struct sockaddr_ll lo = { .sll_family = AF_PACKET, .sll_ifindex = 1 };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	long sent = 0;
	char *ring;

	if (fd < 0 || bind(fd, (struct sockaddr *)&lo, sizeof(lo)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)))
		return -errno;
	ring = mmap(NULL, FRAME * FRAMES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return -errno;
	while (sent < t->size) {
		ssize_t n;

		for (int i = 0; i < FRAMES; i++) {
			struct tpacket_hdr *h = (struct tpacket_hdr *)(ring + i * FRAME);
			struct ether_header *e =
				(void *)((char *)h + TPACKET_HDRLEN - sizeof(struct sockaddr_ll));

			e->ether_type = htons(0x88b5); /* for experiments */
			h->tp_len = FRAME_BYTES;
			h->tp_status = TP_STATUS_SEND_REQUEST;
		}
		n = send(fd, NULL, 0, 0);
		if (n <= 0)
			return n ? -errno : -EIO;
		sent += n;
	}
	return sent;
}

/* --- io_uring -------------------------------------------------------------- */

static long uring(const struct target *t, unsigned int opcode, unsigned int setup,
		  unsigned int sqe_flags)
{
	int fd = tcp_to(t), pipe_fd[2], r;
	struct ring ring = { .fd = -1 };
	long sent = 0;

	if (fd < 0 || pipe(pipe_fd))
		return fd < 0 ? fd : -errno;
	r = ring_open(&ring, setup);
	while (r >= 0 && sent < t->size) {
		size_t len = (size_t)least(CHUNK, t->size - sent);
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
	return r < 0 ? r : sent;
}

static const struct door {
	const char *name;
	long (*send)(const struct target *t);
	unsigned int opcode, setup, flags; /* without a function: io_uring */
} doors[] = {
	{ "tcp_mmsg", tcp_mmsg, 0, 0, 0 },
	{ "tcp_pwritev2", tcp_pwritev2, 0, 0, 0 },
	{ "tcp_more", tcp_more, 0, 0, 0 },
	{ "tcp_fastopen", tcp_fastopen, 0, 0, 0 },
	{ "tcp_vmsplice_tee", tcp_vmsplice_tee, 0, 0, 0 },
	{ "tcp_ktls", tcp_ktls, 0, 0, 0 },
	{ "udp_mmsg", udp_mmsg, 0, 0, 0 },
	{ "packet_ring", packet_ring, 0, 0, 0 },
	{ "uring_send", NULL, IORING_OP_SEND, 0, 0 },
	{ "uring_send_async", NULL, IORING_OP_SEND, 0, IOSQE_ASYNC },
	{ "uring_send_sqpoll", NULL, IORING_OP_SEND, IORING_SETUP_SQPOLL, 0 },
	{ "uring_sendmsg", NULL, IORING_OP_SENDMSG, 0, 0 },
	{ "uring_write", NULL, IORING_OP_WRITE, 0, 0 },
	{ "uring_writev", NULL, IORING_OP_WRITEV, 0, 0 },
	{ "uring_splice", NULL, IORING_OP_SPLICE, 0, 0 },
	{ "uring_send_zc", NULL, IORING_OP_SEND_ZC, 0, 0 },
	{ "uring_sendmsg_zc", NULL, IORING_OP_SENDMSG_ZC, 0, 0 },
};

int main(int argc, char **argv)
{
	struct target t = { .to = { .sin_family = AF_INET } };
	long sent = -ENOSYS;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &t.to.sin_addr) != 1) {
		fprintf(stderr, "usage: doors DOOR ADDR PORT BYTES\n");
		return 2;
	}
	t.to.sin_port = htons((uint16_t)atoi(argv[3]));
	t.size = atol(argv[4]);
	for (size_t i = 0; i < sizeof(doors) / sizeof(*doors); i++) {
		const struct door *d = &doors[i];

		if (!strcmp(d->name, argv[1]))
			sent = d->send ? d->send(&t) : uring(&t, d->opcode, d->setup, d->flags);
	}
	if (sent < 0)
		printf("cannot [Errno %ld] %s\n", -sent, strerror((int)-sent));
	else
		printf("sent %ld\n", sent);
	(void)fflush(stdout);
	(void)getchar();
	return 0;
}
