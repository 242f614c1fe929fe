/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Maps of group `file`: who read how much of the watched directories, which those are,
 * and what is known about files seen lately. Pinned under the names they have here.
 */
#ifndef EGRESS_FILE_MAPS_H
#define EGRESS_FILE_MAPS_H

#include "egress/abi.h"
#include "compat.h"

/* One row a reading process. A plain preallocated hash: an LRU evicts before it is
 * full. Programs insert and add; the daemon deletes rows of processes that ended.
 * Full: eg_file_cpu.unattributed, and readers_full says how often. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EG_READERS_MAX);
	__type(key, struct eg_reader_key);
	__type(value, struct eg_reader_val);
} readers SEC(".maps");

/* Watched directories. Written by the daemon through file_identify; a server has a
 * handful of them. Full: refused there, and said. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EG_WATCHED_MAX);
	__type(key, struct eg_file_id);
	__type(value, u32);
} watched_dirs SEC(".maps");

/* File to verdict: epoch << 1 | watched. An LRU: losing an entry costs one walk. Written
 * by the programs. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, EG_VERDICTS_MAX);
	__type(key, struct eg_file_id);
	__type(value, u32);
} file_verdicts SEC(".maps");

/* What the daemon tells the programs. Mapped by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct eg_watch);
} file_watch SEC(".maps");

/* Totals and losses, a cell a processor only to keep cache lines apart. Mapped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct eg_file_cpu);
} file_cpus SEC(".maps");

/* The daemon's ledger of readers that ended. Mapped, written by the daemon only. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct eg_file_ledger);
} file_ledger SEC(".maps");

#endif
