/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64, strict; see base64.h.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/base64.h"

static int digit(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const char *p = c ? strchr(alphabet, c) : NULL;

	return p ? (int)(p - alphabet) : -EINVAL;
}

static size_t padding(const char *text, size_t len)
{
	if (len && text[len - 1] == '=')
		return text[len - 2] == '=' ? 2 : 1;
	return 0;
}

int base64_decode(const char *text, struct buf *out)
{
	size_t len = strlen(text), pad = len % 4 == 0 ? padding(text, len) : 0;
	size_t start = out->len;

	if (len % 4)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 4) {
		size_t keep = i + 4 == len ? 3 - pad : 3;
		unsigned int word = 0;

		for (size_t j = 0; j < 4; j++) {
			int d = i + j >= len - pad ? 0 : digit(text[i + j]);

			if (d < 0) {
				out->len = start;
				return -EINVAL;
			}
			word = word << 6 | (unsigned int)d;
		}
		for (size_t j = 0; j < keep; j++)
			buf_add_char(out, (char)(word >> (16 - 8 * j)));
	}
	return out->error;
}
