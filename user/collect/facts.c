/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds out what works here by doing it: every group is loaded on its own, best rung
 * first, and attached for a moment where that can fail too.
 */
#include "collect/facts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "collect/calls.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/skeletons.h"

#define TRACEFS "/sys/kernel/tracing"

static enum fact fact_of(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
}

static bool forced(const char *force_rung, const char *rung)
{
	return force_rung && !strcmp(force_rung, rung);
}

static int cgroup_find(char *ret, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mounts", "re");
	char device[256], dir[256], type[64];

	if (!f)
		return -errno;
	while (fscanf(f, "%255s %255s %63s %*[^\n]", device, dir, type) == 3)
		if (!strcmp(type, "cgroup2")) {
			int n = snprintf(ret, size, "%s", dir);

			return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
		}
	return -ENOENT;
}

/* A cgroup v2 that nobody mounted is there all the same, with every process in its root:
 * mounted for ourselves alone, without a place in the tree. */
static int cgroup_mount(struct facts *f)
{
	int context = fsopen("cgroup2", FSOPEN_CLOEXEC);

	if (context < 0)
		return -errno;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		f->cgroup_fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	close(context);
	if (f->cgroup_fd <= 0)
		return -ENOENT;
	(void)snprintf(f->cgroup_root, sizeof(f->cgroup_root), "/proc/self/fd/%d", f->cgroup_fd);
	return 0;
}

/* Attaches a loaded program for a moment. */
static int attach_probe(struct bpf_object *obj, const char *name, const char *cgroup_root)
{
	struct bpf_link *link = NULL;
	int r = attach_program(bpf_object__find_program_by_name(obj, name), cgroup_root, &link);

	if (r == 0)
		(void)bpf_link__destroy(link);
	return r;
}

void facts_close(struct facts *f)
{
	if (f->cgroup_fd > 0)
		close(f->cgroup_fd);
	f->cgroup_fd = 0;
}

int facts_attach_probe(struct bpf_object *obj, const char *name)
{
	return attach_probe(obj, name, NULL);
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
		r = attach_probe(o->egress, LINK_EGRESS, f->cgroup_root);
		f->cgroup_attach = fact_of(r == 0);
	}
	f->egress_error = r;
}

/* Classic tracepoints are attached through tracefs. */
bool facts_tracefs(void)
{
	if (!access(TRACEFS "/events", F_OK) || !access("/sys/kernel/debug/tracing/events", F_OK))
		return true;
	return !mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
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
	return r < 0 ? r : attach_probe(o->handoff->obj, names[0], NULL);
}

static enum fact calls_fact(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = calls_load(o, c, rung);

	if (r == 0)
		r = calls_try(o);
	calls_close(o); /* in 5.10 a program that was detached cannot be attached again */
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
	if (classic_wanted(f, f->send_tp_btf, force_rung) && facts_tracefs()) {
		r = handoff_try(o, c, RUNG_TRACEPOINT);
		f->send_tracepoint = fact_of(r == 0);
	}
	calls_facts(f, o, c, force_rung);
	f->send_error = r;
}

static int life_try(struct objects *o, struct collect *c, enum plan_rung rung)
{
	const char *names[2];
	int r = objects_load_life(o, c, rung);

	objects_programs(PLAN_LIFE, rung, names);
	for (int i = 0; r == 0 && i < 2; i++)
		r = attach_probe(o->life->obj, names[i], NULL);
	return r;
}

static void life_facts(struct facts *f, struct objects *o, struct collect *c,
		       const char *force_rung)
{
	int r = life_try(o, c, RUNG_TP_BTF);

	f->life_tp_btf = fact_of(r == 0);
	if (classic_wanted(f, f->life_tp_btf, force_rung) && facts_tracefs()) {
		r = life_try(o, c, RUNG_TRACEPOINT);
		f->life_tracepoint = fact_of(r == 0);
	}
	f->life_error = r;
}

/* May we use bpf(2) at all? The smallest map tells. */
static enum fact privilege_probe(void)
{
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "eg_probe", 4, 4, 1, NULL);

	if (fd >= 0)
		return FACT_YES;
	return errno == EPERM ? FACT_NO : FACT_UNKNOWN;
}

/* From 7.0 on, a typed tracepoint program is skipped when the task it interrupts is
 * inside the same program (measured 1.7 to 3.8 % under preemption). No type or symbol
 * tells, so this one fact comes from the release. */
static enum fact preemptible_fact(const char *release)
{
	unsigned int major;

	return sscanf(release, "%u.", &major) == 1 ? fact_of(major >= 7) : FACT_UNKNOWN;
}

void facts_basic(struct facts *f, const char *cgroup_root)
{
	struct utsname u;
	int n;

	if (!uname(&u))
		(void)snprintf(f->release, sizeof(f->release), "%.63s", u.release);
	f->preemptible = preemptible_fact(f->release);
	f->btf = fact_of(!access("/sys/kernel/btf/vmlinux", R_OK));
	f->privilege = privilege_probe();
	f->cgroup_given = cgroup_root != NULL;
	if (cgroup_root) {
		n = snprintf(f->cgroup_root, sizeof(f->cgroup_root), "%s", cgroup_root);
		f->cgroup2 = fact_of(n > 0 && (size_t)n < sizeof(f->cgroup_root));
	} else {
		n = cgroup_find(f->cgroup_root, sizeof(f->cgroup_root));
		f->cgroup2 = fact_of(!n || !cgroup_mount(f));
	}
}

static int inet_try(struct objects *o, struct collect *c, enum plan_rung rung)
{
	const char *names[2];
	int r = objects_load_inet(o, c, rung);

	objects_programs(PLAN_EGRESS, rung, names);
	for (int i = 0; r == 0 && i < 2; i++)
		r = attach_probe(o->inet->obj, names[i], NULL);
	return r;
}

/* Without a cgroup to attach to: the results of send calls. */
static void inet_facts(struct facts *f, struct objects *o, struct collect *c,
		       const char *force_rung)
{
	bool classic = f->preemptible == FACT_YES || forced(force_rung, "calls-classic");

	if (!forced(force_rung, "calls-classic"))
		f->inet_tp_btf = fact_of(inet_try(o, c, RUNG_TP_BTF) == 0);
	if ((classic || f->inet_tp_btf != FACT_YES) && facts_tracefs())
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

void facts_probe(struct facts *f, const char *force_rung, struct objects *o, struct collect *c)
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
