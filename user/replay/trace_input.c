/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of a file, standard input, or a compressed stream. One buffer holds the
 * text; a line is a pointer into it, so that a row costs no copy.
 */
#include "replay/trace_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"

enum {
	TEXT_CHUNK = 1 << 18, /* text asked for at once: fits the second-level cache */
	RAW_CHUNK = 1 << 17,  /* compressed bytes read at once */
	/* 15 = largest window, + 32 = gzip or zlib by header (zlib.h, inflateInit2). */
	GZIP_WINDOW_BITS = 15 + 32,
};

enum input_form { FORM_UNKNOWN = 0, FORM_PLAIN, FORM_GZIP, FORM_ZSTD };

struct trace_input {
	int fd;
	bool own_fd, source_end, text_end;
	enum input_form form;
	char *text;
	size_t cap, pos, end; /* unread text is [pos, end) */
	size_t line_start;    /* of the line last given */
	uint64_t number;
	uint8_t *raw; /* compressed bytes not yet taken */
	size_t raw_pos, raw_end;
	bool mid_frame;
	z_stream gzip;
	ZSTD_DStream *zstd;
};

int trace_input_open(const char *path, struct trace_input **ret)
{
	struct trace_input *in = calloc(1, sizeof(*in));
	int err;

	if (!in)
		return -ENOMEM;
	in->own_fd = strcmp(path, "-") != 0;
	in->fd = in->own_fd ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (in->fd < 0) {
		err = -errno;
		free(in);
		return err;
	}
	in->raw = malloc(RAW_CHUNK);
	in->text = malloc(TEXT_CHUNK);
	if (!in->raw || !in->text) {
		trace_input_close(in);
		return -ENOMEM;
	}
	in->cap = TEXT_CHUNK;
	*ret = in;
	return 0;
}

void trace_input_close(struct trace_input *in)
{
	if (!in)
		return;
	if (in->own_fd)
		close(in->fd);
	if (in->form == FORM_GZIP)
		inflateEnd(&in->gzip);
	ZSTD_freeDStream(in->zstd);
	free(in->raw);
	free(in->text);
	free(in);
}

/* read() that ends only at a full buffer or the end of the file. */
static ssize_t read_full(int fd, void *into, size_t want)
{
	size_t have = 0;
	ssize_t n;

	while (have < want) {
		n = read(fd, (char *)into + have, want - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
		if (have >= 4) /* enough to know the form; a pipe is not waited for */
			break;
	}
	return (ssize_t)have;
}

static int raw_fill(struct trace_input *in)
{
	ssize_t n;

	if (in->raw_pos < in->raw_end || in->source_end)
		return 0;
	n = read_full(in->fd, in->raw, RAW_CHUNK);
	if (n < 0)
		return (int)n;
	in->raw_pos = 0;
	in->raw_end = (size_t)n;
	in->source_end = n == 0;
	return 0;
}

static int form_detect(struct trace_input *in)
{
	static const uint8_t zstd_magic[4] = { 0x28, 0xb5, 0x2f, 0xfd }; /* RFC 8878 3.1.1 */
	static const uint8_t gzip_magic[2] = { 0x1f, 0x8b };             /* RFC 1952 2.3.1 */
	int err = raw_fill(in);

	if (err)
		return err;
	if (in->raw_end >= sizeof(zstd_magic) && !memcmp(in->raw, zstd_magic, sizeof(zstd_magic))) {
		in->zstd = ZSTD_createDStream();
		if (!in->zstd)
			return -ENOMEM;
		in->form = FORM_ZSTD;
	} else if (in->raw_end >= sizeof(gzip_magic) &&
		   !memcmp(in->raw, gzip_magic, sizeof(gzip_magic))) {
		if (inflateInit2(&in->gzip, GZIP_WINDOW_BITS) != Z_OK)
			return -ENOMEM;
		in->form = FORM_GZIP;
	} else {
		in->form = FORM_PLAIN;
	}
	return 0;
}

static int take_plain(struct trace_input *in, char *into, size_t room, size_t *ret)
{
	size_t have = in->raw_end - in->raw_pos;
	ssize_t n;

	if (have) { /* what form_detect() had read */
		have = MIN(have, room);
		memcpy(into, in->raw + in->raw_pos, have);
		in->raw_pos += have;
		*ret = have;
		return 0;
	}
	n = in->source_end ? 0 : read_full(in->fd, into, room);
	if (n < 0)
		return (int)n;
	in->source_end = n == 0;
	*ret = (size_t)n;
	return 0;
}

static int take_gzip(struct trace_input *in, char *into, size_t room, size_t *ret)
{
	z_stream *z = &in->gzip;
	int rc;

	z->next_in = in->raw + in->raw_pos;
	z->avail_in = (uInt)(in->raw_end - in->raw_pos);
	z->next_out = (Bytef *)into;
	z->avail_out = (uInt)room;
	rc = inflate(z, Z_NO_FLUSH);
	in->raw_pos = in->raw_end - z->avail_in;
	*ret = room - z->avail_out;
	in->mid_frame = rc != Z_STREAM_END;
	if (rc == Z_STREAM_END) /* another member may follow (RFC 1952 2.2) */
		return inflateReset(z) == Z_OK ? 0 : -EBADMSG;
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : rc == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int take_zstd(struct trace_input *in, char *into, size_t room, size_t *ret)
{
	ZSTD_inBuffer from = { in->raw, in->raw_end, in->raw_pos };
	ZSTD_outBuffer to = { into, room, 0 };
	size_t rc = ZSTD_decompressStream(in->zstd, &to, &from);

	in->raw_pos = from.pos;
	*ret = to.pos;
	if (ZSTD_isError(rc))
		return -EBADMSG;
	in->mid_frame = rc != 0;
	return 0;
}

static int take_packed(struct trace_input *in, char *into, size_t room, size_t *ret)
{
	int err;

	*ret = 0;
	for (;;) {
		err = raw_fill(in);
		if (err)
			return err;
		if (in->source_end && !in->mid_frame)
			return 0;
		err = in->form == FORM_GZIP ? take_gzip(in, into, room, ret)
					    : take_zstd(in, into, room, ret);
		if (err || *ret)
			return err;
		if (in->source_end)
			return -EBADMSG; /* ends within a frame */
	}
}

/* Makes room behind `end`, keeping everything from `keep` on. */
static int text_room(struct trace_input *in, size_t keep)
{
	char *bigger;

	if (keep) {
		memmove(in->text, in->text + keep, in->end - keep);
		in->pos -= keep;
		in->end -= keep;
		in->line_start -= keep;
	}
	if (in->end < in->cap / 2)
		return 0;
	if (in->end > TRACE_LINE_MAX)
		return -EMSGSIZE;
	bigger = realloc(in->text, in->cap * 2);
	if (!bigger)
		return -ENOMEM;
	in->text = bigger;
	in->cap *= 2;
	return 0;
}

static int text_fill(struct trace_input *in, size_t keep)
{
	size_t got = 0;
	int err = 0;

	if (in->form == FORM_UNKNOWN)
		err = form_detect(in);
	if (!err)
		err = text_room(in, keep);
	if (err)
		return err;
	if (in->form == FORM_PLAIN)
		err = take_plain(in, in->text + in->end, in->cap - in->end, &got);
	else
		err = take_packed(in, in->text + in->end, in->cap - in->end, &got);
	if (err)
		return err;
	in->end += got;
	in->text_end = got == 0;
	return 0;
}

/* Takes text up to the next newline; the line given begins at in->line_start. */
static int take_line(struct trace_input *in, const char **ret, size_t *ret_len)
{
	size_t scanned = in->pos;
	const char *nl;
	size_t stop;
	int err;

	while (!(nl = memchr(in->text + scanned, '\n', in->end - scanned))) {
		size_t shift = in->line_start;

		if (in->text_end)
			break;
		scanned = in->end - shift;
		err = text_fill(in, shift);
		if (err)
			return err;
	}
	if (!nl && in->pos == in->end)
		return 0;
	stop = nl ? (size_t)(nl - in->text) : in->end;
	in->pos = nl ? stop + 1 : stop;
	if (stop > in->line_start && in->text[stop - 1] == '\r')
		stop--;
	if (stop - in->line_start > TRACE_LINE_MAX)
		return -EMSGSIZE;
	in->number++;
	*ret = in->text + in->line_start;
	*ret_len = stop - in->line_start;
	return 1;
}

int trace_input_line(struct trace_input *in, const char **ret, size_t *ret_len)
{
	in->line_start = in->pos;
	return take_line(in, ret, ret_len);
}

int trace_input_join(struct trace_input *in, const char **ret, size_t *ret_len)
{
	return take_line(in, ret, ret_len);
}

uint64_t trace_input_number(const struct trace_input *in)
{
	return in->number;
}
