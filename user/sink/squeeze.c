/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip by zlib, zstd by its own library; see squeeze.h.
 */
#include "sink/squeeze.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"

enum {
	GZIP_WINDOW = 15 + 16, /* zlib: the largest window, with gzip's header */
	GZIP_MEMORY = 8,       /* zlib's default */
	GZIP_LEVEL = 3,        /* events are repetitive: higher ones save little */
	ZSTD_LEVEL = 3,        /* its default */
};

static int add_gzip(const struct buf *in, struct buf *out)
{
	z_stream z = { .avail_in = (uInt)in->len };
	int r;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	r = buf_reserve(out, deflateBound(&z, (uLong)in->len));
	if (r == 0) {
		uLong room = deflateBound(&z, (uLong)in->len);

		/* zlib does not write there. */
		memcpy(&z.next_in, &in->data, sizeof(in->data));
		z.next_out = (Bytef *)out->data + out->len;
		z.avail_out = (uInt)room;
		r = deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -EIO;
		out->len += r == 0 ? z.total_out : 0;
	}
	(void)deflateEnd(&z);
	return r;
}

static int add_zstd(const struct buf *in, struct buf *out)
{
	size_t n;

	if (buf_reserve(out, ZSTD_compressBound(in->len)) < 0)
		return -ENOMEM;
	n = ZSTD_compress(out->data + out->len, ZSTD_compressBound(in->len), in->data, in->len,
			  ZSTD_LEVEL);
	if (ZSTD_isError(n))
		return -EIO;
	out->len += n;
	return 0;
}

int squeeze(const char *coding, const struct buf *in, struct buf *out)
{
	if (in->len > UINT32_MAX)
		return -EFBIG;
	return strcmp(coding, "gzip") == 0   ? add_gzip(in, out)
	       : strcmp(coding, "zstd") == 0 ? add_zstd(in, out)
					     : -ENOTSUP;
}
