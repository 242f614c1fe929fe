/* SPDX-License-Identifier: Apache-2.0
 *
 * A client connection with bounded waits: UDP, TCP, or TLS 1.2 and above with the
 * receiver's name verified and a certificate of ours if it wants one.
 */
#ifndef SINK_DIAL_H
#define SINK_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dial;

struct dial_options {
	const char *address; /* host:port, [v6]:port */
	bool datagram, tls, verify;
	const char *server_name; /* NULL: the host */
	const char *ca;          /* PEM; NULL: the system's */
	const char *cert, *key;  /* PEM; NULL: none */
	uint32_t timeout_ms;     /* for the connection, and for each write */
};

/* Negative errno with words in `why`. For TLS the peer's verdict on our certificate is
 * waited for: with TLS 1.3 it comes after the handshake. */
int dial_open(const struct dial_options *options, struct dial **ret, char *why, size_t size);
void dial_close(struct dial *d); /* NULL is fine */

/* All of it, or a negative errno; the connection is of no use then. */
int dial_write(struct dial *d, const void *data, size_t len);

/* 0: alive, and the peer's kernel has all that was written. -EAGAIN: not yet all.
 * Else the peer has closed or reset it. Bytes that come are thrown away. */
int dial_check(struct dial *d);

#endif
