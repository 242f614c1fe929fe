/* SPDX-License-Identifier: Apache-2.0
 *
 * A build without OpenSSL hashes nothing; see digest.h.
 */
#include <errno.h>

#include "base/digest.h"

int digest_new(struct digest **ret)
{
	*ret = NULL;
	return -ENOTSUP;
}

void digest_free(struct digest *d)
{
	(void)d;
}

int digest_add(struct digest *d, const void *data, size_t len)
{
	(void)d;
	(void)data;
	(void)len;
	return -ENOTSUP;
}

int digest_end(struct digest *d, unsigned char out[DIGEST_BYTES])
{
	(void)d;
	(void)out;
	return -ENOTSUP;
}

int digest_hmac(const char *key, const void *data, size_t len, unsigned char out[DIGEST_BYTES])
{
	(void)key;
	(void)data;
	(void)len;
	(void)out;
	return -ENOTSUP;
}
