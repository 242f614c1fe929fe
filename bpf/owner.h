/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Who sends: the current task as the owner of a byte, in the five fields a flow key
 * has for it.
 */
#ifndef EGRESS_OWNER_H
#define EGRESS_OWNER_H

#include "egress/abi.h"
#include "compat.h"

#define PF_KTHREAD 0x00200000

struct eg_owner {
	u64 start_ns, cgroup_id;
	u32 tgid, uid;
	u64 kthread; /* a kernel thread: the rest is 0 */
};

/* Direct loads: the pointer is typed, the verifier guards them. */
static __always_inline void owner_load(struct eg_owner *o, struct task_struct *task)
{
	if (task->flags & PF_KTHREAD) {
		__builtin_memset(o, 0, sizeof(*o));
		o->kthread = 1;
		return;
	}
	o->tgid = task->tgid;
	o->start_ns = task->group_leader->start_boottime;
	o->uid = task->cred->euid.val;
	o->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	o->kthread = 0;
}

static __always_inline void owner_probe(struct eg_owner *o, struct task_struct *task)
{
	__builtin_memset(o, 0, sizeof(*o));
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD) {
		o->kthread = 1;
		return;
	}
	o->tgid = BPF_CORE_READ(task, tgid);
	o->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	o->uid = BPF_CORE_READ(task, cred, euid.val);
	o->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline void owner_current(struct eg_owner *o)
{
	if (eg_task_btf)
		owner_load(o, compat_task());
	else
		owner_probe(o, (void *)bpf_get_current_task());
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
	if (o->kthread)
		key->flags |= EG_FLOW_KERNEL;
	else
		key->flags &= ~EG_FLOW_KERNEL;
}

#endif
