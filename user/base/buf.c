/* SPDX-License-Identifier: Apache-2.0
 *
 * Growable buffer; see buf.h. Knows nothing of the product.
 */
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

int buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	char *data;

	if (b->error)
		return b->error;
	if (more < b->cap - b->len)
		return 0;
	if (more > SIZE_MAX / 4 - b->len)
		return b->error = -ENOMEM;
	while (cap - b->len <= more)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return b->error = -ENOMEM;
	if (!b->data)
		data[0] = '\0';
	b->data = data;
	b->cap = cap;
	return 0;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (buf_reserve(b, len) < 0)
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_u64(struct buf *b, uint64_t v)
{
	char digits[20]; /* UINT64_MAX has 20 */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_addv(struct buf *b, const char *format, va_list ap)
{
	va_list again;
	int need;

	va_copy(again, ap);
	need = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (need < 0 || buf_reserve(b, (size_t)need) < 0)
		return;
	vsnprintf(b->data + b->len, b->cap - b->len, format, ap);
	b->len += (size_t)need;
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_addv(b, format, ap);
	va_end(ap);
}

bool buf_next_line(const struct buf *b, size_t *at, const char **ret_line, size_t *ret_len)
{
	const char *line, *end;

	if (*at >= b->len)
		return false;
	line = b->data + *at;
	end = memchr(line, '\n', b->len - *at);
	*ret_line = line;
	*ret_len = end ? (size_t)(end - line) : b->len - *at;
	*at += *ret_len + 1;
	return true;
}
