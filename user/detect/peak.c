// SPDX-License-Identifier: Apache-2.0
/*
 * What a series is allowed at each horizon, and the one that stands out most against it.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	/* Until then: eight floors, or four times the peak so far. */
	COLD_FLOORS = 8,
	COLD_PEAKS = 4,
};

static inline uint64_t allowed_kib(uint64_t peak, uint64_t floor, uint32_t factor_milli, bool warm)
{
	if (warm)
		return MAX(fixed_mul_milli(peak, factor_milli), floor);
	return MAX(peak * COLD_PEAKS, floor * COLD_FLOORS);
}

static inline uint32_t factor_milli(const struct engine *e, const struct series *s, unsigned int h)
{
	return s->kind == SERIES_FAN ? e->params->fan_factor_milli : e->params->factor_milli[h];
}

uint64_t core_allowed_kib(const struct engine *e, const struct series *s, unsigned int h, bool warm)
{
	return allowed_kib(s->envelope.peak_kib[h], core_floors_kib(e, s)[h], factor_milli(e, s, h),
			   warm);
}

/* What it may be judged by. A cold series is judged leniently by its short horizons; a
 * warm one only by those that were measured long enough. */
static uint32_t judged_mask(uint32_t warm)
{
	return warm & (1U << WARM_HORIZON) ? warm : (1U << H_1D) - 1;
}

void core_bounds(const struct engine *e, const struct series *s, struct bounds *ret)
{
	const uint64_t *floor = core_floors_kib(e, s);
	uint32_t warm = core_warm_mask(e, s);

	ret->warm = warm;
	ret->judged = judged_mask(warm) >> e->first_horizon << e->first_horizon;
	for (unsigned int h = e->first_horizon; h < EG_HORIZONS; h++)
		ret->allowed_kib[h] = allowed_kib(s->envelope.peak_kib[h], floor[h],
						  factor_milli(e, s, h), warm & (1U << h));
}

void core_peak_from(const struct engine *e, const struct series *s, const struct bounds *bounds,
		    unsigned int first, struct peak *ret)
{
	/* A few bytes are no theft, but many destinations are many. */
	uint64_t minimum = s->kind == SERIES_FAN ? 1 : e->minimum_kib;
	const struct series *witness = core_witness(e, s);

	*ret = (struct peak){ .any = false };
	for (unsigned int h = first; h < EG_HORIZONS; h++) {
		uint64_t value = s->ring.sum_kib[h], allowed;

		if (!(bounds->judged & (1U << h)) || value < minimum)
			continue;
		allowed = bounds->allowed_kib[h];
		if (witness)
			allowed = MAX(allowed, core_vouched_kib(witness, h));
		if (ret->any &&
		    !fixed_ratio_above(value, allowed, ret->value_kib, ret->allowed_kib))
			continue;
		ret->any = true;
		ret->horizon = h;
		ret->value_kib = value;
		ret->allowed_kib = allowed;
		ret->baseline_kib = s->envelope.peak_kib[h];
		ret->warm = bounds->warm & (1U << h);
	}
}

uint32_t core_beyond_milli(const struct engine *e, const struct series *s,
			   const struct bounds *bounds)
{
	const struct series *witness = core_witness(e, s);
	uint32_t largest = 0;

	for (unsigned int h = e->first_horizon; h < EG_HORIZONS; h++) {
		uint64_t value = s->ring.sum_kib[h], known = s->envelope.peak_kib[h];
		uint64_t allowed = bounds->allowed_kib[h];
		uint32_t ratio;

		if (witness)
			allowed = MAX(allowed, core_vouched_kib(witness, h));
		if (!(bounds->judged & (1U << h)) || value <= known)
			continue;
		ratio = fixed_ratio_milli(value - known, MAX(allowed, known + 1) - known);
		largest = MAX(largest, ratio);
	}
	return largest;
}

void core_peak(const struct engine *e, const struct series *s, struct peak *ret)
{
	struct bounds bounds;

	core_bounds(e, s, &bounds);
	core_peak_from(e, s, &bounds, H_10S, ret);
}
