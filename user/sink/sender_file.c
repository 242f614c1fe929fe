/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines in a file, rotated by size: PATH, PATH.1, ... An event is done when it is
 * synced. A torn line that a full disk left is cut off before the next try; one that was
 * there before us is ended. A file that somebody else empties is written from its new end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "sink/sender.h"

struct sender {
	const struct params_sink *params;
	int fd;
	uint64_t bytes;
};

static int file_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));

	(void)host;
	if (!s)
		return -ENOMEM;
	s->params = params;
	s->fd = -1;
	*ret = s;
	return 0;
}

static void hang_up(struct sender *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void file_close(struct sender *s)
{
	hang_up(s);
	free(s);
}

/* Whoever wrote the last line did not come to its end. */
static int end_line(struct sender *s)
{
	char last = '\n';
	int r = 0;

	if (s->bytes > 0 && pread(s->fd, &last, 1, (off_t)s->bytes - 1) < 0)
		return -errno;
	if (last != '\n')
		r = files_write_at(s->fd, "\n", 1, (off_t)s->bytes++);
	return r;
}

static int reopen(struct sender *s)
{
	struct stat now, ours;
	int r;

	/* Somebody else's rotation: the name is a new file's, or nobody's. */
	if (s->fd >= 0 && (stat(s->params->path, &now) < 0 || fstat(s->fd, &ours) < 0 ||
			   now.st_ino != ours.st_ino || now.st_dev != ours.st_dev))
		hang_up(s);
	if (s->fd >= 0) {
		s->bytes = MIN(s->bytes, (uint64_t)ours.st_size);
		return 0;
	}
	s->fd = open(s->params->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (s->fd < 0)
		return -errno;
	if (fstat(s->fd, &ours) < 0 || !S_ISREG(ours.st_mode)) {
		hang_up(s);
		return -EINVAL;
	}
	s->bytes = (uint64_t)ours.st_size;
	r = end_line(s);
	if (r < 0)
		hang_up(s);
	return r;
}

static void old_name(const struct sender *s, uint32_t i, char out[4200])
{
	if (i == 0)
		(void)snprintf(out, 4200, "%s", s->params->path);
	else
		(void)snprintf(out, 4200, "%s.%u", s->params->path, i);
}

/* Up to the first name that is free: a rotation that was cut off left one, and pushing
 * on the others would cost the oldest file without need. */
static int rotate(struct sender *s)
{
	char from[4200], to[4200];
	uint32_t last = 1;

	for (; last < s->params->rotate_keep; last++) {
		old_name(s, last, to);
		if (access(to, F_OK) < 0 && errno == ENOENT)
			break;
	}
	for (uint32_t i = last; i > 0; i--) {
		old_name(s, i - 1, from);
		old_name(s, i, to);
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	return reopen(s);
}

static int write_lines(struct sender *s, const struct buf *lines)
{
	int r = reopen(s);

	if (r == 0 && s->bytes > 0 && s->bytes + lines->len > s->params->rotate_bytes)
		r = rotate(s);
	if (r < 0)
		return r;
	r = files_write_at(s->fd, lines->data, lines->len, (off_t)s->bytes);
	if (r == 0 && fdatasync(s->fd) < 0)
		r = -errno;
	if (r < 0) {
		(void)!ftruncate(s->fd, (off_t)s->bytes);
		return r;
	}
	s->bytes += lines->len;
	return 0;
}

static void file_send(struct sender *s, struct send_item *items, size_t count,
		      struct send_result *result)
{
	struct buf lines _cleanup_buf_ = BUF_INIT;
	int r;

	for (size_t i = 0; i < count; i++) {
		r = sender_format(s->params, "ecs", &items[i], &lines);
		if (r == -EINVAL) {
			items[i].verdict = SEND_REJECT;
			sender_why(result, "no record of ours");
			continue;
		}
		buf_add_char(&lines, '\n');
	}
	r = lines.error ? lines.error : lines.len ? write_lines(s, &lines) : 0;
	if (r < 0)
		sender_why(result, "%.150s: %s", s->params->path, strerror(-r));
	for (size_t i = 0; i < count; i++)
		if (items[i].verdict == SEND_RETRY && r == 0)
			items[i].verdict = SEND_DONE;
}

const struct sender_ops sender_file = {
	.open = file_open,
	.send = file_send,
	.close = file_close,
};
