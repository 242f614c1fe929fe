/* SPDX-License-Identifier: Apache-2.0
 *
 * Resolution of cgroup ids; see cgroup_id.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "enrich/cgroup_id.h"

#define CACHE_MAX 8192u    /* paths kept, 170 bytes each */
#define WALK_DIRS 2048u    /* directories one walk visits: some 10 ms */
#define WALK_DEPTH 12      /* deeper than any runtime nests */
#define WALKS_MAX 64u      /* walks between two resolutions that succeed by handle */
#define FILEID_KERNFS 0xfe /* linux/exportfs.h */

struct entry {
	uint64_t id;
	UT_hash_handle hh;
	bool known;
	char path[];
};

struct cgroup_ids {
	char *root;
	int root_fd;
	bool kernfs; /* "no such handle" can be believed */
	unsigned int walks;
	struct entry *table;
};

static char *find_mount(const char *proc_root)
{
	char path[PATH_MAX], *found = NULL;
	struct mntent *m;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/self/mounts", proc_root) >= (int)sizeof(path))
		return NULL;
	f = setmntent(path, "re");
	if (!f)
		return NULL;
	while (!found && (m = getmntent(f)))
		if (strcmp(m->mnt_type, "cgroup2") == 0)
			found = strdup(m->mnt_dir);
	endmntent(f);
	return found;
}

int cgroup_ids_new(const char *root, const char *proc_root, struct cgroup_ids **ret)
{
	struct cgroup_ids *c = calloc(1, sizeof(*c));
	struct statfs fs;

	if (!c)
		return -ENOMEM;
	c->root = root && *root ? strdup(root) : find_mount(proc_root);
	c->root_fd = c->root ? open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	c->kernfs = c->root_fd >= 0 && fstatfs(c->root_fd, &fs) == 0 &&
		    fs.f_type == CGROUP2_SUPER_MAGIC;
	*ret = c;
	return 0;
}

static void forget_all(struct cgroup_ids *c)
{
	struct entry *e, *next;

	HASH_ITER(hh, c->table, e, next) {
		HASH_DELETE(hh, c->table, e);
		free(e);
	}
}

void cgroup_ids_free(struct cgroup_ids *c)
{
	if (!c)
		return;
	forget_all(c);
	if (c->root_fd >= 0)
		close(c->root_fd);
	free(c->root);
	free(c);
}

static struct entry *remember(struct cgroup_ids *c, uint64_t id, const char *path)
{
	size_t len = path ? strlen(path) + 1 : 1;
	struct entry *e;

	HASH_FIND(hh, c->table, &id, sizeof(id), e);
	if (e && (e->known || !path))
		return e;
	if (e) {
		HASH_DELETE(hh, c->table, e);
		free(e);
	}
	if (HASH_COUNT(c->table) >= CACHE_MAX)
		forget_all(c);
	e = calloc(1, sizeof(*e) + len);
	if (!e)
		return NULL;
	e->id = id;
	e->known = path != NULL;
	memcpy(e->path, path ? path : "", len);
	HASH_ADD(hh, c->table, id, sizeof(e->id), e);
	if (TABLE_ADDED(e))
		return e;
	free(e);
	return NULL;
}

/* 0, -ESTALE (no such cgroup any more), or why handles cannot be used. */
static int path_by_handle(const struct cgroup_ids *c, uint64_t id, char *out, size_t size)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} u = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	char link[64], full[PATH_MAX];
	size_t prefix = strlen(c->root);
	ssize_t n;
	int fd _cleanup_close_ = -1;

	memcpy(u.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(c->root_fd, &u.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, full, sizeof(full) - 1);
	if (n < 0)
		return -errno;
	full[n] = '\0';
	if (strncmp(full, c->root, prefix) != 0)
		return -ESTALE;
	snprintf(out, size, "%s", full[prefix] ? full + prefix : "/");
	return 0;
}

/* Depth first below dir_fd, whose path is path[0..len); every directory seen is
 * remembered. */
static void walk(struct cgroup_ids *c, int dir_fd, char path[PATH_MAX], size_t len, int depth,
		 unsigned int *budget)
{
	DIR *dir _cleanup_closedir_ = fdopendir(dir_fd);
	struct dirent *d;
	struct stat st;

	if (!dir) {
		close(dir_fd);
		return;
	}
	if (fstat(dirfd(dir), &st) == 0)
		remember(c, st.st_ino, len ? path : "/");
	while (*budget > 0 && depth < WALK_DEPTH && (d = readdir(dir))) {
		int fd, n;

		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		n = snprintf(path + len, PATH_MAX - len, "/%s", d->d_name);
		if (n < 0 || (size_t)n >= PATH_MAX - len)
			continue;
		fd = openat(dirfd(dir), d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		(*budget)--;
		walk(c, fd, path, len + (size_t)n, depth + 1, budget);
		path[len] = '\0';
	}
}

static void path_by_walk(struct cgroup_ids *c)
{
	unsigned int budget = WALK_DIRS;
	char path[PATH_MAX] = "";
	int fd;

	if (c->walks >= WALKS_MAX)
		return;
	c->walks++;
	fd = openat(c->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		walk(c, fd, path, 0, 0, &budget);
}

const char *cgroup_ids_path(struct cgroup_ids *c, uint64_t id)
{
	char path[PATH_MAX];
	struct entry *e;
	int r;

	if (id == 0 || c->root_fd < 0)
		return NULL;
	HASH_FIND(hh, c->table, &id, sizeof(id), e);
	if (e)
		return e->known ? e->path : NULL;
	r = path_by_handle(c, id, path, sizeof(path));
	if (r == 0)
		c->walks = 0;
	else if (r != -ESTALE || !c->kernfs)
		path_by_walk(c);
	e = remember(c, id, r == 0 ? path : NULL);
	return e && e->known ? e->path : NULL;
}
