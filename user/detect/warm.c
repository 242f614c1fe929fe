// SPDX-License-Identifier: Apache-2.0
/*
 * What a series is allowed, and from when on it may be judged by it.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

/* Measured days before a horizon is warm. */
static const uint16_t warm_days[EG_HORIZONS] = { 7, 7, 7, 7, 7, 14, 14, 56 };

enum {
	/* Until then: eight floors, or four times the peak so far. */
	COLD_FLOORS = 8,
	COLD_PEAKS = 4,
	/* A steady stream goes a little above its peak every few weeks, and one newcomer may be
	 * all there are. */
	VOUCHED_MILLI = 1250,
};

static uint32_t warm_mask(const struct engine *e, unsigned int cold_days)
{
	uint32_t mask = 0;

	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (e->learned[h] >= warm_days[h] + cold_days)
			mask |= 1U << h;
	return mask;
}

void core_warm(struct engine *e)
{
	e->warm_mask = warm_mask(e, 0);
}

uint32_t core_warm_mask(const struct engine *e, const struct series *s)
{
	return s->cold_days ? warm_mask(e, s->cold_days) : e->warm_mask;
}

bool core_meets_many(const struct engine *e, uint32_t actor, uint8_t init, uint8_t cls)
{
	const struct series *novel = core_at(e, e->actors[actor].novel[init][cls]);

	return novel && novel->envelope.peak_kib[H_1D] >= core_floors_kib(e, novel)[H_1D];
}

bool core_meets_any(const struct engine *e, uint32_t actor)
{
	for (uint8_t init = 0; init < EG_INIT_COUNT; init++)
		for (uint8_t cls = 0; cls < CLASSES; cls++)
			if (core_meets_many(e, actor, init, cls))
				return true;
	return false;
}

bool core_in_crowd(const struct engine *e, const struct series *s)
{
	return s->kind == SERIES_PAIR && s->dest && core_meets_many(e, s->actor, s->init, s->cls);
}

/* Where the actor sends most. */
static const struct series *largest_volume(const struct engine *e, uint32_t actor)
{
	const struct series *largest = NULL;

	for (unsigned int c = 0; c < CLASSES; c++) {
		const struct series *s = core_at(e, e->actors[actor].volume[c]);

		if (s &&
		    (!largest || s->envelope.peak_kib[H_1D] > largest->envelope.peak_kib[H_1D]))
			largest = s;
	}
	return largest;
}

const struct series *core_witness(const struct engine *e, const struct series *s)
{
	if (s->kind == SERIES_NOVEL && !core_is_warm(e, s))
		return core_at(e, e->actors[s->actor].volume[s->cls]);
	if (s->kind == SERIES_PAIR && !s->dest && !core_is_warm(e, s))
		return largest_volume(e, s->actor);
	if (!core_in_crowd(e, s))
		return NULL;
	return core_at(e, e->actors[s->actor].novel[s->init][s->cls]);
}

uint64_t core_vouched_kib(const struct series *witness, unsigned int h)
{
	return fixed_mul_milli(witness->envelope.peak_kib[h], VOUCHED_MILLI);
}

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

uint32_t core_room_kib(const struct engine *e, const struct series *s, const struct bounds *bounds,
		       unsigned int lift)
{
	uint64_t room = UINT32_MAX;

	if (s->kind == SERIES_FAN)
		return 0; /* counts do not rise with bytes */
	/* From the longest down: it is the one that has least room, mostly. */
	for (unsigned int h = EG_HORIZONS; h-- > e->first_horizon;) {
		uint64_t value = s->ring.sum_kib[h], limit;

		if (!(bounds->judged & (1U << h)))
			continue;
		limit = MAX(bounds->allowed_kib[h] >> lift, e->minimum_kib);
		if (value >= limit)
			return 0;
		room = MIN(room, limit - value);
	}
	return (uint32_t)core_indirect_room_kib(e, s, room);
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
