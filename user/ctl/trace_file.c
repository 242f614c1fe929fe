/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of `record`; see trace_file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <zstd.h>

#include "base/files.h"
#include "base/buf.h"
#include "ctl/trace_file.h"

#define LEVEL 6 /* 12 to 15 times smaller at over 50 MB/s: traces repeat themselves */
#define FLUSH_BYTES (64 << 10) /* of input between flushes */

struct trace_file {
	int fd; /* 1 = standard output, not closed */
	ZSTD_CCtx *zstd;
	size_t unflushed;
	int error;
};

static int compress(struct trace_file *f, const char *data, size_t len, ZSTD_EndDirective mode)
{
	ZSTD_inBuffer in = { data, len, 0 };
	char chunk[16384];
	size_t left;

	do {
		ZSTD_outBuffer out = { chunk, sizeof(chunk), 0 };
		int r;

		left = ZSTD_compressStream2(f->zstd, &out, &in, mode);
		if (ZSTD_isError(left))
			return -EIO;
		r = files_write(f->fd, chunk, out.pos);
		if (r < 0)
			return r;
	} while (in.pos < in.size || (mode != ZSTD_e_continue && left > 0));
	return 0;
}

static bool is_zst(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, ".zst") == 0;
}

int trace_file_open(const char *path, struct trace_file **ret)
{
	struct trace_file *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
				       : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (f->fd < 0) {
		free(f);
		return -errno;
	}
	if (is_zst(path)) {
		f->zstd = ZSTD_createCCtx();
		if (!f->zstd ||
		    ZSTD_isError(ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, LEVEL)))
			f->error = -ENOMEM;
	}
	*ret = f;
	return 0;
}

static int add(struct trace_file *f, const char *line, size_t len)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	ZSTD_EndDirective mode = ZSTD_e_continue;

	buf_add(&text, line, len);
	buf_add_char(&text, '\n');
	if (text.error)
		return text.error;
	if (!f->zstd)
		return files_write(f->fd, text.data, text.len);
	f->unflushed += text.len;
	if (f->unflushed >= FLUSH_BYTES) {
		f->unflushed = 0;
		mode = ZSTD_e_flush;
	}
	return compress(f, text.data, text.len, mode);
}

int trace_file_add(struct trace_file *f, const char *line, size_t len)
{
	if (f->error == 0)
		f->error = add(f, line, len);
	return f->error;
}

int trace_file_error(const struct trace_file *f)
{
	return f->error;
}

int trace_file_close(struct trace_file *f)
{
	int r = f->error;

	if (r == 0 && f->zstd)
		r = compress(f, NULL, 0, ZSTD_e_end);
	ZSTD_freeCCtx(f->zstd);
	if (f->fd != STDOUT_FILENO && close(f->fd) < 0 && r == 0)
		r = -errno;
	free(f);
	return r;
}
