/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * sock:sock_send_length: its record, and the kernels that report the same bytes twice.
 */
#ifndef EGRESS_ECHO_H
#define EGRESS_ECHO_H

#include "compat.h"
#include "net.h"

/* The record of the classic tracepoint sock_send_length, as its format file shows it. */
struct send_record {
	u64 common;
	struct sock *sk;
	u16 family, protocol;
	int ret;
	int flags;
	u32 pad;
};

/* In 6.3 and 6.4 sendfile() and splice() report twice for a socket that has no sendpage of its
 * own: the page goes through its sendmsg, which reports, and then the page itself is
 * reported. One event of each such pair counts. Told by the field that went away with
 * all that in 6.5, so that other kernels do not even load it. A splice by io_uring, in
 * its own thread, cannot be told from a send there and counts twice. */

#define CALL_SENDFILE 40 /* x86-64 */
#define CALL_SPLICE 275

/* For tests: as if this were such a kernel. */
const volatile bool eg_echo = false;

/* Task to socket of a page whose first event was counted. An LRU: a task that dies
 * between the two leaves one behind. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u64);
} send_echoes SEC(".maps");

static __always_inline bool has_sendpage(struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family), proto;

	if (family == AF_UNIX)
		return BPF_CORE_READ(sk, sk_type) == SOCK_STREAM;
	proto = BPF_CORE_READ(sk, sk_protocol);
	return (family == AF_INET || family == AF_INET6) &&
	       (proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE);
}

/* The second report of the same bytes? */
static __always_inline bool send_is_echo(struct sock *sk)
{
	struct proto_ops *ops = NULL;
	u64 at = (u64)sk, *first;
	struct pt_regs *regs;
	u32 task;

	if ((!eg_echo && !bpf_core_field_exists(ops->sendpage)) || has_sendpage(sk))
		return false;
	regs = (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
	task = BPF_CORE_READ(regs, orig_ax);
	if (task != CALL_SENDFILE && task != CALL_SPLICE)
		return false;
	task = bpf_get_current_pid_tgid();
	first = bpf_map_lookup_elem(&send_echoes, &task);
	if (first && *first == at) {
		bpf_map_delete_elem(&send_echoes, &task);
		return true;
	}
	bpf_map_update_elem(&send_echoes, &task, &at, 0);
	return false;
}

#endif
