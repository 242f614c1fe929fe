/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `handoff` on kernels before 6.3, which do not report the result of a send call:
 * the families' own send functions, at their end (what was accepted) or, where
 * trampolines are refused, at their beginning (what was asked: at most that much).
 * Which of these functions a kernel has, the loader finds out.
 */
#include "send.h"

struct msghdr;
struct page;

/* arm64's registers: part of the user ABI. */
struct user_pt_regs {
	u64 regs[31], sp, pc, pstate;
};

#define __VMLINUX_H__ /* registers by the kernel's own names */
#include <bpf/bpf_tracing.h>

/* Storage cannot be had from here in 5.10, so the row is looked up each time. */
static __always_inline int call_bill(struct socket *socket, long bytes, u32 flags)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);
	struct eg_event e = {};
	struct eg_owner o;
	u16 family;

	if (bytes <= 0 || !sk)
		return 0;
	e.payload_bytes = bytes;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	owner_current_probe(&o);
	eg_bill(row_by_ref(send_ref(sk, family, &o, flags)), &e, EG_COLUMN_HANDOFF);
	return 0;
}

/* unix_seqpacket_sendmsg() hands on to the function for datagrams. */
static __always_inline bool is_seqpacket(struct socket *socket)
{
	return BPF_CORE_READ(socket, sk, sk_type) == SOCK_SEQPACKET;
}

/* A family's sendmsg operation, at its end and at its beginning. */
#define CALL(function)                                                                            \
	SEC("fexit/" #function)                                                                   \
	int BPF_PROG(function##__fexit, struct socket *socket, struct msghdr *msg, size_t len,    \
		     int ret)                                                                     \
	{                                                                                         \
		return call_bill(socket, ret, 0);                                                 \
	}                                                                                         \
	SEC("kprobe/" #function)                                                                  \
	int BPF_KPROBE(function##__kprobe, struct socket *socket, struct msghdr *msg, size_t len) \
	{                                                                                         \
		return call_bill(socket, len, EG_FLOW_AT_MOST);                                   \
	}

CALL(unix_stream_sendmsg)
CALL(unix_seqpacket_sendmsg)
CALL(packet_sendmsg)
CALL(vsock_stream_sendmsg) /* until 5.10 */
CALL(vsock_connectible_sendmsg)
CALL(vsock_dgram_sendmsg)

SEC("fexit/unix_dgram_sendmsg")
int BPF_PROG(unix_dgram_sendmsg__fexit, struct socket *socket, struct msghdr *msg, size_t len,
	     int ret)
{
	return is_seqpacket(socket) ? 0 : call_bill(socket, ret, 0);
}

SEC("kprobe/unix_dgram_sendmsg")
int BPF_KPROBE(unix_dgram_sendmsg__kprobe, struct socket *socket, struct msghdr *msg, size_t len)
{
	return is_seqpacket(socket) ? 0 : call_bill(socket, len, EG_FLOW_AT_MOST);
}

/* sendfile() and splice() until 6.4; the other families' go through their sendmsg. */
SEC("fexit/unix_stream_sendpage")
int BPF_PROG(unix_stream_sendpage__fexit, struct socket *socket, struct page *page, int offset,
	     size_t size, int flags, long ret)
{
	return call_bill(socket, ret, 0);
}

SEC("kprobe/unix_stream_sendpage")
int BPF_KPROBE(unix_stream_sendpage__kprobe, struct socket *socket, struct page *page, int offset,
	       size_t size)
{
	return call_bill(socket, size, EG_FLOW_AT_MOST);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
