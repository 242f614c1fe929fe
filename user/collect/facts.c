/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds out what works here by doing it: every program is loaded alone (so that one
 * missing feature cannot fail the rest), and attached for a moment where that can
 * fail too. Nothing stays.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "collect/skeletons.h"

#define TRACEFS "/sys/kernel/tracing"

enum { PROBE_FLOWS = 64 };

static enum fact fact_of(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
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

/* Small maps: a probe shall not allocate the real table. */
static void probe_shrink(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__max_entries(map) > PROBE_FLOWS &&
		    bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF)
			(void)bpf_map__set_max_entries(map, PROBE_FLOWS);
}

/* Loads this one program of the object, without the others. */
static void probe_only(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		(void)bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
}

static int attach_probe(struct bpf_program *prog, const char *cgroup_root)
{
	_cleanup_close_ int fd = open(cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_link *link;

	if (fd < 0)
		return -errno;
	link = bpf_program__attach_cgroup(prog, fd);
	if (!link)
		return -errno;
	(void)bpf_link__destroy(link);
	return 0;
}

static int egress_probe(struct facts *f, bool task_btf)
{
	struct egress_bpf *skel = egress_bpf__open();
	int r;

	if (!skel)
		return -errno;
	skel->rodata->eg_task_btf = task_btf;
	probe_shrink(skel->obj);
	r = egress_bpf__load(skel);
	if (r == 0 && f->cgroup2 == FACT_YES) {
		f->egress_error = attach_probe(skel->progs.egress_skb__cgroup, f->cgroup_root);
		f->cgroup_attach = fact_of(f->egress_error == 0);
	}
	egress_bpf__destroy(skel);
	return r;
}

static void egress_facts(struct facts *f)
{
	int r = egress_probe(f, true);

	f->egress_task_btf = fact_of(r == 0);
	if (r == 0) {
		f->egress = FACT_YES;
		return;
	}
	f->egress_error = r;
	r = egress_probe(f, false);
	f->egress = fact_of(r == 0);
	if (r < 0)
		f->egress_error = r;
}

/* Loads one program of an open object and attaches it for a moment. */
static int program_probe(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);
	struct bpf_link *link;
	int r;

	if (!prog)
		return -ENOENT;
	probe_only(obj, name);
	probe_shrink(obj);
	r = bpf_object__load(obj);
	if (r < 0)
		return r;
	link = bpf_program__attach(prog);
	if (!link)
		return -errno;
	(void)bpf_link__destroy(link);
	return 0;
}

static enum fact life_probe(const char *name, int *ret_error)
{
	struct life_bpf *skel = life_bpf__open();
	int r = skel ? program_probe(skel->obj, name) : -errno;

	life_bpf__destroy(skel);
	if (r < 0)
		*ret_error = r;
	return fact_of(r == 0);
}

/* Classic tracepoints are attached through tracefs. */
static bool tracefs_ensure(void)
{
	if (!access(TRACEFS "/events", F_OK) || !access("/sys/kernel/debug/tracing/events", F_OK))
		return true;
	return !mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
}

/* The classic variant is tried only where it may be chosen: it costs a mount. */
static bool classic_wanted(const struct facts *f, enum fact typed, const char *force_rung)
{
	return typed != FACT_YES || f->send_preemptible == FACT_YES ||
	       (force_rung && !strcmp(force_rung, "tracepoint"));
}

static enum fact send_probe(const char *name, int *ret_error)
{
	struct handoff_bpf *skel = handoff_bpf__open();
	int r = skel ? program_probe(skel->obj, name) : -errno;

	handoff_bpf__destroy(skel);
	if (r < 0)
		*ret_error = r;
	return fact_of(r == 0);
}

static void send_facts(struct facts *f, const char *force_rung)
{
	f->send_tp_btf = send_probe(LINK_SEND_BTF, &f->send_error);
	if (classic_wanted(f, f->send_tp_btf, force_rung) && tracefs_ensure())
		f->send_tracepoint = send_probe(LINK_SEND_CLASSIC, &f->send_error);
}

/* Loaded, not attached: an iterator does nothing until it is read. */
static enum fact iter_probe(void)
{
	struct start_bpf *skel = start_bpf__open();
	int r;

	if (!skel)
		return FACT_UNKNOWN;
	probe_only(skel->obj, "start_sockets__iter");
	probe_shrink(skel->obj);
	r = start_bpf__load(skel);
	start_bpf__destroy(skel);
	return fact_of(r == 0);
}

static void life_facts(struct facts *f, const char *force_rung)
{
	f->life_tp_btf = life_probe(LINK_LIFE_EXEC_BTF, &f->life_error);
	if (classic_wanted(f, f->life_tp_btf, force_rung) && tracefs_ensure())
		f->life_tracepoint = life_probe(LINK_LIFE_EXEC_CLASSIC, &f->life_error);
}

/* From 7.0 on, a typed tracepoint program is skipped when the task it interrupts is
 * inside the same program (measured 1.7 to 3.8 % under preemption). No type or symbol
 * tells, so this one fact comes from the release. */
static enum fact preemptible_fact(const char *release)
{
	unsigned int major;

	return sscanf(release, "%u.", &major) == 1 ? fact_of(major >= 7) : FACT_UNKNOWN;
}

/* May we use bpf(2) at all? The smallest map tells. */
static enum fact privilege_probe(void)
{
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "eg_probe", 4, 4, 1, NULL);

	if (fd >= 0)
		return FACT_YES;
	return errno == EPERM ? FACT_NO : FACT_UNKNOWN;
}

void facts_basic(struct facts *f, const char *cgroup_root)
{
	struct utsname u;
	int n;

	if (!uname(&u))
		(void)snprintf(f->release, sizeof(f->release), "%.63s", u.release);
	f->send_preemptible = preemptible_fact(f->release);
	f->btf = fact_of(!access("/sys/kernel/btf/vmlinux", R_OK));
	f->privilege = privilege_probe();
	if (cgroup_root) {
		n = snprintf(f->cgroup_root, sizeof(f->cgroup_root), "%s", cgroup_root);
		f->cgroup2 = fact_of(n > 0 && (size_t)n < sizeof(f->cgroup_root));
	} else {
		f->cgroup2 = fact_of(!cgroup_find(f->cgroup_root, sizeof(f->cgroup_root)));
	}
}

void facts_probe(struct facts *f, const char *force_rung)
{
	if (f->btf == FACT_NO || f->privilege == FACT_NO)
		return;
	if (!f->egress_adopted)
		egress_facts(f);
	if (!f->egress_adopted)
		f->task_file_iter = iter_probe();
	if (!f->send_adopted)
		send_facts(f, force_rung);
	if (!f->life_adopted)
		life_facts(f, force_rung);
}
