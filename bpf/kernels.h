/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Sockets that the kernel made for itself, and sends over in whoever's task. (What a program
 * opened and gave to it is told by the task, call by call: owner.h.)
 */
#ifndef EGRESS_KERNELS_H
#define EGRESS_KERNELS_H

#include "compat.h"
#include "net.h"

#define GFP_FS 0x80       /* ___GFP_FS: the same bit in all kernels */
#define USER_DATA_FLAGS 7 /* low bits of sk_user_data (net/sock.h) */
#define USER_DATA_NOCOPY 1

static __always_inline bool is_kern_sock(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}

/* The connection under a socket of SMC whose peer does not speak it: the kernel made it, and a
 * program writes to it. Its data is that socket. */
static __always_inline bool is_under_smc(u64 user_data)
{
	struct sock *over = (void *)(user_data & ~(u64)USER_DATA_FLAGS);

	if ((user_data & USER_DATA_FLAGS) != USER_DATA_NOCOPY)
		return false;
	return BPF_CORE_READ(over, __sk_common.skc_family) == AF_SMC ||
	       BPF_CORE_READ(over, sk_protocol) == IPPROTO_SMC;
}

/* A TCP socket of the kernel's, also when it sends in the name of a process, as an NFS client
 * does for whoever reads a file. Not MPTCP's subflows, which carry a program's bytes, nor what
 * a program accepted from an MPTCP listener: that has a file, and nobody's data (sunrpc's has
 * both).
 *
 * Until 6.6 NVMe makes its sockets as a program would, but says that memory for what they send
 * may not come from writing to a file system, which may be what waits for it. That alone is not
 * enough: nbd leaves it behind with a socket that it was given, and any program can have it said
 * of its own (TCP_ULP espintcp). Those have a file, and nobody's data. */
static __always_inline bool is_kernels(struct sock *sk)
{
	struct tcp_sock___mptcp *tp = (void *)sk;
	struct socket *socket;
	u64 user_data;

	if (!is_kern_sock(sk) && BPF_CORE_READ(sk, sk_allocation) & GFP_FS)
		return false;
	if (bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ(tp, is_mptcp))
		return false;
	user_data = (u64)BPF_CORE_READ(sk, sk_user_data);
	if (is_under_smc(user_data))
		return false;
	socket = BPF_CORE_READ(sk, sk_socket);
	return user_data || !socket || !BPF_CORE_READ(socket, file);
}

#endif
