/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of the daemon and its exporter: whatever comes in whatever pieces is taken as
 * whole frames or refused, the same in one piece as in two; what is added is read back.
 */
#include <string.h>

#include "base/buf.h"
#include "sink/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Frames in the first `len` bytes; *ret_at: where they end. Negative: refused. */
static int walk(const uint8_t *data, size_t len, size_t *ret_at)
{
	int frames = 0;

	*ret_at = 0;
	for (;;) {
		struct link_header h;
		int n = link_parse(data + *ret_at, len - *ret_at, &h);

		if (n < 0)
			return n;
		if (n == 0)
			return frames;
		if ((size_t)n != LINK_HEADER_BYTES + (size_t)h.length ||
		    (size_t)n > len - *ret_at || h.type == 0 || h.type >= LINK_TYPE_END ||
		    h.length > LINK_FRAME_MAX)
			abort();
		*ret_at += (size_t)n;
		frames++;
	}
}

static void check_round(const uint8_t *data, size_t size)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	struct link_header h;

	if (link_add(&b, LINK_RECORD, data[0], size, data, size) < 0)
		abort();
	if (link_parse(b.data, b.len, &h) != (int)b.len || h.sink != data[0] ||
	    h.sequence != size || memcmp(b.data + LINK_HEADER_BYTES, data, size) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t whole, half, rest;
	int n = walk(data, size, &whole), a, b;

	if (size == 0)
		return 0;
	check_round(data, size);
	a = walk(data, size / 2, &half);
	if (n < 0)
		return 0;
	if (a < 0)
		abort(); /* what is good as a whole has no bad beginning */
	b = walk(data + half, size - half, &rest);
	if (b < 0 || a + b != n || half + rest != whole)
		abort();
	return 0;
}
