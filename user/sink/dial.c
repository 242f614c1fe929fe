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
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

enum { TLS_VERDICT_MS = 300 }; /* time for an alert after a TLS 1.3 handshake */

struct dial {
	int fd;
	SSL *ssl;
	SSL_CTX *ctx;
};

void dial_close(struct dial *d)
{
	if (!d)
		return;
	SSL_free(d->ssl);
	SSL_CTX_free(d->ctx);
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

static int use_authorities(SSL_CTX *ctx, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert;
	int n = 0;

	while (bio && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert);
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	return n > 0 ? 0 : -EINVAL;
}

/* The first certificate is ours, the rest its chain. */
static int use_certificate(SSL_CTX *ctx, const char *cert_pem, const char *key_pem)
{
	BIO *certs = BIO_new_mem_buf(cert_pem, -1), *keys = BIO_new_mem_buf(key_pem, -1);
	X509 *cert = certs ? PEM_read_bio_X509(certs, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = keys ? PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL) : NULL;
	int ok = cert && key && SSL_CTX_use_certificate(ctx, cert) == 1 &&
		 SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;
	X509 *more;

	while (ok && (more = PEM_read_bio_X509(certs, NULL, NULL, NULL)))
		if (SSL_CTX_add0_chain_cert(ctx, more) != 1)
			X509_free(more);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(certs);
	BIO_free(keys);
	ERR_clear_error();
	return ok ? 0 : -EINVAL;
}

static int prepare(struct dial *d, const struct dial_options *o, const char *host, char *why,
		   size_t size)
{
	const char *name = o->server_name ? o->server_name : host;
	struct in6_addr ip;
	char sni[256]; /* OpenSSL's macro casts const away */
	int ok;

	d->ctx = SSL_CTX_new(TLS_client_method());
	if (!d->ctx || SSL_CTX_set_min_proto_version(d->ctx, TLS1_2_VERSION) != 1)
		return -ENOMEM;
	/* A session ticket is read without waiting for data behind it. */
	SSL_CTX_clear_mode(d->ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_verify(d->ctx, o->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (o->ca ? use_authorities(d->ctx, o->ca) < 0
		  : SSL_CTX_set_default_verify_paths(d->ctx) != 1) {
		(void)snprintf(why, size, "ca_file holds no certificate");
		return -EINVAL;
	}
	if (o->cert && use_certificate(d->ctx, o->cert, o->key ? o->key : "") < 0) {
		(void)snprintf(why, size, "cert_file and key_file do not belong together");
		return -EINVAL;
	}
	d->ssl = SSL_new(d->ctx);
	if (!d->ssl || SSL_set_fd(d->ssl, d->fd) != 1)
		return -ENOMEM;
	(void)snprintf(sni, sizeof(sni), "%s", name);
	ok = inet_pton(AF_INET, name, &ip) == 1 || inet_pton(AF_INET6, name, &ip) == 1
		     ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(d->ssl), name)
		     : SSL_set_tlsext_host_name(d->ssl, sni) && SSL_set1_host(d->ssl, name);
	return ok ? 0 : -EINVAL;
}

static void say_tls(struct dial *d, const struct dial_options *o, char *why, size_t size)
{
	unsigned long e = ERR_peek_last_error();
	long verdict = SSL_get_verify_result(d->ssl);

	if (verdict != X509_V_OK)
		(void)snprintf(why, size, "%s: certificate: %s", o->address,
			       X509_verify_cert_error_string(verdict));
	else
		(void)snprintf(why, size, "%s: TLS: %s", o->address,
			       e ? ERR_reason_error_string(e) : "connection closed");
	ERR_clear_error();
}

static int handshake(struct dial *d, const struct dial_options *o, const char *host, char *why,
		     size_t size)
{
	int r = prepare(d, o, host, why, size);

	if (r < 0)
		return r;
	if (SSL_connect(d->ssl) != 1) {
		say_tls(d, o, why, size);
		return -EPROTO;
	}
	if (!o->cert)
		return 0;
	if (wait_for(d->fd, POLLIN, TLS_VERDICT_MS) == 0 && dial_check(d) < 0) {
		say_tls(d, o, why, size);
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

int dial_write(struct dial *d, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n;

		errno = 0;
		n = d->ssl ? SSL_write(d->ssl, p, (int)MIN(len, (size_t)INT32_MAX))
			   : send(d->fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR && !d->ssl)
			continue;
		if (n <= 0) {
			int e = errno;

			ERR_clear_error();
			return e == EAGAIN || e == EWOULDBLOCK ? -ETIMEDOUT : e ? -e : -ECONNRESET;
		}
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
	errno = 0;
	if (!d->ssl) {
		n = recv(d->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		return n > 0 || (n < 0 && errno == EAGAIN) ? 0 : n < 0 ? -errno : -ECONNRESET;
	}
	n = SSL_read(d->ssl, chunk, sizeof(chunk));
	if (n > 0 || SSL_get_error(d->ssl, (int)n) == SSL_ERROR_WANT_READ)
		return 0;
	return errno ? -errno : -ECONNRESET;
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
