/* SPDX-License-Identifier: Apache-2.0
 *
 * Frame headers of the control protocol. Pure: bytes in, verdict out.
 */
#include "client/proto.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

void proto_make(struct proto_header *h, enum proto_type type, uint32_t length)
{
	*h = (struct proto_header){
		.magic = htole32(PROTO_MAGIC),
		.version = htole16(PROTO_VERSION),
		.type = htole16((uint16_t)type),
		.length = htole32(length),
	};
}

int proto_check(const struct proto_header *h, uint32_t max)
{
	uint16_t type = le16toh(h->type);

	if (le32toh(h->magic) != PROTO_MAGIC)
		return -EPROTO;
	if (le16toh(h->version) != PROTO_VERSION)
		return -EPROTONOSUPPORT;
	if (type < PROTO_REQUEST || type > PROTO_ERROR || h->reserved != 0)
		return -EPROTO;
	if (le32toh(h->length) > max)
		return -EMSGSIZE;
	return 0;
}

enum proto_type proto_type(const struct proto_header *h)
{
	return (enum proto_type)le16toh(h->type);
}

uint32_t proto_length(const struct proto_header *h)
{
	return le32toh(h->length);
}

int proto_peek(const void *data, size_t have, uint32_t max, struct proto_header *ret)
{
	uint32_t magic = htole32(PROTO_MAGIC);
	int r;

	if (memcmp(data, &magic, have < sizeof(magic) ? have : sizeof(magic)) != 0)
		return -EPROTO;
	if (have < sizeof(*ret))
		return 0;
	memcpy(ret, data, sizeof(*ret));
	r = proto_check(ret, max);
	return r < 0 ? r : 1;
}

size_t proto_cut(const char *rows, size_t len, size_t target)
{
	const char *end;

	if (len <= target)
		return len;
	end = memrchr(rows, '\n', target);
	if (!end) {
		size_t most = len < PROTO_REPLY_MAX ? len : PROTO_REPLY_MAX;

		end = memchr(rows + target, '\n', most - target);
	}
	return end ? (size_t)(end - rows) + 1 : 0;
}
