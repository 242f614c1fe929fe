/* SPDX-License-Identifier: Apache-2.0
 *
 * See procsock.h. By /proc/PID/fd, and by pidfd_getfd(2) where a socket has to be asked.
 */
#include "enrich/procsock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

size_t procsock_list(int dir_fd, struct open_socket *out, size_t max)
{
	int fd = openat(dir_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir _cleanup_closedir_ = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t count = 0;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && count < max && (entry = readdir(dir))) {
		unsigned long long inode;
		char link[64];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		if (sscanf(link, "socket:[%llu]", &inode) != 1)
			continue;
		out[count++] = (struct open_socket){ inode, (int)strtol(entry->d_name, NULL, 10) };
	}
	return count;
}

int procsock_take(int pidfd, int number)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

uint64_t procsock_netns(int dir_fd)
{
	struct stat st;

	return fstatat(dir_fd, "ns/net", &st, 0) == 0 ? st.st_ino : 0;
}
