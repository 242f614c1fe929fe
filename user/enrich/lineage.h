/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of processes as far as it leads to processes that send: who started whom, with
 * names that outlive the parents. A parent is the one a process had when it was first
 * seen: what the kernel puts in its place later (init, a subreaper) started nothing.
 */
#ifndef ENRICH_LINEAGE_H
#define ENRICH_LINEAGE_H

#include <stddef.h>
#include <stdint.h>

#include "enrich/enrich.h"

struct lineage;

/* `max`: ancestors kept at most; lines of parents end where there is no room. 0 or -ENOMEM. */
int lineage_new(const char *proc_root, long ticks_per_s, size_t max, struct lineage **ret);
void lineage_free(struct lineage *l);

/* A number for this process and for no other, of this boot or another; never 0. */
uint64_t lineage_entity(const struct lineage *l, uint32_t pid, uint64_t start_ns);

/* The process `pid` with those above it, from /proc where they are not known yet.
 * start_ns 0: whoever has the number now; else only the one that started then. NULL: gone,
 * or no room. Each answer is held until lineage_put(). */
const struct ancestor *lineage_get(struct lineage *l, uint32_t pid, uint64_t start_ns);
/* One that /proc does not know any more, by what was remembered of it. */
const struct ancestor *lineage_add(struct lineage *l, uint32_t pid, uint64_t start_ns,
				   const char *comm, const struct ancestor *parent);
void lineage_put(struct lineage *l, const struct ancestor *a); /* NULL is passed over */

/* An exec gives an ancestor another name; an exit ends it. */
void lineage_exec(struct lineage *l, uint32_t pid, uint64_t start_ns, const char *comm);
void lineage_exit(struct lineage *l, uint32_t pid, uint64_t start_ns);

size_t lineage_count(const struct lineage *l);

#endif
