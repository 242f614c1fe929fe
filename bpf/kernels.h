/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Sockets that the kernel made for itself, and sends over in whoever's task. (What a program
 * opened and gave to it is told by the task, call by call: owner.h.)
 */
#ifndef EGRESS_KERNELS_H
#define EGRESS_KERNELS_H

#include "compat.h"

#define GFP_FS 0x80 /* ___GFP_FS: the same bit in all kernels */

static __always_inline bool is_kern_sock(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
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

	if (!is_kern_sock(sk) && BPF_CORE_READ(sk, sk_allocation) & GFP_FS)
		return false;
	if (bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ(tp, is_mptcp))
		return false;
	socket = BPF_CORE_READ(sk, sk_socket);
	return BPF_CORE_READ(sk, sk_user_data) || !socket || !BPF_CORE_READ(socket, file);
}

#endif
