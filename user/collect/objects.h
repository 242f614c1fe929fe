/* SPDX-License-Identifier: Apache-2.0
 *
 * The BPF objects: opened and loaded one group and one rung at a time. Loading is the
 * probe: what loads for the facts is what the plan then attaches, so that nothing is
 * loaded twice at start.
 */
#ifndef COLLECT_OBJECTS_H
#define COLLECT_OBJECTS_H

#include <stdbool.h>

#include "collect/plan.h"

struct bpf_object;
struct calls_bpf;
struct collect;
struct bpf_program;
struct egress_bpf;
struct egress_trusted_bpf;
struct file_bpf;
struct file_fs_bpf;
struct handoff_bpf;
struct inet_bpf;
struct life_bpf;
struct start_bpf;

/* Where the types of the kernel alone are: of a module's (AF_VSOCK) may be asked only with
 * CAP_SYS_ADMIN, and a daemon without it shall not lose a group for that. */
#define OBJECTS_VMLINUX "/sys/kernel/btf/vmlinux"

struct objects {
	struct bpf_object *egress; /* of the one of the next two that is loaded */
	struct egress_bpf *egress_cast;
	struct egress_trusted_bpf *egress_trusted;
	struct file_bpf *file;
	struct file_fs_bpf *file_fs;
	struct handoff_bpf *handoff;
	struct inet_bpf *inet;   /* egress without a cgroup */
	struct calls_bpf *calls; /* the lower rungs of handoff */
	struct life_bpf *life;
	struct start_bpf *start;
	enum plan_rung inet_rung, handoff_rung, life_rung; /* that are loaded now */
	const char *force_rung; /* as in plan.h; set before the first is loaded */
};

/* Each loads its group for this rung, replacing what was loaded before. `c` gives the
 * shared maps (made with the first object); NULL: small maps of its own, for a probe.
 * 0 or the negative errno of the refusal. */
int objects_load_egress(struct objects *o, struct collect *c, enum plan_rung rung);
int objects_load_inet(struct objects *o, struct collect *c, enum plan_rung rung);
int objects_load_handoff(struct objects *o, struct collect *c, enum plan_rung rung);
int objects_load_life(struct objects *o, struct collect *c, enum plan_rung rung);
int objects_load_start(struct objects *o, struct collect *c, enum plan_rung rung);
/* Loads one object as above; and a program of the `file` group, NULL if not loaded. */
int objects_load_with(struct bpf_object *obj, struct collect *c);
struct bpf_program *objects_file_program(const struct objects *o, const char *name);
/* Ends what calls_load() (calls.h) loaded. */
void objects_drop_calls(struct objects *o);
void objects_close(struct objects *o);

/* Names of the programs of a group at a rung, "" where there are fewer than two. */
void objects_programs(enum plan_group group, enum plan_rung rung, const char *ret[2]);

#endif
