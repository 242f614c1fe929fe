/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes any bytes valid UTF-8: process titles, paths and arguments are whatever
 * their owner wrote. Well-formed sequences as in Unicode 15, table 3-7.
 */
#include <string.h>

#include "base/jsonw.h"

/* Length of the well-formed sequence at s (1 to 4), or 0. */
static size_t sequence_length(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t need;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		need = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		need = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0; /* no overlong form */
	else if (s[0] == 0xed)
		high = 0x9f; /* no surrogates */
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f; /* not above U+10FFFF */
	if (len < need || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

void utf8_add(struct buf *b, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t at = 0, start = 0;

	while (at < len) {
		size_t n = sequence_length(p + at, len - at);

		if (n) {
			at += n;
			continue;
		}
		buf_add(b, s + start, at - start);
		buf_add(b, "\xef\xbf\xbd", 3);
		start = ++at;
	}
	buf_add(b, s + start, at - start);
}
