/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Adding up safely, and this processor's cell of totals and losses.
 */
#ifndef EGRESS_CPU_H
#define EGRESS_CPU_H

#include "maps.h"

/* Never `atomic add 0` (clang turns a known 0 into an OR that 5.10 refuses) and never
 * a plain +=: softirq nests in a task's run on the same processor. */
#define eg_add(p, n) ((void)__sync_fetch_and_add((p), (n)))

static __always_inline struct eg_cpu *eg_cpu(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

#endif
