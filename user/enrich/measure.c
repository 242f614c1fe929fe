/* SPDX-License-Identifier: Apache-2.0
 *
 * Size of directory trees in bounded steps: a stack of directories still to read and
 * one that is open. Only metadata is read, no link is followed but PostgreSQL's
 * tablespaces.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "enrich/datadir.h"

#define STACK_MAX 65536u    /* directories waiting; more are left out */
#define CLOCK_EVERY 32u     /* entries between two looks at the clock */
#define DIRS_MAX (1u << 20) /* directories in all: ends a walk over a loop of mounts */

struct item {
	char *path;    /* full, as opened */
	size_t prefix; /* length of "<proc_root>/<pid>/root" in it, for links */
	bool follow;   /* named by the server: may itself be a link */
};

struct measure {
	struct item *stack;
	size_t count, max;
	DIR *dir;
	struct item at; /* of dir */
	uint64_t bytes;
	unsigned int dirs;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static void push(struct measure *m, char *path, size_t prefix, bool follow)
{
	if (path && m->count == m->max && m->max < STACK_MAX) {
		size_t max = m->max ? m->max * 2 : 64;
		struct item *stack = reallocarray(m->stack, max, sizeof(*stack));

		if (stack) {
			m->stack = stack;
			m->max = max;
		}
	}
	if (!path || m->count == m->max) {
		free(path);
		return;
	}
	m->stack[m->count++] = (struct item){ path, prefix, follow };
}

static char *join(const char *dir, size_t dir_len, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%.*s%s%s", (int)dir_len, dir, *name == '/' ? "" : "/", name) < 0
		       ? NULL
		       : path;
}

struct roots {
	dev_t dev[DATADIRS_MAX];
	ino_t ino[DATADIRS_MAX];
	size_t count;
};

/* A volume that several containers mount is one directory. */
static bool is_walked(struct roots *r, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	for (size_t i = 0; i < r->count; i++)
		if (r->dev[i] == st.st_dev && r->ino[i] == st.st_ino)
			return true;
	r->dev[r->count] = st.st_dev;
	r->ino[r->count++] = st.st_ino;
	return false;
}

struct measure *measure_new(const char *proc_root, const struct datadirs *dirs)
{
	struct measure *m = calloc(1, sizeof(*m));
	struct roots roots = { .count = 0 };

	for (size_t i = 0; m && i < dirs->count; i++) {
		char root[PATH_MAX];
		char *path;

		snprintf(root, sizeof(root), "%s/%u/root", proc_root, dirs->pid[i]);
		path = join(root, strlen(root), dirs->path[i]);
		if (path && is_walked(&roots, path)) {
			free(path);
			continue;
		}
		if (path && access(path, R_OK | X_OK) == 0) {
			push(m, path, strlen(root), true);
			continue;
		}
		free(path);
		push(m, strdup(dirs->path[i]), 0, true);
	}
	return m;
}

static void close_dir(struct measure *m)
{
	if (m->dir)
		closedir(m->dir);
	m->dir = NULL;
	free(m->at.path);
	m->at.path = NULL;
}

void measure_free(struct measure *m)
{
	if (!m)
		return;
	close_dir(m);
	while (m->count > 0)
		free(m->stack[--m->count].path);
	free(m->stack);
	free(m);
}

/* Next directory of the stack; false when none is left. */
static bool open_next(struct measure *m)
{
	while (m->count > 0 && m->dirs < DIRS_MAX) {
		struct item item = m->stack[--m->count];
		int fd = open(item.path,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC | (item.follow ? 0 : O_NOFOLLOW));

		m->dirs++;
		m->dir = fd >= 0 ? fdopendir(fd) : NULL;
		if (m->dir) {
			m->at = item;
			return true;
		}
		if (fd >= 0)
			close(fd);
		free(item.path);
	}
	return false;
}

/* A link in pg_tblspc leads to a tablespace of this server. */
static void follow_tablespace(struct measure *m, const char *name)
{
	const char *base = strrchr(m->at.path, '/');
	char target[PATH_MAX];
	ssize_t n;

	if (!base || strcmp(base, "/pg_tblspc") != 0)
		return;
	n = readlinkat(dirfd(m->dir), name, target, sizeof(target) - 1);
	if (n <= 0 || target[0] != '/')
		return;
	target[n] = '\0';
	push(m, join(m->at.path, m->at.prefix, target), m->at.prefix, true);
}

/* What it takes on disk, if that is less: anybody's program may be called like a server, and
 * a hole of a terabyte, or a thousand names of one file, would make a theft look small. */
static uint64_t file_bytes(const struct stat *st)
{
	const uint64_t size = (uint64_t)st->st_size, blocks = (uint64_t)st->st_blocks * 512;

	return MIN(size, blocks) / MAX((uint64_t)st->st_nlink, (uint64_t)1);
}

static void take_entry(struct measure *m, const struct dirent *d)
{
	struct stat st;

	if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
		return;
	if (fstatat(dirfd(m->dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISREG(st.st_mode))
		m->bytes += file_bytes(&st);
	else if (S_ISDIR(st.st_mode))
		push(m, join(m->at.path, strlen(m->at.path), d->d_name), m->at.prefix, false);
	else if (S_ISLNK(st.st_mode))
		follow_tablespace(m, d->d_name);
}

bool measure_step(struct measure *m, unsigned int budget_us, uint64_t *ret_bytes)
{
	uint64_t end = now_us() + budget_us;
	unsigned int entries = 0;

	for (;;) {
		struct dirent *d = m->dir ? readdir(m->dir) : NULL;

		if (d) {
			take_entry(m, d);
		} else {
			close_dir(m);
			if (!open_next(m)) {
				*ret_bytes = m->bytes;
				return true;
			}
		}
		if (++entries % CLOCK_EVERY == 0 && now_us() >= end)
			return false;
	}
}
