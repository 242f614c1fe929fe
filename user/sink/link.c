/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames between daemon and exporter; see link.h.
 */
#include "sink/link.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

_Static_assert(sizeof(struct link_header) == LINK_HEADER_BYTES, "no padding");

int link_add(struct buf *out, enum link_type type, unsigned int sink, uint64_t sequence,
	     const void *payload, size_t len)
{
	const struct link_header h = {
		.length = (uint32_t)len,
		.type = (uint8_t)type,
		.sink = (uint8_t)sink,
		.version = LINK_VERSION,
		.sequence = sequence,
	};

	if (len > LINK_FRAME_MAX)
		return -EMSGSIZE;
	buf_add(out, &h, sizeof(h));
	if (len)
		buf_add(out, payload, len);
	return out->error;
}

int link_parse(const void *data, size_t len, struct link_header *ret)
{
	if (len < LINK_HEADER_BYTES)
		return 0;
	memcpy(ret, data, LINK_HEADER_BYTES);
	if (ret->version != LINK_VERSION || ret->type == 0 || ret->type >= LINK_TYPE_END ||
	    ret->length > LINK_FRAME_MAX)
		return -EBADMSG;
	return len < LINK_HEADER_BYTES + ret->length ? 0 : (int)(LINK_HEADER_BYTES + ret->length);
}
