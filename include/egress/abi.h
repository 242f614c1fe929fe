/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause OR GPL-2.0-only
 *
 * The contract between bpf/ and user/collect/: map keys and values, byte for
 * byte. Fixed-width plain types, no implicit padding (-Wpadded on both
 * compilers), units in every comment. A change here raises EG_ABI_VERSION,
 * because maps outlive the daemon (they are pinned).
 */
#ifndef EGRESS_ABI_H
#define EGRESS_ABI_H

#ifdef __bpf__
typedef unsigned char eg_u8;
typedef unsigned short eg_u16;
typedef unsigned int eg_u32;
typedef unsigned long long eg_u64;
#else
#include <stdint.h>
typedef uint8_t eg_u8;
typedef uint16_t eg_u16;
typedef uint32_t eg_u32;
typedef uint64_t eg_u64;
#endif

#define EG_ABI_VERSION 1

/* eg_flow_key.column: which hook billed the row. Columns are never added. */
#define EG_COLUMN_EGRESS 0  /* IP families: cgroup_skb/egress */
#define EG_COLUMN_HANDOFF 1 /* AF_UNIX, AF_VSOCK, AF_PACKET: accepted bytes */
#define EG_COLUMNS 2

/* eg_flow_key.flags */
#define EG_FLOW_LOOPBACK 0x01 /* left through a loopback device */
#define EG_FLOW_TUNNEL 0x02   /* left through a kernel tunnel device (inner packet) */
#define EG_FLOW_KERNEL 0x04   /* the kernel's own socket, or a kernel thread */
#define EG_FLOW_SHARED 0x08   /* several processes write this socket: sum exact, split not */

/* One flow: a sender, a destination, a service. Ephemeral ports are not part
 * of it, so its cardinality is bounded by peers, not by connections. */
struct eg_flow_key {
	eg_u64 start_ns;  /* sender's thread-group leader start_boottime, ns; 0 = owner unknown */
	eg_u64 cgroup_id; /* sender task's cgroup v2 id; 0 = unknown */
	eg_u64 netns;     /* network namespace: cookie where readable, else inode number */
	eg_u32 tgid;      /* sender's process id in the initial pid namespace; 0 = unknown */
	eg_u32 uid;       /* sender's effective uid in the initial user namespace */
	eg_u8 daddr[16];  /* peer, IPv6 or v4-mapped IPv6; AF_VSOCK: CID in the last 4, big endian */
	eg_u16 port;      /* service port, host order: local if accepted, else remote; 0 = none */
	eg_u8 family;     /* AF_INET, AF_INET6 (of the packet), AF_UNIX, AF_VSOCK, AF_PACKET */
	eg_u8 proto;      /* IPPROTO_*; 0 where the family has none */
	eg_u8 init;       /* enum eg_init */
	eg_u8 flags;      /* EG_FLOW_* */
	eg_u8 column;     /* EG_COLUMN_* */
	eg_u8 pad;        /* always 0 */
};
_Static_assert(sizeof(struct eg_flow_key) == 56, "ABI");

/* Counters of one flow. They only rise; userspace subtracts. */
struct eg_flow_val {
	eg_u64 payload_bytes; /* EGRESS: first transmissions; HANDOFF: accepted by the call */
	eg_u64 wire_bytes;    /* L3 bytes with headers and retransmits; HANDOFF: 0 */
	eg_u64 retrans_bytes; /* TCP payload sent again */
	eg_u64 packets;       /* after segmentation; HANDOFF: 0 */
	eg_u64 calls;         /* HANDOFF: successful sends; EGRESS: skbs seen */
	eg_u64 last_ns;       /* CLOCK_BOOTTIME of the last change, ns */
};
_Static_assert(sizeof(struct eg_flow_val) == 48, "ABI");

#endif
