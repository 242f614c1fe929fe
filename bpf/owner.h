/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Who sends: the current task as the owner of a byte, in the five fields a flow key
 * has for it.
 *
 * Not every byte that leaves while a process runs is that process's. The block drivers that
 * send over a socket (nbd, iSCSI, NVMe over TCP since 6.1) do so in the name of whoever's
 * request comes by, also over a socket that a program opened and gave to them. Around each
 * call they set PF_MEMALLOC, so that making room for a packet cannot wait for the disk it
 * goes to (drivers/block/nbd.c, drivers/scsi/iscsi_tcp.c; 5.10 to 7.3). Nothing sets it for
 * a program that sends of its own accord, so it tells the two apart at each call.
 */
#ifndef EGRESS_OWNER_H
#define EGRESS_OWNER_H

#include "egress/abi.h"
#include "compat.h"

#define PF_MEMALLOC 0x00000800
#define PF_KTHREAD 0x00200000

/* eg_owner.kernel */
enum eg_kernel {
	KERNEL_NOT = 0, /* a process */
	KERNEL_WORKER,  /* a kernel thread: it may carry on what a process wrote */
	KERNEL_ITSELF,  /* the kernel sends what is its own, in whichever task */
};

struct eg_owner {
	u64 start_ns, cgroup_id;
	u32 tgid, uid;
	u64 kernel; /* enum eg_kernel; the rest is 0 if not KERNEL_NOT */
};

static __always_inline void owner_kernel(struct eg_owner *o, u64 kernel)
{
	__builtin_memset(o, 0, sizeof(*o));
	o->kernel = kernel;
}

static __always_inline u64 kernel_by_flags(u32 flags)
{
	return flags & PF_MEMALLOC ? KERNEL_ITSELF : KERNEL_WORKER;
}

/* A process, whatever the kernel does in its name just now. Direct loads: the pointer is
 * typed, the verifier guards them. */
static __always_inline void owner_load(struct eg_owner *o, struct task_struct *task)
{
	o->tgid = task->tgid;
	o->start_ns = task->group_leader->start_boottime;
	o->uid = task->cred->euid.val;
	o->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	o->kernel = KERNEL_NOT;
}

static __always_inline void owner_probe(struct eg_owner *o, struct task_struct *task)
{
	o->tgid = BPF_CORE_READ(task, tgid);
	o->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	o->uid = BPF_CORE_READ(task, cred, euid.val);
	o->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	o->kernel = KERNEL_NOT;
}

static __always_inline void owner_current_load(struct eg_owner *o)
{
	struct task_struct *task = compat_task();
	u32 flags = task->flags;

	if (flags & (PF_KTHREAD | PF_MEMALLOC))
		owner_kernel(o, kernel_by_flags(flags));
	else
		owner_load(o, task);
}

static __always_inline void owner_current_probe(struct eg_owner *o)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 flags = BPF_CORE_READ(task, flags);

	if (flags & (PF_KTHREAD | PF_MEMALLOC))
		owner_kernel(o, kernel_by_flags(flags));
	else
		owner_probe(o, task);
}

static __always_inline void owner_current(struct eg_owner *o)
{
	if (eg_task_btf)
		owner_current_load(o);
	else
		owner_current_probe(o);
}

static __always_inline bool owner_same(const struct eg_flow_key *key, const struct eg_owner *o)
{
	return key->tgid == o->tgid && key->start_ns == o->start_ns && key->uid == o->uid &&
	       key->cgroup_id == o->cgroup_id;
}

static __always_inline void owner_set(struct eg_flow_key *key, const struct eg_owner *o)
{
	key->tgid = o->tgid;
	key->start_ns = o->start_ns;
	key->uid = o->uid;
	key->cgroup_id = o->cgroup_id;
	if (o->kernel)
		key->flags |= EG_FLOW_KERNEL;
	else
		key->flags &= ~EG_FLOW_KERNEL;
}

#endif
