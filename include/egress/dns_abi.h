/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * What bpf/dns.bpf.c hands to user/collect/dnstap.c, by ring buffer. Never pinned: both
 * sides are of one build.
 */
#ifndef EGRESS_DNS_ABI_H
#define EGRESS_DNS_ABI_H

#include "egress/abi.h"

#define EG_DNS_BYTES 1232 /* of a message: what resolvers offer since the DNS flag day 2020 */
#define EG_DNS_RING_BYTES (128 * 1024) /* a hundred answers at once */

/* A UDP datagram from port 53 that a socket of this host received. */
struct eg_dns_event {
	eg_u64 netns;     /* as in struct eg_flow_key */
	eg_u32 len;       /* of data */
	eg_u16 pad;       /* always 0 */
	eg_u8 connected;  /* the socket takes datagrams from this server alone */
	eg_u8 pad2;       /* always 0 */
	eg_u8 server[16]; /* IPv6 or v4-mapped: who sent it */
	eg_u8 data[EG_DNS_BYTES];
};
_Static_assert(sizeof(struct eg_dns_event) == 32 + EG_DNS_BYTES, "ABI");

/* Of the array map `dns_losses`, one number. */
enum { EG_DNS_LOST = 0, EG_DNS_LOSSES };

#endif
