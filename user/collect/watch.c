/* SPDX-License-Identifier: Apache-2.0
 *
 * Which directories are watched: told to the kernel by descriptor, so that it finds
 * out itself what reads will see. The group's hooks come and go with them.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

enum {
	TRIAL_BYTES = 64, /* of the self-test's read; /proc/self/stat has more */
	TRIAL_TIMES = 8,
};

static int identify(const struct collect *c, int dir_fd)
{
	uint64_t args[2] = { (uint64_t)dir_fd, c->file.turn };
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = args, .ctx_size_in = sizeof(args));
	int r = bpf_prog_test_run_opts(c->file.identify_fd, &o);

	if (r < 0)
		return r;
	return o.retval == 1 ? 0 : -ENOSPC; /* 0: refused */
}

static void dev_add(struct eg_watch *w, uint32_t dev)
{
	for (uint32_t i = 0; i < w->dev_count && i < EG_WATCHED_DEVS; i++)
		if (w->dev[i] == dev)
			return;
	if (w->dev_count < EG_WATCHED_DEVS)
		w->dev[w->dev_count] = dev;
	if (w->dev_count <= EG_WATCHED_DEVS)
		w->dev_count++;
}

/* Forgets directories that had no turn, and notes the file systems of the rest. */
static size_t dirs_keep(const struct collect *c, struct eg_watch *w)
{
	int fd = c->map_fd[MAP_WATCHED];
	struct eg_file_id key, next, *at = NULL;
	size_t count = 0;
	uint32_t turn;

	while (!bpf_map_get_next_key(fd, at, &next)) {
		if (at && bpf_map_lookup_elem(fd, at, &turn) == 0 && turn != c->file.turn)
			(void)bpf_map_delete_elem(fd, at);
		key = next;
		at = &key;
		if (bpf_map_lookup_elem(fd, at, &turn) == 0 && turn == c->file.turn) {
			dev_add(w, key.dev);
			count++;
		}
	}
	if (at && bpf_map_lookup_elem(fd, at, &turn) == 0 && turn != c->file.turn)
		(void)bpf_map_delete_elem(fd, at);
	return count;
}

/* Makes what is in the map count: the verdicts of before are void. */
static size_t watch_publish(struct collect *c)
{
	struct eg_watch w = {};
	size_t count = dirs_keep(c, &w);

	for (int i = 0; i < EG_WATCHED_DEVS; i++)
		c->file.watch->dev[i] = w.dev[i];
	__atomic_store_n(&c->file.watch->dev_count, w.dev_count, __ATOMIC_RELEASE);
	__atomic_store_n(&c->file.watch->epoch, c->file.turn, __ATOMIC_RELEASE);
	return count;
}

static uint64_t total_read(const struct collect *c)
{
	struct sample s = {};

	file_read_before(c, &s);
	return s.read_total_before.read_bytes;
}

/* A directory and a file in it with enough to read: our own of /proc, or one of a tmpfs,
 * which is among the file systems that the lowest rung knows. */
static int trial_open(const struct collect *c, int *ret_dir)
{
	static const char *const places[] = { "/dev/shm", "/run", "/tmp" };
	struct statfs fs;
	int fd = -1;

	if (c->plan.rung[PLAN_FILE] != RUNG_FEXIT) {
		*ret_dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return *ret_dir < 0 ? -1 : openat(*ret_dir, "stat", O_RDONLY | O_CLOEXEC);
	}
	for (size_t i = 0; fd < 0 && i < ARRAY_SIZE(places); i++) {
		if (statfs(places[i], &fs) || (unsigned long)fs.f_type != TMPFS_MAGIC)
			continue;
		fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 && ftruncate(fd, TRIAL_BYTES) == 0)
			*ret_dir = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return *ret_dir < 0 ? -1 : fd;
}

/* One read of a file in a directory that is watched for that. Other reads there count as
 * well, our own threads' and those of a `ps`: then once more. */
static bool trial_reads(const struct collect *c, int fd)
{
	char bytes[TRIAL_BYTES];

	for (int i = 0; i < TRIAL_TIMES; i++) {
		uint64_t before = total_read(c);

		if (pread(fd, bytes, sizeof(bytes), 0) == TRIAL_BYTES &&
		    total_read(c) - before == TRIAL_BYTES)
			return true;
	}
	return false;
}

bool file_trial(struct collect *c)
{
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int fd = trial_open(c, &dir);
	bool passes;

	if (fd < 0)
		return true; /* nothing to try with */
	c->file.turn++;
	if (identify(c, dir) < 0)
		return false;
	(void)watch_publish(c);
	passes = trial_reads(c, fd);
	c->file.turn++;
	(void)watch_publish(c); /* of a later turn than any directory: none is watched */
	file_drain_self(c);
	return passes;
}

int collect_watch(struct collect *c, const int *dir_fds, size_t count)
{
	size_t watched;
	int r = file_settle(c, count > 0);

	c->aside.asked = r == -EINPROGRESS;
	if (r < 0 || !c->file.watch)
		return r;
	c->file.turn++;
	for (size_t i = 0; i < count; i++) {
		int one = identify(c, dir_fds[i]);

		r = r < 0 ? r : one;
	}
	watched = watch_publish(c);
	if (!watched)
		file_leave(c);
	return r < 0 ? r : (int)watched;
}

int collect_watch_now(struct collect *c, const int *dir_fds, size_t count)
{
	int r;

	while ((r = collect_watch(c, dir_fds, count)) == -EINPROGRESS) {
		struct pollfd ready = { .fd = collect_watch_fd(c), .events = POLLIN };

		do
			(void)poll(&ready, 1, -1);
		while (!collect_watch_again(c));
	}
	return r;
}
