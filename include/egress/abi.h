/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
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
#define EG_FLOW_TUN 0x10      /* left into a tun or tap device: a program carries it on */
#define EG_FLOW_AT_MOST 0x20  /* the sizes asked of the calls, which may have taken less */

#define EG_FLOWS_DEFAULT 65536 /* rows; 8 MB of rows and 10 MB of index */
#define EG_LISTENERS_MAX 4096  /* listening ports found at the start */
#define EG_RING_BYTES (256 * 1024)

/* One flow: a sender, a destination, a service. Ephemeral ports are not part
 * of it, so its cardinality is bounded by peers, not by connections. */
struct eg_flow_key {
	eg_u64 start_ns;  /* sender's thread-group leader start_boottime, ns; 0 = owner unknown */
	eg_u64 cgroup_id; /* sender task's cgroup v2 id; 0 = unknown */
	eg_u64 netns;     /* network namespace: cookie where readable, else inode number */
	eg_u32 tgid;      /* sender's process id in the initial pid namespace; 0 = unknown */
	eg_u32 uid;       /* sender's effective uid in the initial user namespace */
	eg_u8 daddr[16];  /* peer, IPv6 or v4-mapped IPv6; AF_VSOCK: CID in the last 4, big endian;
	                  * all 0: many (answers the kernel itself gives to strangers, SYN-ACKs) */
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

/* eg_row.state. Programs write LIVE, the daemon the others. */
#define EG_ROW_FREE 0
#define EG_ROW_LIVE 1
#define EG_ROW_RETIRED 2 /* left the index; freed when no program can still hold it */

/* One slot of the flow table, in two cache lines: identity (read by every packet,
 * written once) and counters (written by every packet). The table is an array
 * that the daemon maps into its memory, so a snapshot needs no system call, and a
 * socket that remembers its slot needs no hash lookup. */
struct eg_row {
	struct eg_flow_key key;
	eg_u32 generation; /* raised by the daemon when it takes the row out of use */
	eg_u32 state;      /* EG_ROW_* */
	struct eg_flow_val
		val;       /* packets holds only those beyond one a call; last_ns is the daemon's */
	eg_u64 seen_calls; /* the daemon's: calls at its last look, tells idle from busy */
	eg_u64 pad;
};
_Static_assert(sizeof(struct eg_row) == 128, "ABI");

/* Where a row is, and which life of that slot is meant. */
struct eg_ref {
	eg_u32 slot;
	eg_u32 generation; /* 0: never a row */
};
_Static_assert(sizeof(struct eg_ref) == 8, "ABI");

/* Counters of one processor (only to keep cache lines apart: a snapshot sums them). */
struct eg_cpu {
	/* Every byte billed, attributed or not. First in every ABI: an upgrade reads it. */
	eg_u64 total_payload_bytes[EG_COLUMNS];
	struct eg_flow_val unattributed[EG_COLUMNS]; /* packets as in eg_row */
	eg_u64 flow_map_full;                        /* events that found no free row */
	eg_u64 storage_refused;                      /* events whose socket storage was refused */
	eg_u64 clock_back;                           /* tcp counters went backwards */
	eg_u64 ring_full;                            /* life events lost */
	eg_u64 shared_sockets; /* sockets found to be written by several processes */
	eg_u64 pad[5];
};
_Static_assert(sizeof(struct eg_cpu) == 192, "ABI");

/* The daemon's own ledger, kept with the pins so that sums survive its restarts. */
struct eg_ledger {
	eg_u64 abi_version;
	eg_u64 boot_ns;                         /* CLOCK_BOOTTIME when the maps were made */
	struct eg_flow_val drained[EG_COLUMNS]; /* rows that were removed */
	struct eg_flow_val late[EG_COLUMNS];    /* arrived in a row after its removal was decided */
	eg_u64 move_slot;                       /* journal of one move: slot + 1, 0 = none */
	struct eg_flow_val move_drained, move_late; /* what the two become for its column */
	eg_u64 move_ownerless_bytes;
	eg_u64 move_column;
	eg_u64 drained_ownerless_bytes; /* part of drained: payload nobody owned */
	eg_u64 invariant_broken;        /* snapshots whose sums did not fit */
};
_Static_assert(sizeof(struct eg_ledger) == 344, "ABI");

/* A listening TCP port found at the start. */
struct eg_listener {
	eg_u64 netns;
	eg_u32 port;
	eg_u32 pad;
};
_Static_assert(sizeof(struct eg_listener) == 16, "ABI");

/* --- reads of watched database files (group `file`) --- */

#define EG_READERS_MAX 16384  /* processes at once; 1.5 MB */
#define EG_WATCHED_MAX 256    /* directories */
#define EG_VERDICTS_MAX 16384 /* files whose verdict is remembered; 1.5 MB */
#define EG_WATCHED_DEVS 8     /* file systems compared one by one; with more, all are asked */

/* Who reads. tgid 0: the kernel itself. */
struct eg_reader_key {
	eg_u64 start_ns;  /* as in eg_flow_key */
	eg_u64 cgroup_id; /* of the reading task */
	eg_u32 tgid;
	eg_u32 uid; /* effective */
};
_Static_assert(sizeof(struct eg_reader_key) == 24, "ABI");

/* What was read. Counters only rise. */
struct eg_reader_val {
	eg_u64 read_bytes;   /* returned by read calls of any kind */
	eg_u64 calls;        /* that returned any */
	eg_u64 mapped_bytes; /* pages that faults on mapped files made readable: at most */
};
_Static_assert(sizeof(struct eg_reader_val) == 24, "ABI");

/* A directory, or a file, as the kernel itself knows it (not as stat() tells it). */
struct eg_file_id {
	eg_u64 ino;
	eg_u32 dev;        /* of the superblock */
	eg_u32 generation; /* of the inode number; directories: 0 */
};
_Static_assert(sizeof(struct eg_file_id) == 16, "ABI");

/* What the programs are told. Written by the daemon. */
struct eg_watch {
	eg_u32 epoch;     /* verdicts of another one are void */
	eg_u32 dev_count; /* file systems with a watched directory; 0 = watch nothing;
	                   * above EG_WATCHED_DEVS = ask for every file */
	eg_u32 dev[EG_WATCHED_DEVS];
};
_Static_assert(sizeof(struct eg_watch) == 40, "ABI");

/* Sums of one processor; a snapshot adds them up. */
struct eg_file_cpu {
	struct eg_reader_val total;        /* everything counted */
	struct eg_reader_val unattributed; /* no room for its reader */
	eg_u64 readers_full;               /* events that found none */
	eg_u64 aio_unseen;                 /* requests whose size was not found out */
};
_Static_assert(sizeof(struct eg_file_cpu) == 64, "ABI");

/* The daemon's: readers that ended and left the table, and the journal of one move. */
struct eg_file_ledger {
	struct eg_reader_val drained;
	struct eg_reader_val move_drained; /* what it becomes */
	struct eg_reader_key move_key;
	eg_u64 move_valid;
	eg_u64 invariant_broken; /* snapshots whose sums did not fit */
};
_Static_assert(sizeof(struct eg_file_ledger) == 88, "ABI");

/* Life events, by ring buffer: rare, small, never bytes of traffic. */
#define EG_LIFE_EXEC 1
#define EG_LIFE_EXIT 2
#define EG_EXE_MAX 256
#define EG_ARGS_MAX 512

struct eg_life_event {
	eg_u32 kind; /* EG_LIFE_* */
	eg_u32 tgid, ppid, uid;
	eg_u32 loginuid;
	eg_u32 exe_len;  /* bytes of exe, without NUL */
	eg_u32 args_len; /* bytes of args */
	eg_u32 pad;
	eg_u64 start_ns, parent_start_ns;
	eg_u64 cgroup_id;
	char comm[16];
	char exe[EG_EXE_MAX];   /* exec only: an exit event ends before it */
	char args[EG_ARGS_MAX]; /* argv joined by NUL, cut */
};
_Static_assert(sizeof(struct eg_life_event) == 72 + EG_EXE_MAX + EG_ARGS_MAX, "ABI");

#endif
