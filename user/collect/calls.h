/* SPDX-License-Identifier: Apache-2.0
 *
 * The lower rungs of the hand-off group: the families' own send functions, traced one
 * by one on kernels that do not report the result of a send call (before 6.3).
 */
#ifndef COLLECT_CALLS_H
#define COLLECT_CALLS_H

#include "collect/plan.h"

struct calls_bpf;
struct collect;
struct objects;

/* Loads the programs of this rung (RUNG_FEXIT or RUNG_KPROBE) for the functions this
 * kernel has, replacing what was loaded before. c as in objects.h. 0; -ENOENT: it has
 * none of them; or the refusal. */
int calls_load(struct objects *o, struct collect *c, enum plan_rung rung);
/* Attaches one for a moment. 0 or a negative errno. */
int calls_try(struct objects *o);
/* Attaches what is loaded and was not taken over; a function that cannot be probed is
 * left out, but for one that must be there. 0 or a negative errno. */
int calls_attach(struct collect *c);
/* Takes over pinned ones: the rung, or RUNG_MISSING. */
enum plan_rung calls_adopt(struct collect *c);

#endif
