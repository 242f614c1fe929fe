// SPDX-License-Identifier: Apache-2.0
/*
 * Ring arithmetic. Each tier is a ring of its own, indexed by absolute time, so
 * that a long silence costs no more than a clear; sums are kept, not recomputed.
 */
#include "detect/ring.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/fixed.h"

/* Far above any link for a day, far below where 28 of them would overflow. */
static const uint64_t day_limit_kib = 1ULL << 54;

struct tier {
	uint8_t first, slots; /* in slot_kib[]; the last tier lives in day_kib[] */
	uint8_t full, part;   /* horizon over all slots, and over the last part_slots */
	uint8_t part_slots;   /* 0: none */
};

static const struct tier tiers[RING_TIERS] = {
	{ 0, 10, H_10S, 0, 0 },
	{ 10, 6, H_1M, 0, 0 },
	{ 16, 10, H_10M, 0, 0 },
	{ 26, 6, H_1H, 0, 0 },
	{ RING_HOURS_FIRST, RING_HOURS, H_1D, H_6H, 6 },
	{ 0, RING_DAYS, H_28D, H_7D, 7 },
};

static inline void clock_tier(struct ring_clock *clock, unsigned int tier, uint32_t time_s,
			      uint32_t width_s, uint32_t slots)
{
	clock->index[tier] = time_s / width_s;
	clock->position[tier] = (uint8_t)(clock->index[tier] % slots);
}

void ring_clock_set(struct ring_clock *clock, uint32_t time_s)
{
	/* Spelled out: division by a constant is cheap, and
	 * a replay does this for every interval. */
	clock_tier(clock, 0, time_s, 1, 10);
	clock_tier(clock, 1, time_s, 10, 6);
	clock_tier(clock, 2, time_s, 60, 10);
	clock_tier(clock, 3, time_s, 600, 6);
	clock_tier(clock, 4, time_s, 3600, RING_HOURS);
	clock_tier(clock, 5, time_s, 86400, RING_DAYS);
}

void ring_init(struct ring *r, const struct ring_clock *clock)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->index, clock->index, sizeof(r->index));
}

static uint64_t slot_get(const struct ring *r, unsigned int tier, unsigned int i)
{
	return tier == RING_TIERS - 1 ? r->day_kib[i] : r->slot_kib[tiers[tier].first + i];
}

static void slot_clear(struct ring *r, unsigned int tier, unsigned int i)
{
	if (tier == RING_TIERS - 1)
		r->day_kib[i] = 0;
	else
		r->slot_kib[tiers[tier].first + i] = 0;
}

static unsigned int back(unsigned int position, unsigned int steps, unsigned int slots)
{
	return position >= steps ? position - steps : position + slots - steps;
}

/* Moves one tier `steps` slots on, to `position`. */
static void tier_rotate(struct ring *r, unsigned int i, unsigned int position, uint32_t steps)
{
	const struct tier *t = &tiers[i];

	if (steps > t->slots)
		steps = t->slots;
	if (steps >= t->part_slots) {
		if (t->part_slots)
			r->sum_kib[t->part] = 0;
	} else {
		/* Slots that leave the shorter window but stay in the longer one. */
		for (unsigned int k = 0; k < steps; k++)
			r->sum_kib[t->part] -=
				slot_get(r, i, back(position, k + t->part_slots, t->slots));
	}
	for (; steps; steps--) {
		r->sum_kib[t->full] -= slot_get(r, i, position);
		slot_clear(r, i, position);
		position = back(position, 1, t->slots);
	}
}

void ring_advance(struct ring *r, const struct ring_clock *clock)
{
	/* A tier that has not moved means that no coarser one has. */
	for (unsigned int i = 0; i < RING_TIERS && clock->index[i] > r->index[i]; i++) {
		tier_rotate(r, i, clock->position[i], clock->index[i] - r->index[i]);
		r->index[i] = clock->index[i];
	}
}

static void add_fine(struct ring *r, unsigned int tier, unsigned int position, uint64_t kib)
{
	const struct tier *t = &tiers[tier];
	uint32_t *slot = &r->slot_kib[t->first + position];
	uint64_t taken = MIN(kib, (uint64_t)(UINT32_MAX - *slot));

	*slot += (uint32_t)taken;
	r->sum_kib[t->full] += taken;
	if (t->part_slots)
		r->sum_kib[t->part] += taken;
}

void ring_add(struct ring *r, const struct ring_clock *clock, uint64_t bytes)
{
	uint64_t total = fixed_add(bytes, r->carry_bytes);
	uint64_t kib = total >> 10;
	uint64_t *day = &r->day_kib[clock->position[RING_TIERS - 1]];
	uint64_t taken = MIN(kib, day_limit_kib - *day);

	r->carry_bytes = total & 1023;
	if (!kib)
		return;
	for (unsigned int i = 0; i < RING_TIERS - 1; i++)
		add_fine(r, i, clock->position[i], kib);
	*day += taken;
	r->sum_kib[H_7D] += taken;
	r->sum_kib[H_28D] += taken;
}

void ring_resum(struct ring *r)
{
	memset(r->sum_kib, 0, sizeof(r->sum_kib));
	for (unsigned int i = 0; i < RING_TIERS; i++) {
		const struct tier *t = &tiers[i];
		unsigned int position = r->index[i] % t->slots;

		for (unsigned int k = 0; k < t->slots; k++) {
			uint64_t kib = slot_get(r, i, back(position, k, t->slots));

			r->sum_kib[t->full] += kib;
			if (k < t->part_slots)
				r->sum_kib[t->part] += kib;
		}
	}
}
