/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * The maps all our programs share. The loader makes them once and hands the same
 * ones to every object; they are pinned under the names they have here.
 */
#ifndef EGRESS_MAPS_H
#define EGRESS_MAPS_H

#include "egress/abi.h"
#include "compat.h"

/* What a socket remembers. TCP runs under the socket lock, so its key is safe here;
 * datagram sockets send from several processors at once, so they only use the fixed
 * parts of it and check the row that `ref` leads to. Pinned with its sockets: another
 * meaning of a byte raises EG_ABI_VERSION, as in abi.h. */
struct eg_sock {
	struct eg_flow_key key;
	u64 ref;        /* struct eg_ref as one word: the row used last */
	u64 scratch;    /* a kernel address on its way from pointer to number */
	u32 owner_high; /* TCP: `high` when this owner's bytes began */
	u32 ifindex;    /* device that key.flags speaks of */
	u32 high;       /* TCP: sequence number behind the last byte billed */
	u8 kind;        /* enum eg_kind */
	u8 bound;       /* the program chose the local port itself */
	u8 baseline;    /* `high` and the side that began are known from the scan */
	u8 pad;
};
_Static_assert(sizeof(struct eg_sock) == 88, "no holes");

/* eg_sock.kind */
enum eg_kind {
	KIND_NEW = 0,  /* fresh storage */
	KIND_TCP,      /* key complete */
	KIND_LISTENER, /* a listening TCP socket */
	KIND_DATAGRAM, /* UDP, UDP-Lite, ICMP, raw: sends in its task's context */
	KIND_LOCKED,   /* SCTP and other protocols that also send in softirq */
	KIND_KERNEL,   /* made by the kernel, not TCP */
};

/* One slot a flow. An array, because the daemon maps it and a program finds a slot
 * it remembers without hashing. Size: the flow limit. Written by the programs, the
 * states and generations by the daemon. Full: see free_slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EG_FLOWS_DEFAULT);
	__type(key, u32);
	__type(value, struct eg_row);
} rows SEC(".maps");

/* Key to slot. A plain preallocated hash: an LRU evicts before it is full, and
 * allocation in a packet's path can fail. Size: as rows, so never full before them.
 * Programs insert, the daemon deletes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EG_FLOWS_DEFAULT);
	__type(key, struct eg_flow_key);
	__type(value, struct eg_ref);
} row_index SEC(".maps");

/* Slots nobody uses, lowest on top. The daemon fills it, programs pop. Empty: the
 * bytes go to eg_cpu.unattributed and flow_map_full says how often. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, EG_FLOWS_DEFAULT);
	__uint(key_size, 0);
	__uint(value_size, sizeof(u32));
} free_slots SEC(".maps");

/* 1 where any of 64 neighbouring slots was ever used, so that a snapshot of a quiet
 * host reads no empty ones. Mapped by the daemon; size: flow limit / 64. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EG_FLOWS_DEFAULT / 64);
	__type(key, u32);
	__type(value, u64);
} chunks SEC(".maps");

/* Totals, unattributed bytes and losses, a cell a processor only to keep cache lines
 * apart (atomic adds all the same: softirq nests in a task's run). Mapped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct eg_cpu);
} cpus SEC(".maps");

/* The daemon's ledger: what left the table. Mapped, written by the daemon only. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct eg_ledger);
} ledger SEC(".maps");

/* State of each socket, freed with it. CLONE: an accepted socket inherits its
 * listener's owner. Refused (memory charge): eg_cpu.storage_refused. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct eg_sock);
} sockets SEC(".maps");

/* A socket's storage, made if need be; NULL: refused. Making it fails as well when another
 * processor has just done so (threads that send their first datagrams at once). */
static __always_inline struct eg_sock *socket_storage(void *sk)
{
	struct eg_sock *s = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	return s ? s : bpf_sk_storage_get(&sockets, sk, 0, 0);
}

/* TCP ports that listened when the sensor started: tells accepted from connected for
 * sockets older than it. Filled by the scan; full: the rest count as connected. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EG_LISTENERS_MAX);
	__type(key, struct eg_listener);
	__type(value, u32);
} listeners SEC(".maps");

#endif
