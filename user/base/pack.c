/* SPDX-License-Identifier: Apache-2.0
 *
 * Little-endian bytes of saved state; see pack.h.
 */
#include "base/pack.h"

#include <endian.h>
#include <string.h>

void pack_u8(struct buf *out, uint8_t v)
{
	buf_add(out, &v, sizeof(v));
}

void pack_u32(struct buf *out, uint32_t v)
{
	v = htole32(v);
	buf_add(out, &v, sizeof(v));
}

void pack_u64(struct buf *out, uint64_t v)
{
	v = htole64(v);
	buf_add(out, &v, sizeof(v));
}

void pack_str(struct buf *out, const char *s)
{
	size_t len = strlen(s);

	pack_u32(out, (uint32_t)len);
	buf_add(out, s, len + 1);
}

/* The next `len` bytes, or NULL. */
static const unsigned char *take(struct unpack *w, size_t len)
{
	const unsigned char *p = w->p;

	if (w->bad || (size_t)(w->end - p) < len) {
		w->bad = true;
		return NULL;
	}
	w->p += len;
	return p;
}

uint8_t unpack_u8(struct unpack *w)
{
	const unsigned char *p = take(w, 1);

	return p ? *p : 0;
}

uint32_t unpack_u32(struct unpack *w)
{
	const unsigned char *p = take(w, sizeof(uint32_t));
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

uint64_t unpack_u64(struct unpack *w)
{
	const unsigned char *p = take(w, sizeof(uint64_t));
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

const char *unpack_str(struct unpack *w)
{
	size_t len = unpack_u32(w);
	const unsigned char *p = take(w, len + 1);

	if (!p)
		return "";
	if (p[len] != '\0' || memchr(p, '\0', len)) {
		w->bad = true;
		return "";
	}
	return (const char *)p;
}
