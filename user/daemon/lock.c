/* SPDX-License-Identifier: Apache-2.0
 *
 * The state directory and its lock; see manager.h. The lock goes with the process,
 * however it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "daemon/manager.h"

/* mkdir -p with mode 0700 for what is new. */
static int make_dirs(const char *path)
{
	char *copy _cleanup_free_ = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return -errno;
		if (c == '\0')
			return 0;
		*p = c;
	}
}

int daemon_lock(const char *state_dir, int *ret_fd)
{
	int dir _cleanup_close_ = -1;
	int fd _cleanup_close_ = -1;
	struct stat st;
	int r = make_dirs(state_dir);

	if (r < 0)
		return r;
	dir = open(state_dir, O_DIRECTORY | O_CLOEXEC | O_RDONLY);
	if (dir < 0)
		return -errno;
	if (fstat(dir, &st) < 0)
		return -errno;
	/* Whoever may rename in it could put links where the history is about to be. */
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EXDEV;
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}
