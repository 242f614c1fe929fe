/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.2 and above on a connected socket: tls_openssl.c, or tls_none.c in a build
 * without OpenSSL, which refuses.
 */
#ifndef SINK_TLS_H
#define SINK_TLS_H

#include <stddef.h>
#include <sys/types.h>

struct dial_options;
struct tls;

/* Handshake, with the peer's name verified. -ENOTSUP: this build has no TLS. Negative
 * errno with words in `why`; the socket stays the caller's. */
int tls_open(int fd, const struct dial_options *options, const char *host, struct tls **ret,
	     char *why, size_t size);
void tls_close(struct tls *t); /* NULL is fine */

/* The words of a connection that broke after its handshake. */
void tls_why(struct tls *t, const struct dial_options *options, char *why, size_t size);

/* Bytes written, or a negative errno: the connection is of no use then. */
ssize_t tls_write(struct tls *t, const void *data, size_t len);
/* Takes what has come: 0 = alive. */
int tls_drain(struct tls *t);

#endif
