/* SPDX-License-Identifier: Apache-2.0
 *
 * The watched directories as the kernel knows them: told by descriptor, so that it finds
 * out itself what reads will see.
 */
#include <bpf/bpf.h>
#include <errno.h>

#include "collect/private.h"

int file_dir_tell(const struct collect *c, int dir_fd)
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
size_t file_dirs_publish(struct collect *c)
{
	struct eg_watch w = {};
	size_t count = dirs_keep(c, &w);

	for (int i = 0; i < EG_WATCHED_DEVS; i++)
		c->file.watch->dev[i] = w.dev[i];
	__atomic_store_n(&c->file.watch->dev_count, w.dev_count, __ATOMIC_RELEASE);
	__atomic_store_n(&c->file.watch->epoch, c->file.turn, __ATOMIC_RELEASE);
	return count;
}
