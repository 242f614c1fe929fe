/* SPDX-License-Identifier: Apache-2.0
 *
 * What this kernel offers, found by trying: each program and map is loaded, and where
 * it can be undone attached, on its own. No decision is taken here.
 */
#ifndef COLLECT_PROBE_H
#define COLLECT_PROBE_H

#include "collect/facts.h"

struct collect;
struct objects;

/* Loads (and attaches for a moment) every group on its own into *o, with the maps of c,
 * or with small ones when c is NULL. Groups marked adopted are left alone. Classic
 * tracepoints are tried where they may be chosen; force_rung as in plan.h. */
void probe_facts(struct facts *f, const char *force_rung, struct objects *o, struct collect *c);

#endif
