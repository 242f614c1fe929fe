/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * What bpf/held.bpf.c writes and user/collect/held.c reads: the open sockets of one
 * process. Never pinned: both sides are of one build.
 */
#ifndef EGRESS_HELD_ABI_H
#define EGRESS_HELD_ABI_H

#include "egress/abi.h"

/* One descriptor of the process that is a TCP or UDP socket. */
struct eg_held {
	eg_u64 inode;                   /* of the socket, as /proc/PID/fd names it */
	eg_u64 sent_bytes;              /* TCP payload, each byte once; the three are 0 for UDP */
	eg_u64 retrans_bytes;           /* TCP payload sent again */
	eg_u64 queued_bytes;            /* TCP: written but not acknowledged yet */
	eg_u8 local[16], remote[16];    /* IPv6 or v4-mapped */
	eg_u16 local_port, remote_port; /* host order */
	eg_u8 proto;                    /* IPPROTO_TCP or IPPROTO_UDP */
	eg_u8 state;                    /* TCP's, as the kernel numbers them */
	eg_u16 pad;                     /* always 0 */
};
_Static_assert(sizeof(struct eg_held) == 72, "ABI");

#endif
