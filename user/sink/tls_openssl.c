/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS by OpenSSL; see tls.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "sink/dial.h"
#include "sink/tls.h"

struct tls {
	SSL *ssl;
	SSL_CTX *ctx;
};

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

static int prepare(struct tls *d, int fd, const struct dial_options *o, const char *host, char *why,
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
	if (!d->ssl || SSL_set_fd(d->ssl, fd) != 1)
		return -ENOMEM;
	(void)snprintf(sni, sizeof(sni), "%s", name);
	ok = inet_pton(AF_INET, name, &ip) == 1 || inet_pton(AF_INET6, name, &ip) == 1
		     ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(d->ssl), name)
		     : SSL_set_tlsext_host_name(d->ssl, sni) && SSL_set1_host(d->ssl, name);
	return ok ? 0 : -EINVAL;
}

void tls_why(struct tls *d, const struct dial_options *o, char *why, size_t size)
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

void tls_close(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	free(t);
}

int tls_open(int fd, const struct dial_options *o, const char *host, struct tls **ret, char *why,
	     size_t size)
{
	struct tls *t = calloc(1, sizeof(*t));
	int r = t ? prepare(t, fd, o, host, why, size) : -ENOMEM;

	if (r == 0 && SSL_connect(t->ssl) != 1) {
		tls_why(t, o, why, size);
		r = -EPROTO;
	}
	if (r == 0)
		*ret = t;
	else
		tls_close(t);
	return r;
}

ssize_t tls_write(struct tls *t, const void *data, size_t len)
{
	int n, e;

	errno = 0;
	n = SSL_write(t->ssl, data, (int)MIN(len, (size_t)INT32_MAX));
	if (n > 0)
		return n;
	e = errno;
	ERR_clear_error();
	return e == EAGAIN ? -ETIMEDOUT : e ? -e : -ECONNRESET;
}

int tls_drain(struct tls *t)
{
	char chunk[512];
	int n;

	errno = 0;
	n = SSL_read(t->ssl, chunk, sizeof(chunk));
	if (n > 0 || SSL_get_error(t->ssl, n) == SSL_ERROR_WANT_READ)
		return 0;
	return errno ? -errno : -ECONNRESET;
}
