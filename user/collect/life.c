/* SPDX-License-Identifier: Apache-2.0
 *
 * Life events from the ring: decoded, checked, handed on.
 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "base/cleanup.h"
#include "collect/private.h"

enum { EVENTS_A_POLL = 4096 }; /* bounds one call; the rest waits in the ring */

#define EVENT_HEAD_BYTES offsetof(struct eg_life_event, exe)

static int event_take(void *ctx, void *data, size_t size)
{
	struct collect *c = ctx;
	const struct eg_life_event *e = data;
	struct collect_life life = { .exe = "", .args = "" };
	char exe[EG_EXE_MAX + 1] = "";

	if (size < EVENT_HEAD_BYTES)
		return 0;
	life.kind = e->kind == EG_LIFE_EXEC ? LIFE_EXEC : LIFE_EXIT;
	life.tgid = e->tgid;
	life.ppid = e->ppid;
	life.uid = e->uid;
	life.loginuid = e->loginuid;
	life.start_ns = e->start_ns;
	life.parent_start_ns = e->parent_start_ns;
	life.cgroup_id = e->cgroup_id;
	memcpy(life.comm, e->comm, sizeof(life.comm));
	life.comm[sizeof(life.comm) - 1] = '\0';
	if (size >= sizeof(*e)) {
		memcpy(exe, e->exe, MIN(e->exe_len, EG_EXE_MAX));
		life.exe = exe;
		life.args = e->args;
		life.args_len = MIN(e->args_len, EG_ARGS_MAX);
	}
	c->life_fn(c->life_ctx, &life);
	return --c->life_budget > 0 ? 0 : -EAGAIN;
}

int life_start(struct collect *c)
{
	if (c->map_fd[MAP_RING] < 0)
		return -ENOENT;
	c->ring = ring_buffer__new(c->map_fd[MAP_RING], event_take, c, NULL);
	return c->ring ? 0 : -errno;
}

void life_stop(struct collect *c)
{
	ring_buffer__free(c->ring);
	c->ring = NULL;
}

int collect_life_fd(const struct collect *c)
{
	return c->ring ? ring_buffer__epoll_fd(c->ring) : -1;
}

int collect_life_poll(struct collect *c, collect_life_fn fn, void *ctx)
{
	int r;

	if (!c->ring)
		return 0;
	c->life_fn = fn;
	c->life_ctx = ctx;
	c->life_budget = EVENTS_A_POLL;
	r = ring_buffer__consume(c->ring);
	return r == -EAGAIN ? EVENTS_A_POLL : r;
}
