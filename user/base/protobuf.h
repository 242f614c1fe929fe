/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf messages by field number, written into a buf and read: the wire forms OTLP
 * and CRI need, no schema compiler, nothing allocated per field.
 */
#ifndef BASE_PROTOBUF_H
#define BASE_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void protobuf_varint(struct buf *b, uint32_t field, uint64_t value);
void protobuf_fixed64(struct buf *b, uint32_t field, uint64_t value);
void protobuf_double(struct buf *b, uint32_t field, double value);
void protobuf_bytes(struct buf *b, uint32_t field, const void *data, size_t len);
void protobuf_string(struct buf *b, uint32_t field, const char *text);
/* A message built apart; passes its error on. */
void protobuf_message(struct buf *b, uint32_t field, const struct buf *message);

/* Reading: the next field of [*at, end). Returns its number, 0 at the end, -EBADMSG.
 * *ret_value is a number (wire forms 0, 1, 5) or a length with *ret_data (form 2). */
int protobuf_next(const uint8_t **at, const uint8_t *end, uint64_t *ret_value,
		  const uint8_t **ret_data);

#endif
