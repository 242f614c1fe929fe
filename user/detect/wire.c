// SPDX-License-Identifier: Apache-2.0
/*
 * Encoding of the saved state.
 */
#include "detect/wire.h"

#include <string.h>

#include "base/buf.h"

void wire_put(struct buf *out, uint64_t v)
{
	char bytes[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		bytes[n++] = (char)(v | 0x80);
	bytes[n++] = (char)v;
	buf_add(out, bytes, n);
}

void wire_put_str(struct buf *out, const char *s)
{
	size_t len = s ? strnlen(s, WIRE_STR_MAX - 1) : 0;

	wire_put(out, len);
	buf_add(out, s ? s : "", len);
}

static uint64_t fail(struct wire_reader *r)
{
	r->failed = true;
	return 0;
}

uint64_t wire_get(struct wire_reader *r, uint64_t max)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (r->failed || r->at >= r->len)
			return fail(r);
		byte = r->data[r->at++];
		if (shift == 63 && byte > 1)
			return fail(r);
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v <= max ? v : fail(r);
	}
	return fail(r);
}

void wire_get_str(struct wire_reader *r, char out[WIRE_STR_MAX])
{
	size_t len = wire_get(r, WIRE_STR_MAX - 1);

	out[0] = '\0';
	if (r->failed || len > r->len - r->at || memchr(r->data + r->at, 0, len)) {
		fail(r);
		return;
	}
	memcpy(out, r->data + r->at, len);
	out[len] = '\0';
	r->at += len;
}
