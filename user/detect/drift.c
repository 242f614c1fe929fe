// SPDX-License-Identifier: Apache-2.0
/*
 * Baselines that want to be more than they may: on half of two weeks a series was held
 * back by the clamp on growth and sent a fifth more than the day it is known for. That is the
 * business growing, or a leak that grows with patience; people decide (engine_approve(),
 * engine_decline()).
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	LOOK_BACK_DAYS = 14,
	DRIFT_DAYS = 7, /* of those */
	/* A fifth more: two weeks of clamped growth would have hidden less. */
	DRIFT_MILLI = 1200,
};

/* Bits 1 to 14 of a day mask. */
static const uint32_t look_back = 0x7ffeU;

/* What it reached on at least DRIFT_DAYS of the days looked back on. */
static uint64_t wanted_kib(const struct engine *e, const struct series *s)
{
	uint64_t top[DRIFT_DAYS] = { 0 }; /* descending */

	for (uint32_t ago = 1; ago <= LOOK_BACK_DAYS; ago++) {
		uint64_t kib = s->ring.day_kib[(e->day - ago) % RING_DAYS];

		for (unsigned int i = 0; i < DRIFT_DAYS; i++) {
			uint64_t moved = top[i];

			if (kib <= moved)
				continue;
			top[i] = kib;
			kib = moved;
		}
	}
	return top[DRIFT_DAYS - 1];
}

void core_drift_find(const struct engine *e, struct series *s)
{
	s->drifts = s->kind != SERIES_FAN && s->kind != SERIES_READ && !s->declined &&
		    !s->approved_days && core_is_warm(e, s) &&
		    __builtin_popcount(s->held_days & look_back) >= DRIFT_DAYS &&
		    wanted_kib(e, s) > fixed_mul_milli(s->envelope.peak_kib[H_1D], DRIFT_MILLI);
}

void core_drift_peak(const struct engine *e, const struct series *s, struct peak *ret)
{
	uint64_t known = s->envelope.peak_kib[H_1D], value;

	ret->any = false;
	if (!s->drifts)
		return;
	value = wanted_kib(e, s);
	if (value <= known || value < e->minimum_kib)
		return;
	*ret = (struct peak){
		.evidence = EVIDENCE_DRIFT,
		.horizon = H_1D,
		.value_kib = value,
		.allowed_kib = MAX(known, 1ULL),
		.baseline_kib = known,
		.warm = true,
		.any = true,
	};
}
