/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing and reading of /proc/PID; see proc.h and proc(5).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "enrich/cgroup_path.h"
#include "enrich/proc.h"

#define KERNEL_THREAD_FLAG 0x00200000u /* PF_KTHREAD, linux/sched.h */
#define FIELD_FLAGS 9                  /* proc(5), /proc/pid/stat, counted from 1 */
#define FIELD_PPID 4
#define FIELD_START 22

/* Digits up to a blank or the end; refuses anything else and overflow. */
static int scan_u64(const char **p, const char *end, uint64_t *ret)
{
	uint64_t v = 0;

	if (*p == end || !isdigit((unsigned char)**p))
		return -EINVAL;
	for (; *p < end && isdigit((unsigned char)**p); (*p)++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(**p - '0'), &v))
			return -EINVAL;
	*ret = v;
	return 0;
}

/* The fields behind the closing parenthesis; the first is number 3, a letter. */
static int parse_fields(const char *p, const char *end, struct proc_stat *ret)
{
	uint64_t v;

	for (unsigned int field = 3; field <= FIELD_START; field++) {
		while (p < end && *p == ' ')
			p++;
		if (field == FIELD_PPID || field == FIELD_FLAGS || field == FIELD_START) {
			if (scan_u64(&p, end, &v))
				return -EINVAL;
			if (field == FIELD_PPID)
				ret->ppid = (uint32_t)v;
			else if (field == FIELD_FLAGS)
				ret->kernel_thread = v & KERNEL_THREAD_FLAG;
			else
				ret->start_ticks = v;
		}
		if (p == end)
			return -EINVAL;
		while (p < end && *p != ' ')
			p++;
	}
	return 0;
}

int proc_parse_stat(const char *text, size_t len, struct proc_stat *ret)
{
	const char *end = text + len, *open, *close, *p = text;
	uint64_t pid;
	size_t n;

	memset(ret, 0, sizeof(*ret));
	if (scan_u64(&p, end, &pid) || pid > UINT32_MAX)
		return -EINVAL;
	ret->pid = (uint32_t)pid;
	/* A name may hold blanks and parentheses: the last one ends it. */
	open = memchr(p, '(', (size_t)(end - p));
	close = memrchr(p, ')', (size_t)(end - p));
	if (!open || !close || close < open)
		return -EINVAL;
	n = MIN((size_t)(close - open - 1), sizeof(ret->comm) - 1);
	memcpy(ret->comm, open + 1, n);
	return parse_fields(close + 1, end, ret);
}

enum { RANK_NONE, RANK_OTHER, RANK_SYSTEMD, RANK_V2, RANK_CONTAINER = 4 };

static bool names_container(const char *path, size_t len)
{
	struct cgroup_names names;
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)MIN(len, sizeof(text) - 1), path);
	cgroup_path_parse(text, &names);
	return names.container_id[0] != '\0';
}

/* How well a line's path names a process. On a hybrid host an engine may make the
 * container's cgroup on the v1 side only, and leave it in its own service on v2. */
static unsigned int cgroup_rank(const char *line, const char *path, size_t path_len)
{
	unsigned int rank = RANK_OTHER;

	if (path_len <= 1)
		return RANK_NONE;
	if (strncmp(line, "0::", 3) == 0)
		rank = RANK_V2;
	else if (memmem(line, (size_t)(path - line), ":name=systemd:", 14))
		rank = RANK_SYSTEMD;
	return names_container(path, path_len) ? rank + RANK_CONTAINER : rank;
}

void proc_parse_cgroup(const char *text, size_t len, char *out, size_t size)
{
	const char *p = text, *end = text + len, *best = "";
	unsigned int best_rank = 0;
	size_t best_len = 0;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *line_end = nl ? nl : end;
		const char *colon = memchr(p, ':', (size_t)(line_end - p));
		const char *path = NULL;

		if (colon)
			path = memchr(colon + 1, ':', (size_t)(line_end - colon - 1));
		if (path) {
			size_t n = (size_t)(line_end - ++path);
			unsigned int rank = cgroup_rank(p, path, n);

			if (rank > best_rank || (rank == best_rank && rank && n > best_len)) {
				best = path;
				best_len = n;
				best_rank = rank;
			}
		}
		p = line_end + 1;
	}
	best_len = MIN(best_len, size - 1);
	memcpy(out, best, best_len);
	out[best_len] = '\0';
}

int proc_parse_uids(const char *text, size_t len, uint32_t *ret_real, uint32_t *ret_effective)
{
	const char *end = text + len, *p = memmem(text, len, "\nUid:", 5);
	uint64_t v[2];

	if (!p)
		return -EINVAL;
	p += 5;
	for (int i = 0; i < 2; i++) {
		while (p < end && (*p == '\t' || *p == ' '))
			p++;
		if (scan_u64(&p, end, &v[i]) || v[i] > UINT32_MAX)
			return -EINVAL;
	}
	*ret_real = (uint32_t)v[0];
	*ret_effective = (uint32_t)v[1];
	return 0;
}

uint32_t proc_parse_ns_pid(const char *text, size_t len)
{
	const char *end = text + len, *p = memmem(text, len, "\nNSpid:", 7);
	uint64_t v, last = 0;

	for (p = p ? p + 7 : end; p < end && *p != '\n';) {
		while (p < end && (*p == '\t' || *p == ' '))
			p++;
		if (p == end || scan_u64(&p, end, &v) || v > UINT32_MAX)
			break;
		last = v;
	}
	return (uint32_t)last;
}

bool proc_same_start(uint64_t start_ns, uint64_t start_ticks, long ticks_per_s)
{
	/* The kernel divides and drops the rest (nsec_to_clock_t). */
	return ticks_per_s > 0 && start_ns / (1000000000ull / (uint64_t)ticks_per_s) == start_ticks;
}

int proc_open(const char *root, uint32_t pid)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%u", root, pid) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int proc_read(int dir_fd, const char *name, char *out, size_t size)
{
	int fd _cleanup_close_ = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	out[0] = '\0';
	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		ssize_t n = read(fd, out + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	return (int)len;
}

int proc_link(int dir_fd, const char *name, char *out, size_t size)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlinkat(dir_fd, name, out, size - 1);

	if (n < 0) {
		out[0] = '\0';
		return -errno;
	}
	if ((size_t)n >= sizeof(deleted) &&
	    memcmp(out + n - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1) == 0)
		n -= (ssize_t)sizeof(deleted) - 1;
	out[n] = '\0';
	return (int)n;
}

bool proc_is_same(int dir_fd, uint64_t start_ns, long ticks_per_s)
{
	struct proc_stat st;
	char text[1024];
	int n = proc_read(dir_fd, "stat", text, sizeof(text));

	return n > 0 && proc_parse_stat(text, (size_t)n, &st) == 0 &&
	       proc_same_start(start_ns, st.start_ticks, ticks_per_s);
}
