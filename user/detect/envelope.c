// SPDX-License-Identifier: Apache-2.0
/*
 * The end of a day for an envelope: decay, growth under a clamp, anchor.
 */
#include "detect/envelope.h"

#include "base/cleanup.h"
#include "detect/fixed.h"

/* Without an operator's word a peak rises at most by half in 28 days. */
enum { ANCHOR_RISE_MILLI = 1500, NO_GROWTH_MILLI = 1000 };

void envelope_observe(struct envelope *e, const uint64_t value_kib[EG_HORIZONS], unsigned int first)
{
	for (unsigned int h = first; h < EG_HORIZONS; h++)
		if (value_kib[h] > e->today_kib[h])
			e->today_kib[h] = value_kib[h];
}

/* Learned horizons: the peak follows, but only so far. True if it was held back. */
static bool horizon_settle(struct envelope *e, unsigned int h, const struct envelope_day *day)
{
	uint64_t free_kib = day->floor_kib[h] / 2; /* growth below this needs no patience */
	uint32_t growth = day->frozen ? NO_GROWTH_MILLI : day->growth_milli;
	uint64_t peak = e->peak_kib[h], today = e->today_kib[h];
	uint64_t cap = MAX(fixed_mul_milli(peak, growth), free_kib);
	uint64_t anchor_cap =
		MAX(fixed_mul_milli(envelope_anchor_kib(e, h), ANCHOR_RISE_MILLI), free_kib);

	cap = day->adopt ? UINT64_MAX : MIN(cap, MAX(anchor_cap, peak));
	e->peak_kib[h] =
		MAX(day->frozen ? peak : fixed_mul_q32(peak, day->decay_q32), MIN(today, cap));
	return today > cap;
}

uint32_t envelope_day_end(struct envelope *e, const struct envelope_day *day)
{
	uint32_t held = 0;

	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		if (!(day->learned_mask & (1U << h)))
			continue;
		if (day->warm_mask & (1U << h)) {
			if (horizon_settle(e, h, day))
				held |= 1U << h;
			if (day->adopt || (day->anchor_due && !day->pinned))
				envelope_set_anchor(e, h, e->peak_kib[h]);
		} else if (!day->frozen) {
			e->peak_kib[h] = MAX(e->peak_kib[h], e->today_kib[h]);
			envelope_set_anchor(e, h, e->peak_kib[h]);
		}
		e->today_kib[h] = 0;
	}
	return held;
}
