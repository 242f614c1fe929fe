/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * From key to row, and the adding up. The order matters: a row first, the total
 * last, so that a total read before the rows is never ahead of them.
 */
#ifndef EGRESS_ROW_H
#define EGRESS_ROW_H

#include "cpu.h"

struct eg_event {
	u64 payload_bytes, wire_bytes, retrans_bytes;
	u64 more_packets; /* beyond the first */
};

static __always_inline void eg_val_add(struct eg_flow_val *val, const struct eg_event *e)
{
	eg_add(&val->calls, 1);
	if (e->wire_bytes)
		eg_add(&val->wire_bytes, e->wire_bytes);
	if (e->payload_bytes)
		eg_add(&val->payload_bytes, e->payload_bytes);
	if (e->more_packets)
		eg_add(&val->packets, e->more_packets);
	if (e->retrans_bytes)
		eg_add(&val->retrans_bytes, e->retrans_bytes);
}

/* Adds to the row, or to `unattributed` without one, then to the column's total. */
static __always_inline void eg_bill(struct eg_row *row, const struct eg_event *e, u32 column)
{
	struct eg_cpu *cpu = NULL;

	if (row) {
		eg_val_add(&row->val, e);
	} else {
		cpu = eg_cpu();
		if (!cpu)
			return;
		eg_val_add(&cpu->unattributed[column], e);
	}
	if (!e->payload_bytes)
		return;
	if (!cpu)
		cpu = eg_cpu();
	if (cpu)
		eg_add(&cpu->total_payload_bytes[column], e->payload_bytes);
}

/* The row a socket remembers, if that slot still lives the same life. */
static __always_inline struct eg_row *row_by_ref(u64 ref)
{
	u32 slot = (u32)ref, generation = ref >> 32;
	struct eg_row *row = bpf_map_lookup_elem(&rows, &slot);

	return row && generation && row->generation == generation ? row : NULL;
}

static __always_inline u64 ref_pack(const struct eg_ref *ref)
{
	return (u64)ref->generation << 32 | ref->slot;
}

/* Makes a row. LIVE before it is in the index: whoever finds it there may add to it at
 * once, and the daemon must already see those bytes. */
static __noinline u64 row_make(const struct eg_flow_key *key)
{
	struct eg_ref ref = {}, *found;
	struct eg_row *row;
	u64 *chunk;
	u32 at;

	if (bpf_map_pop_elem(&free_slots, &ref.slot))
		return 0;
	row = bpf_map_lookup_elem(&rows, &ref.slot);
	at = ref.slot / 64;
	chunk = bpf_map_lookup_elem(&chunks, &at);
	if (!row || !chunk)
		return 0;
	*chunk = 1;
	row->key = *key;
	ref.generation = row->generation;
	row->state = EG_ROW_LIVE;
	if (!bpf_map_update_elem(&row_index, key, &ref, BPF_NOEXIST))
		return ref_pack(&ref);

	/* another processor was first: give the slot back, use that one's */
	row->state = EG_ROW_FREE;
	bpf_map_push_elem(&free_slots, &ref.slot, 0);
	found = bpf_map_lookup_elem(&row_index, key);
	return found ? ref_pack(found) : 0;
}

/* Finds or makes the row of a key; 0 when there is no room (counted). */
static __noinline u64 row_ref(const struct eg_flow_key *key)
{
	struct eg_ref *found;
	struct eg_cpu *cpu;
	u64 ref;

	if (!key)
		return 0;
	found = bpf_map_lookup_elem(&row_index, key);
	if (found)
		return ref_pack(found);
	ref = row_make(key);
	if (!ref) {
		cpu = eg_cpu();
		if (cpu)
			eg_add(&cpu->flow_map_full, 1);
	}
	return ref;
}

#endif
