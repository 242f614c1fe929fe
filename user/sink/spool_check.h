/* SPDX-License-Identifier: Apache-2.0
 *
 * The spool's files looked at from outside, with every checksum: what is whole, what
 * is torn, what is lost. Changes nothing unless told to.
 */
#ifndef SINK_SPOOL_CHECK_H
#define SINK_SPOOL_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct spool_finding {
	char file[64];     /* "segment-3", or "cursors" with `reader` */
	char reader[32];   /* "" for a segment */
	const char *state; /* see docs/siem.md: whole, empty, torn, damaged, ... */
	const char *words; /* what it means, what to do */
	uint64_t first, last, records;
	uint64_t lost; /* records that stood between the first and the last */
	bool harmless; /* nothing was lost, and the daemon goes on by itself */
	bool repaired; /* by this call */
};
typedef int (*spool_finding_fn)(void *ctx, const struct spool_finding *finding);

struct spool_sum {
	uint64_t records, lost;
	uint32_t problems; /* not harmless and not repaired */
	bool in_use;       /* a daemon has it: its newest record may look torn */
};

/* Checks DIR/segment-* and DIR/cursors, one finding each. With `repair`: a lost header
 * is written anew, half a cursor made whole, a file that is not ours put aside; what is
 * lost stays lost. -ENOENT: no spool there; -EBUSY: repair while a daemon has it. */
int spool_check(const char *dir, bool repair, spool_finding_fn fn, void *ctx,
		struct spool_sum *ret);

#endif
