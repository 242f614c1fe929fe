/* SPDX-License-Identifier: Apache-2.0
 *
 * Group `file` proves that its hook fires: by one read that must appear in the counters.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

enum {
	TRIAL_BYTES = 64, /* of the self-test's read; /proc/self/stat has more */
	TRIAL_TIMES = 8,
};

static uint64_t total_read(const struct collect *c)
{
	struct sample s = {};

	file_read_before(c, &s);
	return s.read_total_before.read_bytes;
}

/* A directory and a file in it with enough to read: our own of /proc, or one of a tmpfs,
 * which is among the file systems that the lowest rung knows. */
static int trial_open(const struct collect *c, int *ret_dir)
{
	static const char *const places[] = { "/dev/shm", "/run", "/tmp" };
	struct statfs fs;
	int fd = -1;

	if (c->plan.rung[PLAN_FILE] != RUNG_FEXIT) {
		*ret_dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return *ret_dir < 0 ? -1 : openat(*ret_dir, "stat", O_RDONLY | O_CLOEXEC);
	}
	for (size_t i = 0; fd < 0 && i < ARRAY_SIZE(places); i++) {
		if (statfs(places[i], &fs) || (unsigned long)fs.f_type != TMPFS_MAGIC)
			continue;
		fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 && ftruncate(fd, TRIAL_BYTES) == 0)
			*ret_dir = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return *ret_dir < 0 ? -1 : fd;
}

/* One read of a file in a directory that is watched for that. Other reads there count as
 * well, our own threads' and those of a `ps`: then once more. */
static bool trial_reads(const struct collect *c, int fd)
{
	char bytes[TRIAL_BYTES];

	for (int i = 0; i < TRIAL_TIMES; i++) {
		uint64_t before = total_read(c);

		if (pread(fd, bytes, sizeof(bytes), 0) == TRIAL_BYTES &&
		    total_read(c) - before == TRIAL_BYTES)
			return true;
	}
	return false;
}

bool file_trial(struct collect *c)
{
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int fd = trial_open(c, &dir);
	bool passes;

	if (fd < 0)
		return true; /* nothing to try with */
	c->file.turn++;
	if (file_dir_tell(c, dir) < 0)
		return false;
	(void)file_dirs_publish(c);
	passes = trial_reads(c, fd);
	c->file.turn++;
	(void)file_dirs_publish(c); /* of a later turn than any directory: none is watched */
	file_drain_self(c);
	return passes;
}
