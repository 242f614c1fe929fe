/* SPDX-License-Identifier: Apache-2.0
 *
 * The decision: one rung a group, and in one sentence each what a lower rung costs.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "collect/plan.h"

struct group_words {
	const char *name;
	const char *missing; /* what it costs when the group has no rung */
};

static const struct group_words groups[PLAN_GROUPS] = {
	[PLAN_EGRESS] = { "egress",
			  "no program may be attached to the cgroup v2 root: nothing that "
			  "leaves by IP is counted" },
	[PLAN_HANDOFF] = { "handoff",
			   "neither sock:sock_send_length (6.3) nor send functions can be "
			   "traced: bytes over AF_UNIX, AF_VSOCK and AF_PACKET are not "
			   "counted; IP traffic is, in full" },
	[PLAN_LIFE] = { "life", "exec and exit cannot be traced: command lines of processes that "
				"lived shorter than a tick may be unknown" },
	[PLAN_FILE] = { "file", "system calls cannot be traced: what a process reads of database "
				"files is not known" },
	[PLAN_START] = { "start",
			 "sockets opened before the sensor cannot be found: what they sent "
			 "before is not billed, but their owner is unknown until they send" },
	[PLAN_PINS] = { "pins",
			"not pinned (--ephemeral, or no bpffs to pin to): counting ends with the "
			"daemon, and what is sent until the next one starts is not seen" },
};

static const char *const rung_names[RUNG_COUNT] = {
	[RUNG_MISSING] = "missing",
	[RUNG_CGROUP_SKB] = "cgroup_skb",
	[RUNG_CGROUP_SKB_PROBE] = "cgroup_skb (probe reads)",
	[RUNG_TP_BTF] = "tp_btf",
	[RUNG_TRACEPOINT] = "tracepoint",
	[RUNG_FEXIT] = "fexit sendmsg",
	[RUNG_KPROBE] = "kprobe sendmsg",
	[RUNG_ITER] = "iter/task_file",
	[RUNG_PORTS] = "iter/task_file (listening ports)",
	[RUNG_PINNED] = "bpffs",
	[RUNG_LATER] = "waits for a database to watch",
};

const char *plan_group_name(enum plan_group group)
{
	return groups[group].name;
}

const char *plan_rung_name(enum plan_group group, enum plan_rung rung)
{
	if (group == PLAN_EGRESS && rung == RUNG_TP_BTF)
		return "tp_btf sock_send_length (calls)";
	if (group == PLAN_EGRESS && rung == RUNG_TRACEPOINT)
		return "tracepoint sock_send_length (calls)";
	if (group == PLAN_HANDOFF && rung == RUNG_TP_BTF)
		return "tp_btf sock_send_length";
	if (group == PLAN_HANDOFF && rung == RUNG_TRACEPOINT)
		return "tracepoint sock_send_length";
	if (group == PLAN_FILE && rung == RUNG_TP_BTF)
		return "tp_btf sys_exit";
	if (group == PLAN_FILE && rung == RUNG_FEXIT)
		return "fexit read_iter";
	if (group == PLAN_FILE && rung == RUNG_TRACEPOINT)
		return "tracepoint sys_exit";
	if (group == PLAN_LIFE && rung == RUNG_TP_BTF)
		return "tp_btf sched_process";
	if (group == PLAN_LIFE && rung == RUNG_TRACEPOINT)
		return "tracepoint sched_process";
	return rung_names[rung];
}

/* Typed tracepoints are cheaper; from 7.0 on they can be skipped under preemption, so
 * the classic ones come first there. */
static enum plan_rung tracing_rung(enum fact typed, enum fact classic, enum fact preemptible)
{
	if (preemptible == FACT_YES && classic == FACT_YES)
		return RUNG_TRACEPOINT;
	if (typed == FACT_YES)
		return RUNG_TP_BTF;
	return classic == FACT_YES ? RUNG_TRACEPOINT : RUNG_MISSING;
}

static enum plan_rung handoff_rung(const struct facts *f)
{
	enum plan_rung rung = tracing_rung(f->send_tp_btf, f->send_tracepoint, f->preemptible);

	if (rung == RUNG_MISSING && f->send_fexit == FACT_YES)
		return RUNG_FEXIT;
	return rung == RUNG_MISSING && f->send_kprobe == FACT_YES ? RUNG_KPROBE : rung;
}

static enum plan_rung forced_rung(const struct facts *f, const char *name)
{
	if (!strcmp(name, "tp_btf") && f->send_tp_btf == FACT_YES)
		return RUNG_TP_BTF;
	if (!strcmp(name, "tracepoint") && f->send_tracepoint == FACT_YES)
		return RUNG_TRACEPOINT;
	if (!strcmp(name, "fexit") && f->send_fexit == FACT_YES)
		return RUNG_FEXIT;
	return !strcmp(name, "kprobe") && f->send_kprobe == FACT_YES ? RUNG_KPROBE : RUNG_MISSING;
}

static const char *handoff_gap(const struct facts *f, enum plan_rung rung)
{
	if (rung == RUNG_TP_BTF && f->preemptible == FACT_YES)
		return "this kernel may skip typed tracepoints under preemption; each skip is "
		       "counted and marks its interval inexact; mount tracefs to avoid it";
	if (rung == RUNG_FEXIT)
		return "send functions are traced one by one (a kernel older than 6.3): AF_VSOCK "
		       "only if its module was loaded before, and on 5.10 as asked, at most that "
		       "much; booted with preempt=full the kernel may skip events, each skip is "
		       "counted and marks its interval inexact";
	if (rung == RUNG_KPROBE)
		return "send functions are probed where they begin (no trampolines here): bytes "
		       "over AF_UNIX, AF_VSOCK and AF_PACKET are what was asked, at most that "
		       "much was sent (nothing of an AF_PACKET TX ring); rows are marked";
	return rung == RUNG_MISSING ? groups[PLAN_HANDOFF].missing : "";
}

static enum plan_rung egress_rung(const struct facts *f)
{
	if (f->cgroup2 != FACT_YES || f->cgroup_attach == FACT_NO)
		return tracing_rung(f->inet_tp_btf, f->inet_tracepoint, f->preemptible);
	if (f->egress_task_btf == FACT_YES)
		return RUNG_CGROUP_SKB;
	return f->egress == FACT_YES ? RUNG_CGROUP_SKB_PROBE : RUNG_MISSING;
}

/* What the rung of the read group does not see. */
static const char *file_gap(const struct facts *f, enum plan_rung rung)
{
	if (rung == RUNG_MISSING)
		return groups[PLAN_FILE].missing;
	if (rung == RUNG_LATER)
		return "";
	if (rung == RUNG_FEXIT)
		return "reads are traced in the file systems' own functions: ext4, xfs, btrfs, f2fs, "
		       "nfs, fuse and tmpfs are seen if they were there when egressd started, others "
		       "are not; booted with preempt=full the kernel may skip events, each skip is "
		       "counted as a loss";
	if (rung == RUNG_TP_BTF && f->preemptible == FACT_YES)
		return "this kernel may skip typed tracepoints under preemption: each skipped read "
		       "is counted as a loss; mount tracefs to avoid it";
	if (f->file_uring == FACT_NO && f->file_mapped == FACT_NO)
		return "database files read by io_uring or through a mapping are not seen (the "
		       "tracepoints came with 5.19 and 6.12)";
	if (f->file_uring == FACT_NO)
		return "database files read by io_uring are not seen";
	if (f->file_mapped == FACT_NO)
		return "database files read through a mapping are not seen (the tracepoints came "
		       "with 6.12)";
	return "";
}

/* The exit of system calls before the functions of file systems: it knows every file
 * system and, but for full preemption from 7.0 on, misses nothing. */
static enum plan_rung file_rung(const struct facts *f)
{
	enum plan_rung rung = tracing_rung(f->file_tp_btf, f->file_tracepoint, f->preemptible);

	if (f->file_later)
		return RUNG_LATER;
	return rung == RUNG_MISSING && f->file_fexit == FACT_YES ? RUNG_FEXIT : rung;
}

static enum plan_rung start_rung(const struct facts *f)
{
	if (f->task_file_iter == FACT_YES)
		return RUNG_ITER;
	return f->task_file_ports == FACT_YES ? RUNG_PORTS : RUNG_MISSING;
}

static const char *egress_gap(const struct facts *f, enum plan_rung rung)
{
	if (rung == RUNG_TP_BTF || rung == RUNG_TRACEPOINT)
		return "no program can be attached to a cgroup v2 root, so IP traffic is counted by what "
		       "send calls accepted: wire bytes, packets and what the kernel sends by itself "
		       "are not known, datagrams of unconnected sockets have no destination, and "
		       "bytes may stand there before they have left; mount a cgroup v2 "
		       "(mount -t cgroup2 none DIR) to have it all";
	if (rung != RUNG_MISSING)
		return "";
	return f->cgroup2 == FACT_NO
		       ? "no cgroup v2 mount, and send calls cannot be traced either (Linux 6.3): "
			 "nothing that leaves by IP is counted; mount one (mount -t cgroup2 none DIR)"
		       : groups[PLAN_EGRESS].missing;
}

bool plan_forces_handoff(const char *force_rung)
{
	static const char *const names[] = { "tp_btf", "tracepoint", "fexit", "kprobe", "missing" };

	for (size_t i = 0; force_rung && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(force_rung, names[i]))
			return true;
	return false;
}

static int plan_error(const struct facts *f, const struct plan *p)
{
	if (f->privilege == FACT_NO)
		return -EPERM;
	if (f->btf == FACT_NO)
		return -ENOENT;
	if (p->rung[PLAN_EGRESS] == RUNG_MISSING && p->rung[PLAN_HANDOFF] == RUNG_MISSING)
		return -ENOENT;
	return 0;
}

void plan_make(const struct facts *f, const char *force_rung, struct plan *ret)
{
	struct plan p = { .error = 0 };

	p.rung[PLAN_EGRESS] = egress_rung(f);
	p.rung[PLAN_HANDOFF] =
		plan_forces_handoff(force_rung) ? forced_rung(f, force_rung) : handoff_rung(f);
	p.rung[PLAN_LIFE] = tracing_rung(f->life_tp_btf, f->life_tracepoint, f->preemptible);
	p.rung[PLAN_FILE] = file_rung(f);
	p.rung[PLAN_START] = start_rung(f);
	p.rung[PLAN_PINS] = f->bpffs == FACT_YES ? RUNG_PINNED : RUNG_MISSING;

	for (int g = 0; g < PLAN_GROUPS; g++)
		p.detail[g] = p.rung[g] == RUNG_MISSING ? groups[g].missing : "";
	p.detail[PLAN_FILE] = file_gap(f, p.rung[PLAN_FILE]);
	p.detail[PLAN_EGRESS] = egress_gap(f, p.rung[PLAN_EGRESS]);
	if (p.rung[PLAN_START] == RUNG_PORTS)
		p.detail[PLAN_START] = "sockets opened before the sensor have no owner until they "
				       "send (Linux 5.10)";
	p.detail[PLAN_HANDOFF] = handoff_gap(f, p.rung[PLAN_HANDOFF]);
	p.error = plan_error(f, &p);
	*ret = p;
}
