/* SPDX-License-Identifier: Apache-2.0
 *
 * What is worth its cost for the few processes an alert is about: the executable's
 * hash, the working directory, the line of parents. Each is asked of /proc while
 * the process lives, and kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "enrich/exehash.h"
#include "enrich/internal.h"
#include "enrich/proc.h"

enum {
	ANCESTORS_MAX = 8,
	HASH_WAIT_US = 20000, /* at most once a process: most programs are hashed by then */
};

/* "bash < sshd < sshd < systemd": who started it, nearest first. */
static void read_ancestors(const struct enrich *e, struct process *p)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
	uint32_t pid = p->id.ppid;

	for (unsigned int i = 0; pid && i < ANCESTORS_MAX; i++) {
		int fd _cleanup_close_ = proc_open(e->proc_root, pid);
		struct proc_stat st;
		char text[1024];
		int n = fd < 0 ? fd : proc_read(fd, "stat", text, sizeof(text));

		if (n <= 0 || proc_parse_stat(text, (size_t)n, &st))
			break;
		buf_addf(&line, "%s%s", line.len ? " < " : "", st.comm);
		pid = st.ppid;
	}
	if (!line.error && line.len)
		(void)set_text(&p->id.ancestors, line.data, line.len);
}

/* The file at the path is the one that ran if nothing about it (content, name, owner)
 * has changed since before the process began. */
static int open_unchanged(const struct process *p)
{
	int fd _cleanup_close_ = -1;
	struct timespec wall;
	uint64_t began_ns;
	struct stat st;

	if (p->id.exe[0] != '/' || p->id.container_id[0])
		return -ENOENT; /* a path of another mount namespace */
	fd = open(p->id.exe, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	clock_gettime(CLOCK_REALTIME, &wall);
	began_ns = (uint64_t)wall.tv_sec * 1000000000u + (uint64_t)wall.tv_nsec - boot_now_ns() +
		   p->key.start_ns;
	if ((uint64_t)st.st_ctim.tv_sec + 1 >= began_ns / 1000000000u)
		return -ESTALE;
	return TAKE_FD(fd);
}

/* A process that is ending has its directory still, but no program any more. */
static void ask_hash(struct enrich *e, struct process *p, int dir_fd)
{
	int live _cleanup_close_ = dir_fd < 0 ? -1 : openat(dir_fd, "exe", O_RDONLY | O_CLOEXEC);
	int past _cleanup_close_ = live < 0 ? open_unchanged(p) : -1;
	int fd = MAX(live, past);
	int err;

	if (!e->exehash && exehash_new(&e->exehash))
		return;
	err = fd < 0 ? -ENOENT : exehash_ask(e->exehash, fd, &p->hash_key);
	if (err == -EBUSY || err == -EAGAIN)
		return; /* again at the next tick */
	p->hash_asked = true;
	if (!err && exehash_get(e->exehash, &p->hash_key, HASH_WAIT_US, p->hash) == 0)
		p->id.exe_sha256 = p->hash;
}

/* dir_fd < 0: it has ended. */
static void look_closer(struct enrich *e, struct process *p, int dir_fd)
{
	char path[PATH_MAX];
	int n;

	if (!p->looked_at) {
		p->looked_at = true;
		n = dir_fd < 0 ? -1 : proc_link(dir_fd, "cwd", path, sizeof(path));
		if (n > 0)
			(void)set_text(&p->id.cwd, path, (size_t)n);
		read_ancestors(e, p);
	}
	if (!p->hash_asked)
		ask_hash(e, p, dir_fd);
}

void enrich_suspect(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_of(e, ident);
	int fd _cleanup_close_ = -1;

	if (!p)
		return;
	if (p->looked_at && p->hash_asked) {
		if (!p->id.exe_sha256[0] && e->exehash &&
		    exehash_get(e->exehash, &p->hash_key, 0, p->hash) == 0)
			p->id.exe_sha256 = p->hash;
		return;
	}
	fd = proc_open(e->proc_root, p->id.tgid);
	if (fd >= 0 && !proc_is_same(fd, p->key.start_ns, e->ticks_per_s)) {
		close(fd);
		fd = -1;
	}
	look_closer(e, p, fd);
}
