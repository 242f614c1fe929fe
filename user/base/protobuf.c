/* SPDX-License-Identifier: Apache-2.0
 *
 * The protobuf wire format (protobuf.dev/programming-guides/encoding).
 */
#include "base/protobuf.h"

#include <errno.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

static void add_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_add_char(b, (char)(v | 0x80));
	buf_add_char(b, (char)v);
}

void protobuf_varint(struct buf *b, uint32_t field, uint64_t value)
{
	add_varint(b, (uint64_t)field << 3 | WIRE_VARINT);
	add_varint(b, value);
}

void protobuf_fixed64(struct buf *b, uint32_t field, uint64_t value)
{
	add_varint(b, (uint64_t)field << 3 | WIRE_FIXED64);
	for (int i = 0; i < 8; i++)
		buf_add_char(b, (char)(value >> (8 * i)));
}

void protobuf_double(struct buf *b, uint32_t field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	protobuf_fixed64(b, field, bits);
}

void protobuf_bytes(struct buf *b, uint32_t field, const void *data, size_t len)
{
	add_varint(b, (uint64_t)field << 3 | WIRE_BYTES);
	add_varint(b, len);
	if (len)
		buf_add(b, data, len);
}

void protobuf_string(struct buf *b, uint32_t field, const char *text)
{
	protobuf_bytes(b, field, text, strlen(text));
}

void protobuf_message(struct buf *b, uint32_t field, const struct buf *message)
{
	if (message->error)
		b->error = message->error;
	else
		protobuf_bytes(b, field, message->data, message->len);
}

static int read_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = v;
			return 0;
		}
	}
	return -EBADMSG;
}

static int read_fixed(const uint8_t **at, const uint8_t *end, size_t bytes, uint64_t *ret)
{
	uint64_t v = 0;

	if ((size_t)(end - *at) < bytes)
		return -EBADMSG;
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)(*at)[i] << (8 * i);
	*at += bytes;
	*ret = v;
	return 0;
}

int protobuf_next(const uint8_t **at, const uint8_t *end, uint64_t *ret_value,
		  const uint8_t **ret_data)
{
	uint64_t key;
	int r;

	*ret_data = NULL;
	if (*at >= end)
		return 0;
	if (read_varint(at, end, &key) < 0 || key >> 3 == 0 || key >> 3 > INT32_MAX)
		return -EBADMSG;
	switch (key & 7) {
	case WIRE_VARINT: r = read_varint(at, end, ret_value); break;
	case WIRE_FIXED64: r = read_fixed(at, end, 8, ret_value); break;
	case WIRE_FIXED32: r = read_fixed(at, end, 4, ret_value); break;
	case WIRE_BYTES:
		r = read_varint(at, end, ret_value);
		if (r == 0 && *ret_value > (uint64_t)(end - *at))
			r = -EBADMSG;
		if (r == 0) {
			*ret_data = *at;
			*at += *ret_value;
		}
		break;
	default: return -EBADMSG;
	}
	return r < 0 ? r : (int)(key >> 3);
}
