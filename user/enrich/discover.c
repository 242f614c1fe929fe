/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds database servers by their executables, their data directories by command
 * line, working directory and open files, and has the sizes measured.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "enrich/datadir.h"
#include "enrich/internal.h"
#include "enrich/proc.h"
#include "enrich/script.h"

#define PIDS_MAX 65536u  /* /proc entries looked at */
#define SERVERS_MAX 256u /* processes whose open files are read; backends share them */
#define FILES_MAX 512u   /* descriptors of one process looked at */
#define ARGS_MAX 8192u
#define REMEASURE_NS (3600ull * 1000000000u) /* the same directories are walked again after this */

struct databases {
	struct datadirs dirs;
	struct measure *walk;
	uint64_t bytes;     /* of the last complete walk */
	uint64_t walked_ns; /* CLOCK_BOOTTIME when it began; 0 = never */
};

void databases_free(struct databases *d)
{
	if (!d)
		return;
	measure_free(d->walk);
	datadirs_clear(&d->dirs);
	free(d);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static uint64_t mount_ns_of(int proc_fd)
{
	struct stat st;

	return fstatat(proc_fd, "ns/mnt", &st, 0) ? 0 : (uint64_t)st.st_ino;
}

/* Anybody can start a program called postgres with -D /var: what it was told counts only where
 * it is root or the directory is its user's own, as servers demand of theirs. */
static bool owns(int proc_fd, const char *path)
{
	char text[4096], below_root[PATH_MAX];
	uint32_t real, effective;
	struct stat st;
	int n = proc_read(proc_fd, "status", text, sizeof(text));

	if (n < 0 || proc_parse_uids(text, (size_t)n, &real, &effective))
		return false;
	n = snprintf(below_root, sizeof(below_root), "root%s", path);
	return effective == 0 ||
	       ((size_t)n < sizeof(below_root) && fstatat(proc_fd, below_root, &st, 0) == 0 &&
		st.st_uid == effective);
}

/* Directories of regular files the server holds open. */
static void add_open_files(struct datadirs *dirs, int proc_fd, uint32_t pid, uint64_t mount_ns)
{
	int fd = openat(proc_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir _cleanup_closedir_ = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (unsigned int n = 0; n < FILES_MAX && (d = readdir(dir)); n++) {
		char path[PATH_MAX];
		char *slash;

		if (!isdigit((unsigned char)d->d_name[0]) ||
		    proc_link(dirfd(dir), d->d_name, path, sizeof(path)) <= 0 || path[0] != '/')
			continue;
		slash = strrchr(path, '/');
		if (slash == path)
			continue;
		*slash = '\0';
		datadirs_add(dirs, path, pid, mount_ns);
	}
}

/* True if the process is a database server; then its directories are in `dirs`. */
static bool look_at(const struct enrich *e, uint32_t pid, struct datadirs *dirs)
{
	int fd _cleanup_close_ = proc_open(e->proc_root, pid);
	char path[PATH_MAX], args[ARGS_MAX], script[PATH_MAX];
	uint64_t mount_ns;
	int n;

	if (fd < 0 || proc_link(fd, "exe", path, sizeof(path)) <= 0)
		return false;
	if (!database_is_server(base_name(path), "") && strcmp(base_name(path), "java") != 0)
		return false;
	n = proc_read(fd, "cmdline", args, sizeof(args));
	n = MAX(n, 0);
	script_find(base_name(path), args, (size_t)n, script, sizeof(script));
	if (!database_is_server(base_name(path), script))
		return false;
	mount_ns = mount_ns_of(fd);
	if (datadir_from_args(args, (size_t)n, path, sizeof(path)) && owns(fd, path))
		datadirs_add_told(dirs, path, pid, mount_ns);
	if (proc_link(fd, "cwd", path, sizeof(path)) > 0)
		datadirs_add(dirs, path, pid, mount_ns);
	add_open_files(dirs, fd, pid, mount_ns);
	return true;
}

static bool same_dirs(const struct datadirs *a, const struct datadirs *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->count != b->count || a->mount_ns[i] != b->mount_ns[i] ||
		    strcmp(a->path[i], b->path[i]) != 0)
			return false;
	return a->count == b->count;
}

/* Takes the directories over; walks them if they are new or the last walk is old. */
static void take_dirs(struct enrich *e, struct datadirs *dirs)
{
	struct databases *d = e->databases;
	bool same = same_dirs(&d->dirs, dirs);
	uint64_t now = boot_now_ns();

	datadirs_clear(&d->dirs);
	d->dirs = *dirs;
	if (same && (d->walk || now - d->walked_ns < REMEASURE_NS))
		return;
	measure_free(d->walk);
	d->walk = dirs->count ? measure_new(e->proc_root, dirs) : NULL;
	d->walked_ns = now;
	if (dirs->count == 0)
		d->bytes = 0;
}

void enrich_discover_databases(struct enrich *e)
{
	DIR *proc _cleanup_closedir_ = opendir(e->proc_root);
	unsigned int servers = 0;
	struct datadirs dirs = { .count = 0 };
	struct dirent *d;
	uint64_t pid;

	if (!proc)
		return;
	if (!e->databases)
		e->databases = calloc(1, sizeof(*e->databases));
	if (!e->databases)
		return;
	for (unsigned int n = 0; n < PIDS_MAX && servers < SERVERS_MAX && (d = readdir(proc)); n++)
		if (parse_u64(d->d_name, &pid) == 0 && pid <= UINT32_MAX)
			servers += look_at(e, (uint32_t)pid, &dirs);
	take_dirs(e, &dirs);
}

bool enrich_measure_step(struct enrich *e, unsigned int budget_us)
{
	struct databases *d = e->databases;

	if (!d || !d->walk)
		return true;
	if (!measure_step(d->walk, budget_us, &d->bytes))
		return false;
	measure_free(d->walk);
	d->walk = NULL;
	return true;
}

uint64_t enrich_database_bytes(const struct enrich *e)
{
	return e->databases ? e->databases->bytes : 0;
}

size_t enrich_data_dirs(const struct enrich *e, const char *const **ret)
{
	if (!e->databases) {
		*ret = NULL;
		return 0;
	}
	*ret = e->databases->dirs.path;
	return e->databases->dirs.count;
}

int enrich_open_data_dir(const struct enrich *e, size_t i)
{
	char path[PATH_MAX];
	int fd, n;

	if (!e->databases || i >= e->databases->dirs.count)
		return -EINVAL;
	n = snprintf(path, sizeof(path), "%s/%u/root%s", e->proc_root, e->databases->dirs.pid[i],
		     e->databases->dirs.path[i]);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
