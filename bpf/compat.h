/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Everything that differs between kernels, in one place: each entry names the change
 * and when it can go. Switches that a type cannot answer are constants the loader
 * sets from its facts; the verifier then drops the branch not taken.
 */
#ifndef EGRESS_COMPAT_H
#define EGRESS_COMPAT_H

#include "kern_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* bpf_get_current_task_btf() in cgroup_skb programs: since 5.11, set from a probe.
 * Without it each field of the task is a probe read. Can go with 5.10. */
const volatile bool eg_task_btf = true;

/* For tests: the program is attached and counts nothing. */
const volatile bool eg_deaf = false;

/* Since 6.2 the verifier looks for annotations, by name among all types of the kernel, at
 * each pointer that is read out of a trusted one: nearly half of the time our programs
 * took to load. Read only and no longer trusted is enough for us, and costs nothing at
 * run time (the verifier turns the call into a move). Older kernels do not have it, and
 * do not look. Can go when the verifier looks by something faster.
 *
 * Where it is missing libbpf looks for it among the modules, for which it needs
 * CAP_SYS_ADMIN: an object that must load without defines EG_TRUSTED_TASK before its
 * includes. */
#ifndef EG_TRUSTED_TASK
extern void *bpf_rdonly_cast(void *object, u32 type) __ksym __weak;
#endif

static __always_inline struct task_struct *compat_plain_task(struct task_struct *task)
{
#ifdef EG_TRUSTED_TASK
	return task;
#else
	return bpf_rdonly_cast ? bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct))
			       : task;
#endif
}

static __always_inline struct task_struct *compat_task(void)
{
	return compat_plain_task((void *)bpf_get_current_task_btf());
}

/* struct net.net_cookie is a plain number since 5.12. Before that it is an atomic, given
 * out when first asked for: a namespace would change its name on the way, so its inode
 * number stands in. Can go with 5.10. */
static __always_inline u64 compat_netns(struct net *net)
{
	u64 id = 0;

	if (!bpf_core_field_exists(((struct net___atomic *)net)->net_cookie.counter) &&
	    bpf_core_field_exists(net->net_cookie))
		id = BPF_CORE_READ(net, net_cookie);
	return id ? id : BPF_CORE_READ(net, ns.inum);
}

/* Where an inode's list of names goes through a dentry: a union that lost its name in 7.x.
 * Can go with the kernels before. */
static __always_inline unsigned long compat_alias_offset(void)
{
	struct dentry___named *d = NULL;

	return bpf_core_field_exists(d->d_u.d_alias)
		       ? bpf_core_field_offset(struct dentry___named, d_u.d_alias)
		       : bpf_core_field_offset(struct dentry, d_alias);
}

/* IP_HDRINCL: a bit of its own until 6.5, since 6.6 bit INET_FLAGS_HDRINCL of inet_flags. */
enum inet_flags_compat { INET_FLAGS_HDRINCL = 12 };
static __always_inline bool compat_hdrincl(struct inet_sock *inet)
{
	if (bpf_core_field_exists(inet->inet_flags)) {
		unsigned int bit = INET_FLAGS_HDRINCL;

		return BPF_CORE_READ(inet, inet_flags) >> bit & 1;
	}
	return BPF_CORE_READ_BITFIELD_PROBED((struct inet_sock___bits *)inet, hdrincl);
}

#endif
