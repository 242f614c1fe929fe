/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes by workload for /metrics, where every label value is a time series for ever:
 * the first workloads that send something worth a line have one, the rest is `other`.
 */
#ifndef DAEMON_WORKLOADS_H
#define DAEMON_WORKLOADS_H

#include <stddef.h>
#include <stdint.h>

#include "model/tick.h"

struct buf;

enum { WORKLOADS_MAX = 30, WORKLOAD_LABELS_MAX = 256 };

struct workload_bytes {
	const struct actor *actor;        /* the first with these labels; interned */
	char labels[WORKLOAD_LABELS_MAX]; /* workload="...",container="...",user="..." */
	uint64_t internal, public_bytes;
};

struct workloads {
	struct workload_bytes slot[WORKLOADS_MAX];
	size_t count;
	uint64_t other_internal, other_public; /* what was sent without a slot */
};

/* Adds what left the host in this tick. Each sum only rises: what a workload sent before
 * it had a slot stays with `other`. */
void workloads_add(struct workloads *w, const struct tick *tick);
/* The family egressd_workload_egress_bytes_total as Prometheus text. */
void workloads_print(const struct workloads *w, struct buf *out);

#endif
