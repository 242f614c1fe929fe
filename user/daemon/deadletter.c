/* SPDX-License-Identifier: Apache-2.0
 *
 * Dead letters on disk; see deadletter.h. Above the bound the file takes the name of
 * the one before.
 */
#include "daemon/deadletter.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/jsonw.h"

#define DEAD_BYTES_MAX (8ll << 20) /* about 4000 alerts; two files */

static int append(const char *path, const struct buf *line)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	char old[4200];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > 0 && st.st_size + (off_t)line->len > DEAD_BYTES_MAX) {
		(void)snprintf(old, sizeof(old), "%s.1", path);
		if (rename(path, old) < 0)
			return -errno;
		return append(path, line);
	}
	if (write(fd, line->data, line->len) != (ssize_t)line->len)
		return errno ? -errno : -ENOSPC;
	return fdatasync(fd) < 0 ? -errno : 0;
}

int deadletter_add(const char *state_dir, const char *sink, uint64_t sequence, const char *reason,
		   const char *record, size_t len)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
	char path[4100];

	while (len > 0 && record[len - 1] == '\n')
		len--;
	(void)snprintf(path, sizeof(path), "%s/dead-letter.jsonl", state_dir);
	jsonw_open(&line, '{');
	jsonw_time(&line, "@timestamp", (int64_t)time(NULL));
	jsonw_str(&line, "sink.name", sink);
	jsonw_u64(&line, "sink.sequence", sequence);
	jsonw_str(&line, "sink.reason", reason);
	jsonw_strn(&line, "record", record, len);
	jsonw_close(&line, '}');
	buf_add_char(&line, '\n');
	return line.error ? line.error : append(path, &line);
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string)
		       ? json_object_get_string(v)
		       : "";
}

/* What fn says of one line; 0 for what is no letter. */
static int show(const char *line, size_t len, deadletter_fn fn, void *ctx)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *o = NULL, *v;
	struct deadletter d = { 0 };
	int r = 0;

	if (!tokener)
		return -ENOMEM;
	if (len <= INT32_MAX)
		o = json_tokener_parse_ex(tokener, line, (int)len);
	if (json_object_is_type(o, json_type_object)) {
		d.time = text_of(o, "@timestamp");
		d.sink = text_of(o, "sink.name");
		d.reason = text_of(o, "sink.reason");
		d.record = text_of(o, "record");
		if (json_object_object_get_ex(o, "sink.sequence", &v))
			d.sequence = json_object_get_uint64(v);
		r = fn(ctx, &d);
	}
	json_object_put(o);
	json_tokener_free(tokener);
	return r;
}

static int read_whole(const char *path, struct buf *out)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (buf_reserve(out, (size_t)st.st_size) < 0)
		return -ENOMEM;
	n = files_read_at(fd, out->data, (size_t)st.st_size, 0);
	if (n < 0)
		return (int)n;
	out->len = (size_t)n;
	out->data[n] = '\0';
	return 0;
}

/* The file's new content under its name, in one step. */
static int replace(const char *path, const struct buf *text)
{
	struct buf other _cleanup_buf_ = BUF_INIT;
	_cleanup_close_ int fd = -1;
	int r;

	buf_addf(&other, "%s.new", path);
	if (other.error)
		return other.error;
	fd = open(other.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = text->len ? files_write_at(fd, text->data, text->len, 0) : 0;
	if (r == 0 && (fsync(fd) < 0 || rename(other.data, path) < 0))
		r = -errno;
	return r < 0 ? r : files_sync_parent(path);
}

static int walk_file(const char *path, deadletter_fn fn, void *ctx, bool take)
{
	struct buf all _cleanup_buf_ = BUF_INIT, left _cleanup_buf_ = BUF_INIT;
	int r = read_whole(path, &all);
	size_t taken = 0;

	for (size_t at = 0; r >= 0 && at < all.len;) {
		const char *line = all.data + at, *end = memchr(line, '\n', all.len - at);
		size_t len = end ? (size_t)(end - line) : all.len - at;

		r = show(line, len, fn, ctx);
		taken += r > 0;
		if (r == 0 && end)
			buf_add(&left, line, len + 1);
		at += len + 1;
	}
	if (take && taken && r >= 0)
		r = left.error ? left.error : replace(path, &left);
	return MIN(r, 0);
}

static int walk(const char *state_dir, deadletter_fn fn, void *ctx, bool take)
{
	char path[4200];
	int r = 0;

	for (int old = 1; r == 0 && old >= 0; old--) {
		(void)snprintf(path, sizeof(path), "%s/dead-letter.jsonl%s", state_dir,
			       old ? ".1" : "");
		r = walk_file(path, fn, ctx, take);
	}
	return r;
}

int deadletter_each(const char *state_dir, deadletter_fn fn, void *ctx)
{
	return walk(state_dir, fn, ctx, false);
}

int deadletter_take(const char *state_dir, deadletter_fn fn, void *ctx)
{
	return walk(state_dir, fn, ctx, true);
}
