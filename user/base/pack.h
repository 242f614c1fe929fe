/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes of saved state: little-endian, read with a bound and one sticky error.
 * Small enough to check once at the end.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void pack_u8(struct buf *out, uint8_t v);
void pack_u32(struct buf *out, uint32_t v);
void pack_u64(struct buf *out, uint64_t v);
void pack_str(struct buf *out, const char *s); /* length, bytes, NUL */

struct unpack {
	const unsigned char *p, *end;
	uint32_t version; /* of the format, once read */
	bool bad;         /* read past the end, or something impossible; all further reads give 0 */
};
uint8_t unpack_u8(struct unpack *w);
uint32_t unpack_u32(struct unpack *w);
uint64_t unpack_u64(struct unpack *w);
const char *unpack_str(struct unpack *w); /* in the input, NUL-terminated; "" when bad */

#endif
