/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Sockets that the kernel uses for itself, whoever's task it runs in: those it opened, and
 * those it was given. (What the kernel says of the task at each call is in owner.h.)
 */
#ifndef EGRESS_KERNELS_H
#define EGRESS_KERNELS_H

#include "compat.h"

#define GFP_FS 0x80 /* ___GFP_FS: the same bit in all kernels */

/* Taken over by something inside the kernel: it says how memory may be had for what it sends,
 * never by writing to a file system, which may be what waits for it (nbd, iSCSI, NVMe, usbip;
 * for its own sockets NFS, SMB, Ceph). No program can set this. Never taken back: a socket that
 * nbd has let go keeps it. */
static __always_inline bool is_taken(struct sock *sk)
{
	return !(sk->sk_allocation & GFP_FS);
}

/* The kernel's, also when it sends in the name of a process, as an NFS client does for whoever
 * reads a file. Not MPTCP's subflows, which carry a program's bytes, nor what a program
 * accepted from an MPTCP listener: that has a file, and nobody's data (sunrpc's has both). Nor
 * what nbd was given: that has a file, and its program could still write to it. */
static __always_inline bool is_kernels(struct sock *sk)
{
	struct tcp_sock___mptcp *tp = (void *)sk;
	struct socket *socket;

	if (!BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock) &&
	    BPF_CORE_READ(sk, sk_allocation) & GFP_FS)
		return false;
	if (bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ(tp, is_mptcp))
		return false;
	socket = BPF_CORE_READ(sk, sk_socket);
	return BPF_CORE_READ(sk, sk_user_data) || !socket || !BPF_CORE_READ(socket, file);
}

#endif
