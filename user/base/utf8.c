/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes any bytes valid UTF-8: process titles, paths and arguments are whatever
 * their owner wrote. Well-formed sequences as in Unicode 15, table 3-7.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
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

/* The code point of a well-formed sequence of n bytes. */
static uint32_t decode(const unsigned char *s, size_t n)
{
	static const uint8_t first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t ch = s[0] & first[n];

	for (size_t i = 1; i < n; i++)
		ch = ch << 6 | (s[i] & 0x3f);
	return ch;
}

/* Unicode's Cc, Cf, Zl and Zp as far as terminals and readers act on them. */
static bool is_unruly(uint32_t ch)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges) && ranges[i].first <= ch; i++)
		if (ch <= ranges[i].last)
			return true;
	return false;
}

void utf8_add_plain(struct buf *b, const char *s, size_t len)
{
	size_t from = b->len, to = from;

	utf8_add(b, s, len);
	for (size_t at = from, n; at < b->len; at += n) {
		unsigned char *p = (unsigned char *)b->data + at;

		n = sequence_length(p, b->len - at);
		if (is_unruly(decode(p, n))) {
			b->data[to++] = ' ';
			continue;
		}
		memmove(b->data + to, p, n);
		to += n;
	}
	if (to < b->len) {
		b->len = to;
		b->data[to] = '\0';
	}
}
