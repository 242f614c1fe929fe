/* SPDX-License-Identifier: Apache-2.0
 *
 * Append-only JSON writer; see jsonw.h. A comma is due unless the last byte opened
 * something or ended a line.
 */
#include "base/jsonw.h"

#include <string.h>

#include "base/units.h"

static void begin_value(struct buf *b, const char *key)
{
	char last = b->len ? b->data[b->len - 1] : '\n';

	if (last != '{' && last != '[' && last != '\n' && last != ':')
		buf_add_char(b, ',');
	if (key) {
		buf_add_char(b, '"');
		buf_add_str(b, key);
		buf_add(b, "\":", 2);
	}
}

/* Escapes what RFC 8259 section 7 demands; the text is valid UTF-8 by now. */
static void escape_from(struct buf *b, size_t from)
{
	struct buf tail _cleanup_buf_ = BUF_INIT;
	size_t plain = 0;

	while (from + plain < b->len) {
		unsigned char c = (unsigned char)b->data[from + plain];

		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			break;
		plain++;
	}
	if (from + plain >= b->len)
		return;
	buf_add(&tail, b->data + from + plain, b->len - from - plain);
	if (tail.error) {
		b->error = tail.error;
		return;
	}
	b->len = from + plain;
	for (size_t i = 0; i < tail.len; i++) {
		unsigned char c = (unsigned char)tail.data[i];

		if (c == '"' || c == '\\') {
			buf_add_char(b, '\\');
			buf_add_char(b, (char)c);
		} else if (c == '\n') {
			buf_add(b, "\\n", 2);
		} else if (c == '\t') {
			buf_add(b, "\\t", 2);
		} else if (c < 0x20 || c == 0x7f) {
			buf_addf(b, "\\u%04x", c);
		} else {
			buf_add_char(b, (char)c);
		}
	}
}

void jsonw_open(struct buf *b, char bracket)
{
	begin_value(b, NULL);
	buf_add_char(b, bracket);
}

void jsonw_close(struct buf *b, char bracket)
{
	buf_add_char(b, bracket);
}

void jsonw_key(struct buf *b, const char *key)
{
	begin_value(b, key);
}

void jsonw_strn(struct buf *b, const char *key, const char *value, size_t len)
{
	size_t from;

	begin_value(b, key);
	buf_add_char(b, '"');
	from = b->len;
	utf8_add(b, value, len);
	escape_from(b, from);
	buf_add_char(b, '"');
}

void jsonw_str(struct buf *b, const char *key, const char *value)
{
	jsonw_strn(b, key, value, strlen(value));
}

void jsonw_u64(struct buf *b, const char *key, uint64_t value)
{
	begin_value(b, key);
	buf_add_u64(b, value);
}

void jsonw_i64(struct buf *b, const char *key, int64_t value)
{
	begin_value(b, key);
	if (value < 0)
		buf_add_char(b, '-');
	buf_add_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void jsonw_bool(struct buf *b, const char *key, bool value)
{
	begin_value(b, key);
	buf_add_str(b, value ? "true" : "false");
}

void jsonw_null(struct buf *b, const char *key)
{
	begin_value(b, key);
	buf_add(b, "null", 4);
}

void jsonw_milli(struct buf *b, const char *key, int64_t value_milli)
{
	uint64_t v = value_milli < 0 ? 0 - (uint64_t)value_milli : (uint64_t)value_milli;
	unsigned int rest = (unsigned int)(v % 1000);
	int digits = 3;

	begin_value(b, key);
	if (value_milli < 0)
		buf_add_char(b, '-');
	buf_add_u64(b, v / 1000);
	if (!rest)
		return;
	while (rest % 10 == 0) {
		rest /= 10;
		digits--;
	}
	buf_addf(b, ".%0*u", digits, rest);
}

void jsonw_time(struct buf *b, const char *key, int64_t unix_s)
{
	char text[32];

	format_time(text, unix_s);
	jsonw_str(b, key, text);
}

void jsonw_time_ns(struct buf *b, const char *key, uint64_t unix_ns)
{
	char text[32];

	format_time(text, (int64_t)(unix_ns / 1000000000));
	text[strlen(text) - 1] = '\0'; /* the Z */
	begin_value(b, key);
	buf_addf(b, "\"%s.%03uZ\"", text, (unsigned int)(unix_ns / 1000000 % 1000));
}
