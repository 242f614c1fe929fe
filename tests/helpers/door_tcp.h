/* SPDX-License-Identifier: Apache-2.0
 *
 * Doors of TCP, MPTCP, kTLS and SCTP.
 */
#ifndef TESTS_DOOR_TCP_H
#define TESTS_DOOR_TCP_H

#include <linux/errqueue.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>

#include "door.h"

#ifndef SOL_TLS
#define SOL_TLS 282
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

static int sctp_open(const struct target *t)
{
	return stream_open(t, IPPROTO_SCTP);
}

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
	struct linger hard = { 1, 0 };
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
	if (connect(fd, &none, sizeof(none)) || connect(fd, &t->to.any, t->to_len))
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

/* --- MPTCP: repeats on the level above the subflows are new bytes to them -------- */

/* The kernel's struct mptcp_info as of 6.5; shorter before. */
struct mptcp_state {
	uint8_t counts[8];
	uint32_t flags, token;
	uint64_t write_seq, snd_una, rcv_nxt;
	uint8_t more[4];
	uint32_t retransmits;
	uint64_t bytes_retrans, bytes_sent, bytes_received, bytes_acked;
};

/* Waits until the peer has acknowledged all, then notes the repeats. */
static long mptcp_finish(int fd, const struct target *t, long sent)
{
	struct mptcp_state s;
	socklen_t len;

	do {
		len = sizeof(s);
		if (getsockopt(fd, SOL_MPTCP, MPTCP_INFO_OPTION, &s, &len)) {
			*t->again = -1;
			return sent;
		}
	} while (s.snd_una != s.write_seq && !usleep(1000));
	*t->again = len >= sizeof(s) ? (int64_t)s.bytes_retrans : -1;
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
