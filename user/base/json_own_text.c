/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings of JSON (RFC 8259, 7) to UTF-8, and what reading any value needs.
 */
#include <string.h>

#include "base/json_own.h"

bool json_own_fail(struct json_tokener *t, enum json_tokener_error error)
{
	if (!t->error)
		t->error = error;
	return false;
}

bool json_own_unexpected(struct json_tokener *t)
{
	return json_own_fail(t, t->at == t->end ? json_tokener_continue
						: json_tokener_error_parse_unexpected);
}

bool json_own_take(struct json_tokener *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool take_hex(struct json_tokener *t, uint32_t *ret)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	*ret = 0;
	for (int i = 0; i < 4; i++) {
		const char *d = t->at < t->end && *t->at ? strchr(digits, *t->at) : NULL;

		if (!d)
			return json_own_unexpected(t);
		*ret = *ret << 4 | (uint32_t)(d - digits - (d - digits > 15 ? 6 : 0));
		t->at++;
	}
	return true;
}

static void add_rune(struct buf *b, uint32_t c)
{
	static const unsigned char lead[] = { 0xc0, 0xe0, 0xf0 };
	unsigned int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes behind the first */

	if (c < 0x80) {
		buf_add_char(b, (char)c);
		return;
	}
	buf_add_char(b, (char)(lead[more - 1] | c >> 6 * more));
	while (more--)
		buf_add_char(b, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

/* Behind \u: half of a pair without the other is U+FFFD. */
static bool take_rune(struct json_tokener *t, struct buf *b)
{
	uint32_t c, low;

	if (!take_hex(t, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00 && t->end - t->at >= 2 && memcmp(t->at, "\\u", 2) == 0) {
		const char *again = t->at;

		t->at += 2;
		if (!take_hex(t, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		else
			t->at = again;
	}
	add_rune(b, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return true;
}

static bool take_escape(struct json_tokener *t, struct buf *b)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *l = t->at < t->end && *t->at ? strchr(letters, *t->at) : NULL;

	if (!l && !json_own_take(t, 'u'))
		return json_own_unexpected(t);
	if (!l)
		return take_rune(t, b);
	buf_add_char(b, meant[l - letters]);
	t->at++;
	return true;
}

bool json_own_text(struct json_tokener *t, struct buf *b)
{
	buf_add(b, "", 0);
	while (!json_own_take(t, '"')) {
		if (t->at == t->end ||
		    ((unsigned char)*t->at < ' ' && t->flags & JSON_TOKENER_STRICT))
			return json_own_unexpected(t);
		if (json_own_take(t, '\\')) {
			if (!take_escape(t, b))
				return false;
			continue;
		}
		buf_add_char(b, *t->at++);
	}
	return !b->error || json_own_fail(t, json_tokener_error_size);
}
