/* SPDX-License-Identifier: Apache-2.0
 *
 * State files; see files.h. Knows nothing of what is in them.
 */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/units.h"

#define ASIDE_TRIES 100 /* files set aside within one second */

int files_write_at(int fd, const void *data, size_t len, off_t offset)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
		offset += n;
	}
	return 0;
}

int files_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

ssize_t files_read_at(int fd, void *data, size_t len, off_t offset)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, (char *)data + got, len - got, offset + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int files_allocate(int fd, off_t size)
{
	int r;

	do
		r = posix_fallocate(fd, 0, size);
	while (r == EINTR);
	return -r;
}

int files_sync_parent(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int files_set_aside(const char *path, int64_t now_unix_s, char **ret_aside)
{
	struct buf name _cleanup_buf_ = BUF_INIT;
	char stamp[32];
	size_t base;

	format_time(stamp, now_unix_s);
	buf_addf(&name, "%s.corrupt-", path);
	for (const char *p = stamp; *p; p++)
		if (*p != '-' && *p != ':')
			buf_add_char(&name, *p);
	base = name.len;
	for (int i = 1; i <= ASIDE_TRIES; i++) {
		if (i > 1) {
			name.len = base;
			buf_addf(&name, "-%d", i);
		}
		if (name.error)
			return name.error;
		if (renameat2(AT_FDCWD, path, AT_FDCWD, name.data, RENAME_NOREPLACE) == 0) {
			*ret_aside = TAKE_PTR(name.data);
			return files_sync_parent(path);
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}
