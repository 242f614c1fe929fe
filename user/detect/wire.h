/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and strings of the saved state: LEB128 and length-prefixed bytes. A
 * reader that has met a bad byte stays failed and gives zeros, so that its user
 * checks once.
 */
#ifndef DETECT_WIRE_H
#define DETECT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

void wire_put(struct buf *out, uint64_t v);
void wire_put_str(struct buf *out, const char *s); /* NULL is stored as "" */

struct wire_reader {
	const uint8_t *data;
	size_t len, at;
	bool failed;
};

/* The next number; above `max` fails. */
uint64_t wire_get(struct wire_reader *r, uint64_t max);

enum { WIRE_STR_MAX = 512 };

/* The next string, NUL-terminated, without NULs inside. */
void wire_get_str(struct wire_reader *r, char out[WIRE_STR_MAX]);

#endif
