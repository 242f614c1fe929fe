/* SPDX-License-Identifier: Apache-2.0
 *
 * From facts to a choice of one rung a group. Pure: no system calls, no state.
 */
#ifndef COLLECT_PLAN_H
#define COLLECT_PLAN_H

#include <stdbool.h>

#include "collect/facts.h"

enum plan_group {
	PLAN_EGRESS,
	PLAN_HANDOFF,
	PLAN_LIFE,
	PLAN_FILE,
	PLAN_START,
	PLAN_PINS,
	PLAN_GROUPS
};

enum plan_rung {
	RUNG_MISSING = 0,
	RUNG_CGROUP_SKB,       /* egress, typed task pointers */
	RUNG_CGROUP_SKB_PROBE, /* egress, probe reads */
	RUNG_TP_BTF,           /* egress: by the results of send calls */
	RUNG_TRACEPOINT,
	RUNG_FEXIT,  /* the families' send functions, at their end */
	RUNG_KPROBE, /* ... at their beginning: asked, not accepted */
	RUNG_ITER,   /* task_file iterator */
	RUNG_PORTS,  /* ... for listening ports only */
	RUNG_PINNED,
	RUNG_LATER, /* loaded when it is needed */
	RUNG_COUNT
};

struct plan {
	enum plan_rung rung[PLAN_GROUPS];
	const char *detail[PLAN_GROUPS]; /* what is missing and what that costs; "" = nothing */
	int error;                       /* 0, -ENOENT (no BTF or no way to count), -EPERM */
};

/* force_rung, for tests; NULL: the best. "tp_btf", "tracepoint", "fexit", "kprobe" or "missing":
 * that of the hand-off group. "probe": the egress program with probe reads. "calls" or
 * "calls-classic": as if there were no cgroup v2, on the typed or the classic tracepoint.
 * "echo": as if sendfile() reported twice (6.3). "file-fexit": reads at the file
 * systems' own functions. "deaf-egress", "deaf-handoff",
 * "deaf-life", "deaf-file": that group's programs are attached and count nothing.
 * plan_forces_handoff(): is it one of the first five? */
bool plan_forces_handoff(const char *force_rung);
void plan_make(const struct facts *facts, const char *force_rung, struct plan *ret);
const char *plan_group_name(enum plan_group group);
const char *plan_rung_name(enum plan_group group, enum plan_rung rung);

#endif
