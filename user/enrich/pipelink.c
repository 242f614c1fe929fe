/* SPDX-License-Identifier: Apache-2.0
 *
 * Who writes into the pipes that a process reads: "pg_dump | gzip | curl", a script that
 * reads from the dump it started, a program that a server was told to write to. Pipes know
 * no peer, so the writer is looked for among relatives: ancestors, their children, its own
 * children. See enrich_pipe_* in enrich.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "enrich/internal.h"
#include "enrich/proc.h"

enum {
	PIPES_MAX = 16,      /* of one process: a stage of a pipeline has two */
	FDS_MAX = 256,       /* descriptors looked at, of one process */
	ANCESTORS_MAX = 3,   /* the shell, and what started it */
	RELATIVES_MAX = 128, /* looked at, of one stage: each some 30 us */
	STAGES_MAX = 4,      /* "dump | compress | encrypt | send" */
};

struct pipes {
	uint64_t inode[PIPES_MAX];
	size_t count;
};

struct relatives {
	uint32_t pids[RELATIVES_MAX]; /* nearest first */
	size_t count;
};

static bool has_pipe(const struct pipes *p, uint64_t inode)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->inode[i] == inode)
			return true;
	return false;
}

static void add_pipe(struct pipes *p, uint64_t inode)
{
	if (p->count < PIPES_MAX && !has_pipe(p, inode))
		p->inode[p->count++] = inode;
}

/* The mode of the link in /proc/PID/fd says how the descriptor is open. */
static void take_pipe(int fds_fd, const char *name, struct pipes *reads, struct pipes *writes)
{
	unsigned long long inode;
	struct stat st;
	char link[64];
	ssize_t n = readlinkat(fds_fd, name, link, sizeof(link) - 1);

	if (n <= 0)
		return;
	link[n] = '\0';
	if (sscanf(link, "pipe:[%llu]", &inode) != 1 ||
	    fstatat(fds_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (st.st_mode & S_IRUSR)
		add_pipe(reads, inode);
	if (st.st_mode & S_IWUSR)
		add_pipe(writes, inode);
}

static void list_pipes(const struct enrich *e, uint32_t pid, struct pipes *reads,
		       struct pipes *writes)
{
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, pid);
	int fd = dir_fd < 0 ? -1 : openat(dir_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir _cleanup_closedir_ = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	reads->count = writes->count = 0;
	if (!dir && fd >= 0)
		close(fd);
	for (size_t i = 0; dir && i < FDS_MAX && (entry = readdir(dir)); i++)
		take_pipe(dirfd(dir), entry->d_name, reads, writes);
}

static void add_relative(struct relatives *r, uint32_t pid)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->pids[i] == pid)
			return;
	if (r->count < RELATIVES_MAX)
		r->pids[r->count++] = pid;
}

static void add_children(const struct enrich *e, uint32_t pid, struct relatives *r)
{
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, pid);
	char name[64], text[RELATIVES_MAX * 11 + 1];
	char *at = text, *end;
	int n;

	(void)snprintf(name, sizeof(name), "task/%" PRIu32 "/children", pid);
	n = dir_fd < 0 ? -1 : proc_read(dir_fd, name, text, sizeof(text));
	for (unsigned long child; n > 0 && (child = strtoul(at, &end, 10)) && *end; at = end)
		add_relative(r, (uint32_t)child);
}

static uint32_t parent_of(const struct enrich *e, uint32_t pid)
{
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, pid);
	struct proc_stat st;
	char text[1024];
	int n = dir_fd < 0 ? -1 : proc_read(dir_fd, "stat", text, sizeof(text));

	return n <= 0 || proc_parse_stat(text, (size_t)n, &st) ? 0 : st.ppid;
}

static void find_relatives(const struct enrich *e, uint32_t pid, struct relatives *ret)
{
	ret->count = 0;
	add_children(e, pid, ret);
	for (size_t i = 0; i < ANCESTORS_MAX; i++) {
		pid = parent_of(e, pid);
		if (pid <= 1)
			return; /* init's children are no pipeline */
		add_relative(ret, pid);
		add_children(e, pid, ret);
	}
}

static bool is_in(const struct pipe_sources *s, uint32_t pid)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->pids[i] == pid)
			return true;
	return false;
}

/* Adds those who write what `pid` reads. Its own pipes wake it, and bring nothing. */
static void add_writers(const struct enrich *e, uint32_t pid, struct pipe_sources *ret)
{
	struct pipes reads, writes, other_reads, other_writes;
	struct relatives relatives;
	bool fed = false;

	list_pipes(e, pid, &reads, &writes);
	for (size_t i = 0; i < reads.count; i++)
		fed |= !has_pipe(&writes, reads.inode[i]);
	if (!fed)
		return;
	find_relatives(e, pid, &relatives);
	for (size_t i = 0; i < relatives.count && ret->count < PIPE_SOURCES_MAX; i++) {
		bool gives = false;

		if (relatives.pids[i] == pid || is_in(ret, relatives.pids[i]))
			continue;
		list_pipes(e, relatives.pids[i], &other_reads, &other_writes);
		for (size_t j = 0; j < other_writes.count; j++)
			gives |= has_pipe(&reads, other_writes.inode[j]) &&
				 !has_pipe(&writes, other_writes.inode[j]);
		if (gives)
			ret->pids[ret->count++] = relatives.pids[i];
	}
}

void enrich_pipe_sources(const struct enrich *e, const struct ident *relay,
			 struct pipe_sources *ret)
{
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, relay->tgid);
	size_t from = 0;

	ret->count = 0;
	if (dir_fd < 0 || !proc_is_same(dir_fd, relay->start_ns, e->ticks_per_s))
		return;
	add_writers(e, relay->tgid, ret);
	for (size_t stage = 1; stage < STAGES_MAX && from < ret->count; stage++)
		for (size_t end = ret->count; from < end; from++)
			add_writers(e, ret->pids[from], ret);
}

bool enrich_is_source(const struct enrich *e, const struct pipe_sources *s,
		      const struct ident *ident)
{
	int dir_fd _cleanup_close_ = -1;

	if (ident->exited || !is_in(s, ident->tgid))
		return false;
	dir_fd = proc_open(e->proc_root, ident->tgid);
	return dir_fd >= 0 && proc_is_same(dir_fd, ident->start_ns, e->ticks_per_s);
}
