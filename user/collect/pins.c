/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory of pins: <pin_dir>/abi<N>/{maps,links}/NAME on a bpffs. Its lock says
 * which daemon is in charge; another ABI's subdirectory is an upgrade's or a downgrade's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "collect/private.h"

#define BPFFS_DEFAULT "/sys/fs/bpf"
#define ABI_PREFIX "abi"

static int dir_make(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* Like mkdir -p. */
static int dirs_make(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	int r;

	if (!copy)
		return -ENOMEM;
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		r = dir_make(copy);
		*p = '/';
		if (r < 0)
			return r;
	}
	return dir_make(copy);
}

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

/* Mounts a bpffs at its usual place when the path lies there and none is mounted. */
static int bpffs_ensure(const char *pin_dir)
{
	if (strncmp(pin_dir, BPFFS_DEFAULT "/", strlen(BPFFS_DEFAULT "/")) != 0 ||
	    on_bpffs(BPFFS_DEFAULT))
		return 0;
	return mount("bpffs", BPFFS_DEFAULT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700")
		       ? -errno
		       : 0;
}

/* The version that a directory of pins is of; -EINVAL: it is none. */
static int abi_of(const char *name)
{
	unsigned int abi;
	char end;

	return sscanf(name, ABI_PREFIX "%u%c", &abi, &end) == 1 && abi <= INT_MAX ? (int)abi
										  : -EINVAL;
}

/* -EINVAL when pins of a newer ABI are there: they are not ours to end. */
static int newer_check(const char *pin_dir)
{
	_cleanup_closedir_ DIR *d = opendir(pin_dir);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (abi_of(e->d_name) > EG_ABI_VERSION)
			return -EINVAL;
	return 0;
}

int pins_path(const struct collect *c, const char *kind, const char *name, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s/" ABI_PREFIX "%d/%s%s%s", c->pin_dir, EG_ABI_VERSION, kind,
			 *name ? "/" : "", name);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

enum fact pins_possible(const char *pin_dir)
{
	_cleanup_free_ char *dir = strdup(pin_dir);
	char *slash;

	if (!dir)
		return FACT_UNKNOWN;
	if (bpffs_ensure(pin_dir) < 0)
		return FACT_NO;
	while (access(dir, F_OK) && (slash = strrchr(dir, '/')) && slash != dir)
		*slash = '\0'; /* the nearest directory that is there */
	return on_bpffs(dir) ? FACT_YES : FACT_NO;
}

int pins_open(struct collect *c, const char *pin_dir)
{
	char path[512];
	int r;

	if (pins_possible(pin_dir) != FACT_YES)
		return -ENOTSUP;
	r = dirs_make(pin_dir);
	if (r < 0)
		return r;
	c->lock_fd = open(pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->lock_fd < 0)
		return -errno;
	if (flock(c->lock_fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	r = newer_check(pin_dir);
	if (r < 0)
		return r;
	c->pin_dir = strdup(pin_dir);
	if (!c->pin_dir)
		return -ENOMEM;
	r = pins_path(c, "maps", "", path, sizeof(path));
	if (r < 0)
		return r;
	r = dirs_make(path);
	if (r < 0)
		return r;
	r = pins_path(c, "links", "", path, sizeof(path));
	return r < 0 ? r : dirs_make(path);
}

/* Removes a tree of our own shape: abi<N>/{maps,links}/file. */
static int tree_remove(int parent_fd, const char *name, int depth)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (depth > 0)
			(void)tree_remove(dirfd(d), e->d_name, depth - 1);
		else
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	return unlinkat(parent_fd, name, AT_REMOVEDIR) ? -errno : 0;
}

int pins_remove(const char *pin_dir, int newest_abi)
{
	_cleanup_closedir_ DIR *d = opendir(pin_dir);
	struct dirent *e;
	int r, found = -ENOENT;

	if (!d)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!on_bpffs(pin_dir))
		return -ENOENT;
	while ((e = readdir(d))) {
		r = abi_of(e->d_name);
		if (r < 0 || r > newest_abi)
			continue;
		r = tree_remove(dirfd(d), e->d_name, 1);
		if (r < 0)
			return r;
		found = 0;
	}
	return found;
}

int collect_detach(const char *pin_dir)
{
	int r = pins_remove(pin_dir, INT_MAX);

	if (r == 0)
		(void)rmdir(pin_dir);
	return r;
}
