/* SPDX-License-Identifier: Apache-2.0
 *
 * Digests by OpenSSL; see digest.h.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/digest.h"

/* Never a value: an EVP_MD_CTX by another name. */
static EVP_MD_CTX *context_of(struct digest *d)
{
	return (EVP_MD_CTX *)(void *)d;
}

int digest_new(struct digest **ret)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (!c || EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(c);
		return -ENOMEM;
	}
	*ret = (struct digest *)(void *)c;
	return 0;
}

void digest_free(struct digest *d)
{
	EVP_MD_CTX_free(context_of(d));
}

int digest_add(struct digest *d, const void *data, size_t len)
{
	return EVP_DigestUpdate(context_of(d), data, len) == 1 ? 0 : -EIO;
}

int digest_end(struct digest *d, unsigned char out[DIGEST_BYTES])
{
	unsigned int len = 0;

	return EVP_DigestFinal_ex(context_of(d), out, &len) == 1 && len == DIGEST_BYTES ? 0 : -EIO;
}

int digest_hmac(const char *key, const void *data, size_t len, unsigned char out[DIGEST_BYTES])
{
	unsigned int n = 0;

	return HMAC(EVP_sha256(), key, (int)strlen(key), data, len, out, &n) && n == DIGEST_BYTES
		       ? 0
		       : -EIO;
}
