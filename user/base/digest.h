/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 in pieces, and its HMAC. digest_openssl.c, or digest_none.c in a build
 * without OpenSSL, where nothing can be hashed and everybody is told so.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES = 32 };

struct digest;

/* -ENOTSUP: this build has no OpenSSL; -ENOMEM. */
int digest_new(struct digest **ret);
void digest_free(struct digest *d); /* NULL is fine */
int digest_add(struct digest *d, const void *data, size_t len);
int digest_end(struct digest *d, unsigned char out[DIGEST_BYTES]);

/* HMAC-SHA256 of data. */
int digest_hmac(const char *key, const void *data, size_t len, unsigned char out[DIGEST_BYTES]);

#endif
