/* SPDX-License-Identifier: Apache-2.0
 *
 * What a receiver refused for good, with its reason; see exporter.h. Bounded: above
 * the bound the file takes the name of the one before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/files.h"
#include "base/jsonw.h"
#include "daemon/exporter.h"

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
