/* SPDX-License-Identifier: Apache-2.0
 *
 * What one series is known to reach: a peak per horizon that is held, sinks
 * slowly, and may rise only a little a day once the sensor has learned.
 */
#ifndef DETECT_ENVELOPE_H
#define DETECT_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "egress/params.h"

struct envelope {
	uint64_t peak_kib[EG_HORIZONS];  /* E_h */
	uint64_t today_kib[EG_HORIZONS]; /* M_h: the largest V_h of the day */
	uint32_t anchor[EG_HORIZONS];    /* P_h: E_h up to 28 days ago, in 64 KiB */
};

/* P_h in KiB, never below what it was set from; the largest stands for any more. */
static inline uint64_t envelope_anchor_kib(const struct envelope *e, unsigned int h)
{
	return e->anchor[h] == UINT32_MAX ? UINT64_MAX : (uint64_t)e->anchor[h] << 6;
}

static inline void envelope_set_anchor(struct envelope *e, unsigned int h, uint64_t kib)
{
	e->anchor[h] = kib >> 6 >= UINT32_MAX ? UINT32_MAX : (uint32_t)((kib + 63) >> 6);
}

/* How a day ends, the same for every series but for warmth and alert. */
struct envelope_day {
	const uint64_t *floor_kib; /* F_h of this kind of series, scaled */
	uint64_t decay_q32;        /* what is left of a peak after one day */
	uint32_t growth_milli;     /* g */
	uint32_t learned_mask;     /* horizons that were measured that day */
	uint32_t warm_mask;        /* horizons that had learned enough before it */
	bool frozen;               /* an alert was open, or declined: no growth */
	bool adopt;                /* the operator approved: M_h counts as it is */
	bool pinned;               /* the operator declined: the anchor stays */
	bool anchor_due;           /* every 28th day: remember E_h */
};

/* Raises M_h for the horizons from `first` on. */
void envelope_observe(struct envelope *e, const uint64_t value_kib[EG_HORIZONS],
		      unsigned int first);

/* Ends a day: M_h goes into E_h under the rules and starts again at 0. Returns the
 * mask of horizons where the clamp held growth back. */
uint32_t envelope_day_end(struct envelope *e, const struct envelope_day *day);

#endif
