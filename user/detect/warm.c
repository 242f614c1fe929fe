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
	/* An hour is off its week when it moves four times what its slot knows. */
	SLOT_FACTOR = 4,
};

uint32_t core_warm_mask(const struct engine *e, const struct series *s)
{
	uint32_t mask = 0;

	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (e->learned[h] >= warm_days[h] + s->cold_days)
			mask |= 1U << h;
	return mask;
}

bool core_slots_speak(const struct engine *e, const struct series *s)
{
	return e->learned[WARM_HORIZON] >= SLOT_LEARN_DAYS + s->cold_days;
}

uint64_t core_allowed_kib(const struct engine *e, const struct series *s, unsigned int h, bool warm)
{
	uint64_t floor = core_floors_kib(e, s)[h], peak = s->envelope.peak_kib[h];

	if (warm)
		return MAX(fixed_mul_milli(peak, e->params->factor_milli[h]), floor);
	return MAX(peak * COLD_PEAKS, floor * COLD_FLOORS);
}

/* The hour-of-week allowance, if it is the tighter one. */
static void consider_slot(const struct engine *e, const struct series *s, struct peak *hour)
{
	uint64_t floor = core_floors_kib(e, s)[H_1H] * SLOT_FACTOR;
	uint64_t usual, allowed;

	if (hour->value_kib <= floor || !core_slots_speak(e, s))
		return;
	usual = weekslot_peak_kib(&s->week, e->clock.index[RING_TIERS - 2]);
	allowed = MAX(usual * SLOT_FACTOR, floor);
	if (allowed < hour->allowed_kib) {
		hour->allowed_kib = allowed;
		hour->slot = true;
	}
}

void core_peak(const struct engine *e, const struct series *s, struct peak *ret)
{
	uint32_t warm = core_warm_mask(e, s);
	/* A cold series is judged leniently by its short horizons; a warm one only by
	 * those that were measured long enough. */
	uint32_t mask = warm & (1U << WARM_HORIZON) ? warm : (1U << H_1D) - 1;

	*ret = (struct peak){ .any = false };
	for (unsigned int h = e->first_horizon; h < EG_HORIZONS; h++) {
		struct peak p = { .horizon = h, .value_kib = s->ring.sum_kib[h] };

		if (!(mask & (1U << h)) || p.value_kib < e->minimum_kib)
			continue;
		p.warm = warm & (1U << h);
		p.allowed_kib = core_allowed_kib(e, s, h, p.warm);
		if (h == H_1H)
			consider_slot(e, s, &p);
		if (ret->any && !fixed_ratio_above(p.value_kib, p.allowed_kib, ret->value_kib,
						   ret->allowed_kib))
			continue;
		/* one by one: a copy of the whole waits for the stores of its small parts,
		 * and this is the hottest line of a replay */
		ret->horizon = h;
		ret->value_kib = p.value_kib;
		ret->allowed_kib = p.allowed_kib;
		ret->warm = p.warm;
		ret->slot = p.slot;
		ret->any = true;
	}
}
