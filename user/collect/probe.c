/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds out what works here by doing it: every group is loaded on its own, best rung
 * first, and attached for a moment where that can fail too.
 */
#include "collect/probe.h"

#include <errno.h>

#include "collect/calls.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/skeletons.h"

static enum fact fact_of(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
}

static bool forced(const char *force_rung, const char *rung)
{
	return force_rung && !strcmp(force_rung, rung);
}

static void egress_facts(struct facts *f, struct objects *o, struct collect *c,
			 const char *force_rung)
{
	int r = -ENOTSUP;

	if (!forced(force_rung, "probe"))
		r = objects_load_egress(o, c, RUNG_CGROUP_SKB);
	f->egress_task_btf = fact_of(r == 0);
	if (r < 0)
		r = objects_load_egress(o, c, RUNG_CGROUP_SKB_PROBE);
	f->egress = fact_of(r == 0);
	if (r == 0 && f->cgroup2 == FACT_YES) {
		r = attach_try(o->egress, LINK_EGRESS, f->cgroup_root);
		f->cgroup_attach = fact_of(r == 0);
	}
	f->egress_error = r;
}

/* The classic variant is tried only where it may be chosen: it can cost a mount. */
static bool classic_wanted(const struct facts *f, enum fact typed, const char *force_rung)
{
	return typed != FACT_YES || f->preemptible == FACT_YES || forced(force_rung, "tracepoint");
}

static int handoff_try(struct objects *o, struct collect *c, enum plan_rung rung)
{
	const char *names[2];
	int r = objects_load_handoff(o, c, rung);

	objects_programs(PLAN_HANDOFF, rung, names);
	return r < 0 ? r : attach_try(o->handoff->obj, names[0], NULL);
}

static enum fact calls_fact(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = calls_load(o, c, rung);

	if (r == 0)
		r = calls_try(o);
	objects_drop_calls(o); /* in 5.10 a program that was detached cannot be attached again */
	return fact_of(r == 0);
}

/* The lower rungs, tried only where nothing above them works. */
static void calls_facts(struct facts *f, struct objects *o, struct collect *c,
			const char *force_rung)
{
	bool wanted = f->send_tp_btf != FACT_YES && f->send_tracepoint != FACT_YES;

	if (wanted || forced(force_rung, "fexit"))
		f->send_fexit = calls_fact(o, c, RUNG_FEXIT);
	if ((wanted && f->send_fexit != FACT_YES) || forced(force_rung, "kprobe"))
		f->send_kprobe = calls_fact(o, c, RUNG_KPROBE);
}

static void handoff_facts(struct facts *f, struct objects *o, struct collect *c,
			  const char *force_rung)
{
	int r = handoff_try(o, c, RUNG_TP_BTF);

	f->send_tp_btf = fact_of(r == 0);
	if (classic_wanted(f, f->send_tp_btf, force_rung) && attach_tracefs()) {
		r = handoff_try(o, c, RUNG_TRACEPOINT);
		f->send_tracepoint = fact_of(r == 0);
	}
	calls_facts(f, o, c, force_rung);
	f->send_error = r;
}

/* A group of two programs: each attached for a moment. */
static int pair_try(const struct bpf_object *obj, enum plan_group group, enum plan_rung rung)
{
	const char *names[2];
	int r = 0;

	objects_programs(group, rung, names);
	for (int i = 0; r == 0 && i < 2; i++)
		r = attach_try(obj, names[i], NULL);
	return r;
}

static int life_try(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = objects_load_life(o, c, rung);

	return r ? r : pair_try(o->life->obj, PLAN_LIFE, rung);
}

static void life_facts(struct facts *f, struct objects *o, struct collect *c,
		       const char *force_rung)
{
	int r = life_try(o, c, RUNG_TP_BTF);

	f->life_tp_btf = fact_of(r == 0);
	if (classic_wanted(f, f->life_tp_btf, force_rung) && attach_tracefs()) {
		r = life_try(o, c, RUNG_TRACEPOINT);
		f->life_tracepoint = fact_of(r == 0);
	}
	f->life_error = r;
}

static int inet_try(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = objects_load_inet(o, c, rung);

	return r ? r : pair_try(o->inet->obj, PLAN_EGRESS, rung);
}

/* Without a cgroup to attach to: the results of send calls. */
static void inet_facts(struct facts *f, struct objects *o, struct collect *c,
		       const char *force_rung)
{
	bool classic = f->preemptible == FACT_YES || forced(force_rung, "calls-classic");

	if (!forced(force_rung, "calls-classic"))
		f->inet_tp_btf = fact_of(inet_try(o, c, RUNG_TP_BTF) == 0);
	if ((classic || f->inet_tp_btf != FACT_YES) && attach_tracefs())
		f->inet_tracepoint = fact_of(inet_try(o, c, RUNG_TRACEPOINT) == 0);
}

static bool egress_possible(const struct facts *f)
{
	return f->cgroup2 == FACT_YES && f->cgroup_attach == FACT_YES;
}

static void ip_facts(struct facts *f, struct objects *o, struct collect *c, const char *force_rung)
{
	bool calls = forced(force_rung, "calls") || forced(force_rung, "calls-classic");

	if (calls)
		f->cgroup2 = FACT_NO;
	else
		egress_facts(f, o, c, force_rung);
	if (!egress_possible(f))
		inet_facts(f, o, c, force_rung);
	f->task_file_iter = fact_of(objects_load_start(o, c, RUNG_ITER) == 0);
	if (f->task_file_iter == FACT_NO)
		f->task_file_ports = fact_of(objects_load_start(o, c, RUNG_PORTS) == 0);
}

void probe_facts(struct facts *f, const char *force_rung, struct objects *o, struct collect *c)
{
	if (f->btf == FACT_NO || f->privilege == FACT_NO)
		return;
	o->force_rung = force_rung;
	if (!f->egress_adopted)
		ip_facts(f, o, c, force_rung);
	if (!f->send_adopted)
		handoff_facts(f, o, c, force_rung);
	if (!f->life_adopted)
		life_facts(f, o, c, force_rung);
	/* loading it takes longer than all the rest; functions in modules can be looked for only
	 * before the daemon gives up its privileges */
	f->file_later = c && !f->file_adopted && file_can_wait(force_rung);
	if (!f->file_adopted && !f->file_later)
		file_facts(f, force_rung, o, c);
}
