/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and loading of the BPF objects, each alone, so that one missing feature
 * cannot fail the rest.
 */
#include "collect/objects.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "collect/private.h"
#include "collect/skeletons.h"

enum { PROBE_FLOWS = 64 }; /* a probe shall not allocate the real table */

void objects_programs(enum plan_group group, enum plan_rung rung, const char *ret[2])
{
	bool typed = rung == RUNG_TP_BTF;

	ret[0] = "";
	ret[1] = "";
	if (group == PLAN_EGRESS && (typed || rung == RUNG_TRACEPOINT)) {
		ret[0] = typed ? LINK_INET_SEND_BTF : LINK_INET_SEND_CLASSIC;
		ret[1] = typed ? LINK_INET_STATE_BTF : LINK_INET_STATE_CLASSIC;
	} else if (group == PLAN_EGRESS) {
		ret[0] = LINK_EGRESS;
	} else if (group == PLAN_HANDOFF) {
		ret[0] = typed ? LINK_SEND_BTF : LINK_SEND_CLASSIC;
	} else if (group == PLAN_START) {
		ret[0] = rung == RUNG_ITER ? "start_listeners__iter" : "start_ports__iter";
		ret[1] = rung == RUNG_ITER ? "start_sockets__iter" : "";
	} else if (group == PLAN_LIFE) {
		ret[0] = typed ? LINK_LIFE_EXEC_BTF : LINK_LIFE_EXEC_CLASSIC;
		ret[1] = typed ? LINK_LIFE_EXIT_BTF : LINK_LIFE_EXIT_CLASSIC;
	}
}

static void maps_shrink(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__max_entries(map) > PROBE_FLOWS &&
		    bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF)
			(void)bpf_map__set_max_entries(map, PROBE_FLOWS);
}

int objects_load_with(struct bpf_object *obj, struct collect *c)
{
	int r = 0;

	if (c)
		r = maps_prepare(c, obj);
	else
		maps_shrink(obj);
	if (r == 0)
		r = bpf_object__load(obj);
	if (r == 0 && c)
		r = maps_take(c, obj);
	return r;
}

static void autoload(struct bpf_object *obj, enum plan_group group, enum plan_rung rung)
{
	struct bpf_program *prog;
	const char *names[2];

	objects_programs(group, rung, names);
	bpf_object__for_each_program(prog, obj) {
		const char *name = bpf_program__name(prog);

		(void)bpf_program__set_autoload(prog,
						!strcmp(name, names[0]) || !strcmp(name, names[1]));
	}
}

static bool forced(const struct objects *o, const char *name)
{
	return o->force_rung && !strcmp(o->force_rung, name);
}

static void egress_close(struct objects *o)
{
	egress_bpf__destroy(o->egress_cast);
	egress_trusted_bpf__destroy(o->egress_trusted);
	o->egress = NULL;
	o->egress_cast = NULL;
	o->egress_trusted = NULL;
}

static int egress_load_cast(struct objects *o, struct collect *c)
{
	int r;

	o->egress_cast = egress_bpf__open();
	if (!o->egress_cast)
		return -errno;
	o->egress_cast->rodata->eg_deaf = forced(o, "deaf-egress");
	r = objects_load_with(o->egress_cast->obj, c);
	if (r == 0)
		o->egress = o->egress_cast->obj;
	return r;
}

static int egress_load_trusted(struct objects *o, struct collect *c, bool typed)
{
	int r;

	o->egress_trusted = egress_trusted_bpf__open();
	if (!o->egress_trusted)
		return -errno;
	o->egress_trusted->rodata->eg_task_btf = typed;
	o->egress_trusted->rodata->eg_deaf = forced(o, "deaf-egress");
	r = objects_load_with(o->egress_trusted->obj, c);
	if (r == 0)
		o->egress = o->egress_trusted->obj;
	return r;
}

int objects_load_egress(struct objects *o, struct collect *c, enum plan_rung rung)
{
	bool typed = rung == RUNG_CGROUP_SKB;
	int r = -ENOTSUP;

	egress_close(o);
	if (typed)
		r = egress_load_cast(o, c);
	if (r < 0)
		r = egress_load_trusted(o, c, typed);
	if (r < 0)
		egress_close(o);
	return r;
}

int objects_load_inet(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r;

	inet_bpf__destroy(o->inet);
	o->inet = inet_bpf__open();
	if (!o->inet)
		return -errno;
	o->inet_rung = rung;
	autoload(o->inet->obj, PLAN_EGRESS, rung);
	(void)bpf_program__set_autoload(o->inet->progs.inet_again__iter, rung == RUNG_TP_BTF);
	r = objects_load_with(o->inet->obj, c);
	if (r < 0) {
		inet_bpf__destroy(o->inet);
		o->inet = NULL;
		o->inet_rung = RUNG_MISSING;
	}
	return r;
}

/* types NULL: those of the kernel and its modules. */
static int handoff_load(struct objects *o, struct collect *c, enum plan_rung rung,
			const char *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types);
	int r;

	handoff_bpf__destroy(o->handoff);
	o->handoff = handoff_bpf__open_opts(&opts);
	if (!o->handoff)
		return -errno;
	o->handoff_rung = rung;
	o->handoff->rodata->eg_echo = forced(o, "echo");
	o->handoff->rodata->eg_split = !o->inet;
	o->handoff->rodata->eg_deaf = forced(o, "deaf-handoff");
	autoload(o->handoff->obj, PLAN_HANDOFF, rung);
	r = objects_load_with(o->handoff->obj, c);
	if (r < 0) {
		handoff_bpf__destroy(o->handoff);
		o->handoff = NULL;
		o->handoff_rung = RUNG_MISSING;
	}
	return r;
}

int objects_load_handoff(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = handoff_load(o, c, rung, NULL);

	return r == -EPERM ? handoff_load(o, c, rung, OBJECTS_VMLINUX) : r;
}

int objects_load_life(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r;

	life_bpf__destroy(o->life);
	o->life = life_bpf__open();
	if (!o->life)
		return -errno;
	o->life_rung = rung;
	o->life->rodata->eg_deaf = forced(o, "deaf-life");
	autoload(o->life->obj, PLAN_LIFE, rung);
	r = objects_load_with(o->life->obj, c);
	if (r < 0) {
		life_bpf__destroy(o->life);
		o->life = NULL;
		o->life_rung = RUNG_MISSING;
	}
	return r;
}

int objects_load_start(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r;

	start_bpf__destroy(o->start);
	o->start = start_bpf__open();
	if (!o->start)
		return -errno;
	autoload(o->start->obj, PLAN_START, rung);
	r = objects_load_with(o->start->obj, c);
	if (r < 0) {
		start_bpf__destroy(o->start);
		o->start = NULL;
	}
	return r;
}

struct bpf_program *objects_file_program(const struct objects *o, const char *name)
{
	return o->file ? bpf_object__find_program_by_name(o->file->obj, name) : NULL;
}

void objects_drop_calls(struct objects *o)
{
	calls_bpf__destroy(o->calls);
	o->calls = NULL;
	if (o->handoff_rung == RUNG_FEXIT || o->handoff_rung == RUNG_KPROBE)
		o->handoff_rung = RUNG_MISSING;
}

void objects_close(struct objects *o)
{
	objects_drop_calls(o);
	egress_close(o);
	file_bpf__destroy(o->file);
	file_fs_bpf__destroy(o->file_fs);
	handoff_bpf__destroy(o->handoff);
	inet_bpf__destroy(o->inet);
	life_bpf__destroy(o->life);
	start_bpf__destroy(o->start);
	*o = (struct objects){ .egress = NULL };
}
