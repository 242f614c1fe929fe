/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Adding up safely.
 */
#ifndef EGRESS_ADD_H
#define EGRESS_ADD_H

/* Never `atomic add 0` (clang turns a known 0 into an OR that 5.10 refuses) and never
 * a plain +=: softirq nests in a task's run on the same processor. */
#define eg_add(p, n) ((void)__sync_fetch_and_add((p), (n)))

#endif
