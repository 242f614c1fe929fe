/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * This processor's cell of totals and losses.
 */
#ifndef EGRESS_CPU_H
#define EGRESS_CPU_H

#include "add.h"
#include "maps.h"

static __always_inline struct eg_cpu *eg_cpu(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

#endif
