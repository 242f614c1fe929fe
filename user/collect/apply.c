/* SPDX-License-Identifier: Apache-2.0
 *
 * Attaches what the plan says of what the facts have loaded. A group whose link is
 * already pinned goes on as it is, so that its program never stops.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>

#include "base/cleanup.h"
#include "collect/calls.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/skeletons.h"

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

/* They tell accepted from connected. */
static int start_listeners(struct collect *c)
{
	if (!c->objects.start)
		return 0;
	if (c->plan.rung[PLAN_START] == RUNG_PORTS)
		return iter_run(c->objects.start->progs.start_ports__iter);
	return iter_run(c->objects.start->progs.start_listeners__iter);
}

/* Sockets that are already open. */
static int start_scan(struct collect *c)
{
	int r = start_listeners(c);

	if (r < 0 || !c->objects.start || c->plan.rung[PLAN_START] == RUNG_PORTS)
		return r;
	return iter_run(c->objects.start->progs.start_sockets__iter);
}

static int programs_attach(struct collect *c, enum plan_group group, struct bpf_object *obj)
{
	const char *names[2];
	int r;

	objects_programs(group, c->plan.rung[group], names);
	for (int i = 0; i < 2; i++) {
		if (!*names[i])
			continue;
		r = link_attach(c, bpf_object__find_program_by_name(obj, names[i]),
				group == PLAN_EGRESS ? c->facts.cgroup_root : NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Attaches the group's rung; loads it again where the facts tried another one last. */
static int handoff_attach(struct collect *c)
{
	struct objects *o = &c->objects;
	enum plan_rung rung = c->plan.rung[PLAN_HANDOFF];
	int r = 0;

	if (rung == RUNG_FEXIT || rung == RUNG_KPROBE) {
		r = calls_load(o, c, rung); /* adopted or not: some links cannot be pinned */
		return r < 0 ? r : calls_attach(c);
	}
	if (rung == RUNG_MISSING || c->facts.send_adopted)
		return 0;
	if (o->handoff_rung != rung)
		r = objects_load_handoff(o, c, rung);
	return r < 0 ? r : programs_attach(c, PLAN_HANDOFF, o->handoff->obj);
}

static int life_attach(struct collect *c)
{
	struct objects *o = &c->objects;
	enum plan_rung rung = c->plan.rung[PLAN_LIFE];
	int r = 0;

	if (rung == RUNG_MISSING || c->facts.life_adopted)
		return 0;
	if (o->life_rung != rung)
		r = objects_load_life(o, c, rung);
	return r < 0 ? r : programs_attach(c, PLAN_LIFE, o->life->obj);
}

static bool by_calls(const struct collect *c)
{
	enum plan_rung rung = c->plan.rung[PLAN_EGRESS];

	return rung == RUNG_TP_BTF || rung == RUNG_TRACEPOINT;
}

static int groups_attach(struct collect *c)
{
	int r = 0;

	if (by_calls(c)) {
		r = start_listeners(c);
		if (r == 0)
			r = inet_attach(c);
	} else {
		links_drop(c, "inet_"); /* of a daemon that had no cgroup */
		if (c->objects.egress && c->plan.rung[PLAN_EGRESS] != RUNG_MISSING) {
			r = start_scan(c);
			if (r == 0)
				r = programs_attach(c, PLAN_EGRESS, c->objects.egress);
		}
	}
	if (r == 0)
		r = handoff_attach(c);
	return r < 0 ? r : life_attach(c);
}

int apply_plan(struct collect *c)
{
	int r = maps_start(c, !c->adopted);

	if (r == 0 && c->pin_dir)
		r = maps_pin(c); /* before the links: links without maps could not be adopted */
	if (r == 0)
		r = groups_attach(c);
	if (r == 0)
		r = file_start(c);
	if (r == 0 && c->plan.rung[PLAN_LIFE] != RUNG_MISSING)
		r = life_start(c);
	(void)malloc_trim(0); /* the kernel's type information took megabytes while loading */
	return r;
}

void apply_undo(struct collect *c)
{
	life_stop(c);
	inet_close(c);
	links_close(c);
	objects_close(&c->objects);
}
