/* SPDX-License-Identifier: Apache-2.0
 *
 * Path rules for data directories; see datadir.h. Pure.
 */
#include <string.h>

#include "base/cleanup.h"
#include "enrich/datadir.h"

static const char *const not_data[] = {
	"/usr",    "/bin",     "/sbin",      "/lib",           "/lib32",   "/lib64", "/proc",
	"/sys",    "/dev",     "/run",       "/var/run",       "/var/log", "/etc",   "/boot",
	"/memfd:", "/var/tmp", "/var/cache", "/anon_hugepage", "/SYSV",
};

static const char *const dir_options[] = {
	"-D",          "--datadir", "--data-dir",          "--dbpath",
	"--data",      "--dir",     "--data_dir",          "--path.data",
	"-Epath.data", "--db-path", "--storage.tsdb.path", "--pgdata",
	"--store",
};

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

bool datadir_plausible(const char *path)
{
	unsigned int depth = 0;

	if (path[0] != '/' || strlen(path) >= 4096)
		return false;
	for (size_t i = 0; path[i]; i++)
		depth += path[i] == '/' && path[i + 1] != '\0' && path[i + 1] != '/';
	for (size_t i = 0; i < ARRAY_SIZE(not_data); i++)
		if (is_below(path, not_data[i]))
			return false;
	if (is_below(path, "/home") || is_below(path, "/var"))
		return depth >= 3;
	/* One level is enough for a volume of its own ("/data"), not for the root's own places. */
	return depth >= 1 && strcmp(path, "/root") != 0 && strcmp(path, "/tmp") != 0;
}

static void drop(struct datadirs *d, size_t i)
{
	free((void *)(uintptr_t)d->path[i]);
	d->count--;
	memmove(&d->path[i], &d->path[i + 1], (d->count - i) * sizeof(d->path[0]));
	memmove(&d->pid[i], &d->pid[i + 1], (d->count - i) * sizeof(d->pid[0]));
	memmove(&d->mount_ns[i], &d->mount_ns[i + 1], (d->count - i) * sizeof(d->mount_ns[0]));
}

void datadirs_add_told(struct datadirs *d, const char *path, uint32_t pid, uint64_t mount_ns)
{
	char *copy;

	if (path[0] != '/' || path[strspn(path, "/")] == '\0')
		return;
	for (size_t i = 0; i < d->count; i++)
		if (d->mount_ns[i] == mount_ns && is_below(path, d->path[i]))
			return;
	for (size_t i = d->count; i-- > 0;)
		if (d->mount_ns[i] == mount_ns && is_below(d->path[i], path))
			drop(d, i);
	copy = d->count < DATADIRS_MAX ? strdup(path) : NULL;
	if (!copy)
		return;
	d->path[d->count] = copy;
	d->mount_ns[d->count] = mount_ns;
	d->pid[d->count++] = pid;
}

void datadirs_add(struct datadirs *d, const char *path, uint32_t pid, uint64_t mount_ns)
{
	if (datadir_plausible(path))
		datadirs_add_told(d, path, pid, mount_ns);
}

void datadirs_clear(struct datadirs *d)
{
	while (d->count > 0)
		drop(d, d->count - 1);
}

static bool take(char *out, size_t size, const char *s, size_t len)
{
	if (len == 0 || len >= size || s[0] != '/')
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

bool datadir_from_args(const char *args, size_t len, char *out, size_t size)
{
	const char *p = args, *end = args + len;
	bool next = false;

	for (size_t n; p < end; p += n + 1) {
		n = strnlen(p, (size_t)(end - p));
		if (next && take(out, size, p, n))
			return true;
		next = false;
		for (size_t i = 0; i < ARRAY_SIZE(dir_options); i++) {
			size_t k = strlen(dir_options[i]);

			if (n < k || memcmp(p, dir_options[i], k) != 0)
				continue;
			if (n == k)
				next = true;
			else if (p[k] == '=' && take(out, size, p + k + 1, n - k - 1))
				return true;
			else if (k == 2 && take(out, size, p + k, n - k))
				return true;
		}
	}
	return false;
}
