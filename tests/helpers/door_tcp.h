/* SPDX-License-Identifier: Apache-2.0
 *
 * Doors of TCP, MPTCP, kTLS and SCTP.
 */
#ifndef TESTS_DOOR_TCP_H
#define TESTS_DOOR_TCP_H

#include <linux/tls.h>
#include <netinet/tcp.h>

#include "door_stream.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum {
	TLS_RECORD = 16384,
	TLS_OVERHEAD = 29, /* header 5, nonce 8, tag 16 */
	MPTCP_INFO_OPTION = 1,
	MPTCP_TCPINFO_OPTION = 2,
	MANY_BYTES = 100, /* by each of many sockets */
};

static inline int stream_open(const struct target *t, int proto)
{
	int fd = socket(t->to.any.sa_family, SOCK_STREAM, proto);

	return fd < 0 || connect(fd, &t->to.any, t->to_len) ? -errno : fd;
}

static int tcp_open(const struct target *t)
{
	return stream_open(t, 0);
}

static int tcp_unconnected(const struct target *t)
{
	int fd = socket(t->to.any.sa_family, SOCK_STREAM, 0);

	return fd < 0 ? -errno : fd;
}

static int mptcp_open(const struct target *t)
{
	struct target second = *t;

	second.to.v4.sin_port = htons(t->port + SECOND_PORT); /* where IPv6 has it, too */
	return stream_open(&second, IPPROTO_MPTCP);
}

/* A socket of its own family, over TCP where the peer does not speak SMC: then the kernel's
 * connection takes the place of the program's. */
static int smc_open(const struct target *t)
{
	int fd = socket(AF_SMC, SOCK_STREAM, 0);

	return fd < 0 || connect(fd, &t->to.any, t->to_len) ? -errno : fd;
}

static int sctp_open(const struct target *t)
{
	return stream_open(t, IPPROTO_SCTP);
}

/* Asks for far more than is accepted, again and again; what was accepted counts. */
static long tcp_nonblocking(int fd, const struct target *t, long size)
{
	long sent = 0;

	(void)t;
	while (sent < size) {
		ssize_t n = send(fd, bytes, (size_t)least(BUFFER, size - sent),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return -errno;
		sent += n > 0 ? n : 0;
	}
	return sent;
}

/* Held back until the last piece: many calls, few packets. */
static long tcp_more(int fd, const struct target *t, long size)
{
	long sent = 0;

	(void)t;
	while (sent < size) {
		long left = size - sent;
		ssize_t n = send(fd, bytes, (size_t)least(333, left), left > 333 ? MSG_MORE : 0);

		if (n < 0)
			return -errno;
		sent += n;
	}
	return sent;
}

static long tcp_cork(int fd, const struct target *t, long size)
{
	int on = 1, off = 0;
	long sent;

	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
	sent = pump(fd, t, size, 777, one_send);
	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
	return sent;
}

/* The first bytes go out with the SYN. */
static long tcp_fastopen(int fd, const struct target *t, long size)
{
	long sent = 0;

	while (sent < size) {
		ssize_t n = sendto(fd, bytes, (size_t)least(1000, size - sent),
				   sent ? 0 : MSG_FASTOPEN, &t->to.any, t->to_len);

		if (n < 0)
			return -errno;
		sent += n;
	}
	return sent;
}

/* One socket, two lives: tcp_disconnect() takes its counters back to zero. */
static long tcp_reconnect(int fd, const struct target *t, long size)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct linger hard = { 1, 0 }, soft = { 0, 0 };
	long sent = pump(fd, t, size / 2, CHUNK, one_send);
	struct tcp_info info;
	socklen_t len;

	if (sent < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)))
		return -errno;
	do { /* all of it is there */
		len = sizeof(info);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
			return -errno;
	} while (info.tcpi_unacked);
	usleep(20000); /* and read: what a reset finds unread is thrown away */
	if (connect(fd, &none, sizeof(none)) || connect(fd, &t->to.any, t->to_len) ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &soft, sizeof(soft)))
		return -errno;
	return sent + pump(fd, t, size - sent, CHUNK, one_send);
}

/* Writes to a socket that is shut: nothing leaves. */
static long tcp_broken(int fd, const struct target *t, long size)
{
	(void)t;
	if (shutdown(fd, SHUT_WR))
		return -errno;
	if (send(fd, bytes, (size_t)size, MSG_NOSIGNAL) >= 0 || errno != EPIPE)
		return -EIO;
	return 0;
}

/* Very many sockets at once, each sends a little. They stay open. */
static long tcp_many(int fd, const struct target *t, long size)
{
	long sent = 0;

	for (close(fd); sent < size; sent += MANY_BYTES) {
		fd = tcp_open(t);
		if (fd < 0)
			return fd;
		if (send(fd, bytes, MANY_BYTES, 0) != MANY_BYTES)
			return -errno;
	}
	return sent;
}

/* --- MPTCP: what it gives to a subflow again is new there --------------------------- */

/* The beginning of the kernel's struct mptcp_info. */
struct mptcp_state {
	uint8_t counts[8];
	uint32_t flags, token;
	uint64_t write_seq, snd_una;
};

/* What MPTCP_TCPINFO fills in for a socket of one subflow. */
struct mptcp_subflow {
	uint32_t size_head, subflows, size_kernel, size_each;
	uint8_t earlier[200]; /* of struct tcp_info */
	uint64_t bytes_sent, bytes_retrans;
};

/* Several senders of one socket: the last one to look has seen it all. */
static void raise_to(uint64_t *to, uint64_t value)
{
	uint64_t now = __atomic_load_n(to, __ATOMIC_SEQ_CST);

	while (now < value && !__atomic_compare_exchange_n(to, &now, value, false, __ATOMIC_SEQ_CST,
							   __ATOMIC_SEQ_CST))
		;
}

/* Waits until the peer has acknowledged all, then notes what the subflow sent, each byte of
 * it once. Beyond what was accepted: repeats, and probes of a window that was closed. */
static long mptcp_finish(int fd, const struct target *t, long sent)
{
	struct mptcp_subflow f = { .size_head = offsetof(struct mptcp_subflow, earlier),
				   .size_each =
					   sizeof(f) - offsetof(struct mptcp_subflow, earlier) };
	struct mptcp_state s;
	socklen_t len;

	do {
		len = sizeof(s);
		if (getsockopt(fd, SOL_MPTCP, MPTCP_INFO_OPTION, &s, &len))
			return sent;
	} while (s.snd_una != s.write_seq && !usleep(1000));
	len = sizeof(f);
	if (!getsockopt(fd, SOL_MPTCP, MPTCP_TCPINFO_OPTION, &f, &len) && f.subflows == 1)
		raise_to(t->carried, f.bytes_sent - f.bytes_retrans);
	return sent;
}

static long mptcp_send(int fd, const struct target *t, long size)
{
	long sent = tcp_send(fd, t, size);

	return sent < 0 ? sent : mptcp_finish(fd, t, sent);
}

static long mptcp_sendfile(int fd, const struct target *t, long size)
{
	long sent = tcp_sendfile(fd, t, size);

	return sent < 0 ? sent : mptcp_finish(fd, t, sent);
}

/* --- kTLS: what leaves is known, the records and not the plain text ---------- */

static int ktls_open(const struct target *t)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info = { .version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 }
	};
	int fd = tcp_open(t);

	if (fd < 0)
		return fd;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)))
		return -errno;
	return fd;
}

/* One record a call. */
static long ktls_send(int fd, const struct target *t, long size)
{
	long sent = 0;

	(void)t;
	for (long plain = 0; plain < size; plain += TLS_RECORD) {
		ssize_t n = send(fd, bytes, (size_t)least(TLS_RECORD, size - plain), 0);

		if (n < 0)
			return -errno;
		sent += n + TLS_OVERHEAD;
	}
	return sent;
}

static long ktls_sendfile(int fd, const struct target *t, long size)
{
	long sent = 0;

	(void)t;
	for (long plain = 0; plain < size; plain += TLS_RECORD) {
		long n = sendfile_all(fd, least(TLS_RECORD, size - plain), TLS_RECORD);

		if (n < 0)
			return n;
		sent += n + TLS_OVERHEAD;
	}
	return sent;
}

#endif
