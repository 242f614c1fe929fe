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
	if (fresh && c->pin_dir) {
		r = maps_pin(c);
		if (r < 0)
			return r;
	}
	if (c->egress) {
		r = link_attach_cgroup(c, c->egress->progs.egress_skb__cgroup, c->facts.cgroup_root);
		if (r < 0)
			return r;
	}
	return 0;
}

void apply_undo(struct collect *c)
{
	links_close(c);
	egress_bpf__destroy(c->egress);
	c->egress = NULL;
}
