/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes of saved state: little-endian, read with a bound and one sticky error.
 * Private to alert/.
 */
#ifndef ALERT_WIRE_H
#define ALERT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void wire_put_u8(struct buf *out, uint8_t v);
void wire_put_u32(struct buf *out, uint32_t v);
void wire_put_u64(struct buf *out, uint64_t v);
void wire_put_str(struct buf *out, const char *s); /* length, bytes, NUL */

struct wire {
	const unsigned char *p, *end;
	bool bad; /* read past the end, or something impossible; all further reads give 0 */
};
uint8_t wire_u8(struct wire *w);
uint32_t wire_u32(struct wire *w);
uint64_t wire_u64(struct wire *w);
const char *wire_str(struct wire *w); /* in the input, NUL-terminated; "" when bad */

#endif
