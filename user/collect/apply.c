/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads and attaches what the plan says. A group whose link is already pinned is taken
 * over as it is, so that its program never stops.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "collect/skeletons.h"

static int egress_load(struct collect *c)
{
	int r;

	c->egress = egress_bpf__open();
	if (!c->egress)
		return -errno;
	c->egress->rodata->eg_task_btf = c->plan.rung[PLAN_EGRESS] == RUNG_CGROUP_SKB;
	r = maps_prepare(c, c->egress->obj);
	if (r < 0)
		return r;
	r = egress_bpf__load(c->egress);
	return r < 0 ? r : maps_take(c, c->egress->obj);
}

/* Loads these programs of an open object and attaches each unless it still runs. */
static int programs_run(struct collect *c, struct bpf_object *obj, const char *const names[2])
{
	struct bpf_program *prog;
	int r;

	bpf_object__for_each_program(prog, obj) {
		const char *name = bpf_program__name(prog);

		(void)bpf_program__set_autoload(prog, !strcmp(name, names[0]) ||
							      !strcmp(name, names[1]));
	}
	r = maps_prepare(c, obj);
	if (r < 0)
		return r;
	r = bpf_object__load(obj);
	if (r < 0)
		return r;
	for (int i = 0; i < 2; i++) {
		if (!*names[i] || link_have(c, names[i]))
			continue;
		r = link_attach(c, bpf_object__find_program_by_name(obj, names[i]));
		if (r < 0)
			return r;
	}
	return maps_take(c, obj);
}

static int life_apply(struct collect *c)
{
	static const char *const typed[2] = { LINK_LIFE_EXEC_BTF, LINK_LIFE_EXIT_BTF };
	static const char *const classic[2] = { LINK_LIFE_EXEC_CLASSIC, LINK_LIFE_EXIT_CLASSIC };
	int r = 0;

	if (c->plan.rung[PLAN_LIFE] == RUNG_MISSING)
		return 0;
	if (!c->facts.life_adopted) {
		c->life = life_bpf__open();
		if (!c->life)
			return -errno;
		r = programs_run(c, c->life->obj,
				 c->plan.rung[PLAN_LIFE] == RUNG_TP_BTF ? typed : classic);
	}
	return r < 0 ? r : life_start(c);
}

static int handoff_apply(struct collect *c)
{
	static const char *const typed[2] = { LINK_SEND_BTF, "" };
	static const char *const classic[2] = { LINK_SEND_CLASSIC, "" };

	if (c->plan.rung[PLAN_HANDOFF] == RUNG_MISSING || c->facts.send_adopted)
		return 0;
	c->handoff = handoff_bpf__open();
	if (!c->handoff)
		return -errno;
	return programs_run(c, c->handoff->obj,
			    c->plan.rung[PLAN_HANDOFF] == RUNG_TP_BTF ? typed : classic);
}

static int iter_run(struct bpf_program *prog)
{
	struct bpf_link *link = bpf_program__attach_iter(prog, NULL);
	_cleanup_close_ int fd = -1;
	char sink[64];
	ssize_t n;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	(void)bpf_link__destroy(link);
	if (fd < 0)
		return -errno;
	do
		n = read(fd, sink, sizeof(sink)); /* reading is what runs it */
	while (n > 0 || (n < 0 && errno == EAGAIN));
	return n < 0 ? -errno : 0;
}

/* Sockets that are already open: listeners first, they tell accepted from connected. */
static int start_scan(struct collect *c)
{
	struct start_bpf *skel;
	int r;

	if (c->plan.rung[PLAN_START] == RUNG_MISSING)
		return 0;
	skel = start_bpf__open();
	if (!skel)
		return -errno;
	r = maps_prepare(c, skel->obj);
	if (r == 0)
		r = start_bpf__load(skel);
	if (r == 0)
		r = iter_run(skel->progs.start_listeners__iter);
	if (r == 0)
		r = iter_run(skel->progs.start_sockets__iter);
	start_bpf__destroy(skel);
	return r;
}

int apply_plan(struct collect *c)
{
	bool fresh = c->map_fd[MAP_ROWS] < 0;
	int r;

	if (!link_have(c, LINK_EGRESS)) {
		r = egress_load(c);
		if (r < 0)
			return r;
	}
	r = maps_start(c, fresh);
	if (r < 0)
		return r;
	if (c->egress) {
		r = start_scan(c);
		if (r < 0)
			return r;
		r = link_attach_cgroup(c, c->egress->progs.egress_skb__cgroup, c->facts.cgroup_root);
		if (r < 0)
			return r;
	}
	r = handoff_apply(c);
	if (r < 0)
		return r;
	r = life_apply(c);
	if (r < 0)
		return r;
	return c->pin_dir ? maps_pin(c) : 0;
}

void apply_undo(struct collect *c)
{
	life_stop(c);
	links_close(c);
	handoff_bpf__destroy(c->handoff);
	c->handoff = NULL;
	life_bpf__destroy(c->life);
	c->life = NULL;
	egress_bpf__destroy(c->egress);
	c->egress = NULL;
}
