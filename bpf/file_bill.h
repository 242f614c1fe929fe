/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Whose row, and the adding up, for all programs of group `file`.
 */
#ifndef EGRESS_FILE_BILL_H
#define EGRESS_FILE_BILL_H

#include "add.h"
#include "file_maps.h"
#include "owner.h"

static __always_inline void val_add(struct eg_reader_val *v, u64 read_bytes, u64 mapped_bytes)
{
	if (read_bytes) {
		eg_add(&v->read_bytes, read_bytes);
		eg_add(&v->calls, 1);
	}
	if (mapped_bytes)
		eg_add(&v->mapped_bytes, mapped_bytes);
}

static __always_inline struct eg_reader_val *reader_row(void)
{
	struct eg_reader_key key;
	struct eg_reader_val fresh = {}, *val;
	struct eg_owner o;

	owner_current(&o);
	key.start_ns = o.start_ns;
	key.cgroup_id = o.cgroup_id;
	key.tgid = o.tgid;
	key.uid = o.uid;
	val = bpf_map_lookup_elem(&readers, &key);
	if (val)
		return val;
	bpf_map_update_elem(&readers, &key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&readers, &key);
}

/* The reader's row first, the total last: a total read before the rows is never ahead. */
static __noinline int bill(u64 read_bytes, u64 mapped_bytes)
{
	struct eg_reader_val *val = reader_row();
	u32 number = bpf_get_smp_processor_id();
	struct eg_file_cpu *cpu = bpf_map_lookup_elem(&file_cpus, &number);

	if (eg_deaf)
		return 0;
	if (val)
		val_add(val, read_bytes, mapped_bytes);
	if (!cpu)
		return 0;
	if (!val) {
		eg_add(&cpu->readers_full, 1);
		val_add(&cpu->unattributed, read_bytes, mapped_bytes);
	}
	val_add(&cpu->total, read_bytes, mapped_bytes);
	return 0;
}

#endif
