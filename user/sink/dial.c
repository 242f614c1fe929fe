/* SPDX-License-Identifier: Apache-2.0
 *
 * Client connections; see dial.h.
 */
#include "sink/dial.h"

#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sink/tls.h"

enum { TLS_VERDICT_MS = 300 }; /* time for an alert after a TLS 1.3 handshake */

struct dial {
	int fd;
	struct tls *tls;
};

void dial_close(struct dial *d)
{
	if (!d)
		return;
	tls_close(d->tls);
	if (d->fd >= 0)
		close(d->fd);
	free(d);
}

/* "[::1]:6514" and "host:6514" in two. */
static int split_address(const char *address, char host[256], char port[16])
{
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (!colon || !colon[1] || strlen(colon + 1) >= 16 || len >= 256)
		return -EINVAL;
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	memcpy(host, address, len);
	host[len] = '\0';
	(void)snprintf(port, 16, "%s", colon + 1);
	return 0;
}

static int wait_for(int fd, short what, uint32_t timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = what };
	int n;

	do
		n = poll(&p, 1, (int)timeout_ms);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

static int connect_one(const struct addrinfo *a, uint32_t timeout_ms, int *ret_fd)
{
	_cleanup_close_ int fd =
		socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	const struct timeval wait = { .tv_sec = timeout_ms / 1000,
				      .tv_usec = (timeout_ms % 1000) * 1000 };
	int error = 0, on = 1, r;
	socklen_t len = sizeof(error);

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		r = wait_for(fd, POLLOUT, timeout_ms);
		if (r < 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			return -errno;
		if (error)
			return -error;
	}
	if (fcntl(fd, F_SETFL, 0) < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int connect_any(const struct dial_options *o, const char *host, const char *port,
		       int *ret_fd, char *why, size_t size)
{
	const struct addrinfo hints = { .ai_socktype = o->datagram ? SOCK_DGRAM : SOCK_STREAM };
	struct addrinfo *list;
	int r = getaddrinfo(host, port, &hints, &list);

	if (r != 0) {
		(void)snprintf(why, size, "%s: %s", o->address, gai_strerror(r));
		return -EHOSTUNREACH;
	}
	r = -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a && r < 0; a = a->ai_next)
		r = connect_one(a, o->timeout_ms, ret_fd);
	freeaddrinfo(list);
	if (r < 0)
		(void)snprintf(why, size, "%s: %s", o->address, strerror(-r));
	return r;
}

/* With TLS 1.3 the peer's verdict on our certificate comes after the handshake. */
static int handshake(struct dial *d, const struct dial_options *o, const char *host, char *why,
		     size_t size)
{
	int r = tls_open(d->fd, o, host, &d->tls, why, size);

	if (r < 0 || !o->cert)
		return r;
	if (wait_for(d->fd, POLLIN, TLS_VERDICT_MS) == 0 && dial_check(d) < 0) {
		tls_why(d->tls, o, why, size);
		return -EPROTO;
	}
	return 0;
}

int dial_open(const struct dial_options *o, struct dial **ret, char *why, size_t size)
{
	struct dial *d = calloc(1, sizeof(*d));
	char host[256], port[16];
	int r = d ? split_address(o->address, host, port) : -ENOMEM;

	if (d)
		d->fd = -1;
	if (r < 0)
		(void)snprintf(why, size, "%s: %s", o->address, strerror(-r));
	else
		r = connect_any(o, host, port, &d->fd, why, size);
	if (r == 0 && o->tls)
		r = handshake(d, o, host, why, size);
	if (r == 0)
		*ret = d;
	else
		dial_close(d);
	return r;
}

/* Plain: as send(); interrupted calls go on. */
static ssize_t write_plain(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = send(fd, data, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	return n == 0 ? -ECONNRESET : errno == EAGAIN ? -ETIMEDOUT : -errno;
}

int dial_write(struct dial *d, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = d->tls ? tls_write(d->tls, p, len) : write_plain(d->fd, p, len);

		if (n < 0)
			return (int)n;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Takes what has come without waiting. 0 = nothing, alive. */
static int drain(struct dial *d)
{
	char chunk[512];
	ssize_t n;

	if (wait_for(d->fd, POLLIN, 0) < 0)
		return 0;
	if (d->tls)
		return tls_drain(d->tls);
	n = recv(d->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	return n > 0 || (n < 0 && errno == EAGAIN) ? 0 : n < 0 ? -errno : -ECONNRESET;
}

int dial_check(struct dial *d)
{
	int unsent = 0, r = drain(d);

	if (r < 0)
		return r;
	if (ioctl(d->fd, SIOCOUTQ, &unsent) < 0)
		return -errno;
	return unsent ? -EAGAIN : 0;
}
