// SPDX-License-Identifier: Apache-2.0
/*
 * Ring arithmetic. Each tier is a ring of its own, indexed by absolute time, so
 * that a long silence costs no more than a clear; sums are kept, not recomputed.
 */
#include "detect/ring.h"

#include <string.h>

#include "base/cleanup.h"
#include "detect/fixed.h"

/* Far above any link for a day, far below where 28 of them would overflow. */
static const uint64_t day_limit_kib = 1ULL << 54;

enum { DAYS = RING_TIERS - 1 };

struct tier {
	uint8_t first, slots; /* in slot_kib[]; the last tier lives in day_kib[] */
	uint8_t full, part;   /* horizon over all slots, and over the last part_slots */
	uint8_t part_slots;   /* 0: none */
};

static const struct tier tiers[RING_TIERS] = {
	{ 0, RING_SECONDS, H_10S, 0, 0 },
	{ 10, 6, H_1M, 0, 0 },
	{ 16, 10, H_10M, 0, 0 },
	{ 26, 6, H_1H, 0, 0 },
	{ RING_HOURS_FIRST, RING_HOURS, H_1D, H_6H, 6 },
	{ 0, RING_DAYS, H_28D, H_7D, 7 },
};

/* Spelled out, here and below: division by a constant is cheap, and a replay does this
 * for every interval. */
static inline void count_slots(uint32_t time_s, uint32_t index[RING_TIERS])
{
	index[0] = time_s;
	index[1] = index[0] / 10;
	index[2] = index[1] / 6;
	index[3] = index[2] / 10;
	index[4] = index[3] / 6;
	index[5] = index[4] / 24;
}

void ring_clock_set(struct ring_clock *clock, uint32_t time_s)
{
	count_slots(time_s, clock->index);
	clock->ten_s = clock->index[1] * 10;
	clock->position[0] = (uint8_t)(time_s - clock->ten_s);
	clock->position[1] = (uint8_t)(clock->index[1] % 6);
	clock->position[2] = (uint8_t)(clock->index[2] % 10);
	clock->position[3] = (uint8_t)(clock->index[3] % 6);
	clock->position[4] = (uint8_t)(clock->index[4] % RING_HOURS);
	clock->position[5] = (uint8_t)(clock->index[5] % RING_DAYS);
}

void ring_init(struct ring *r, const struct ring_clock *clock)
{
	memset(r, 0, sizeof(*r));
	r->now_s = clock->index[0];
}

static uint64_t slot_get(const struct ring *r, unsigned int tier, unsigned int i)
{
	return tier == DAYS ? r->day_kib[i] : r->slot_kib[tiers[tier].first + i];
}

static void slot_clear(struct ring *r, unsigned int tier, unsigned int i)
{
	if (tier == DAYS)
		r->day_kib[i] = 0;
	else
		r->slot_kib[tiers[tier].first + i] = 0;
}

static unsigned int back(unsigned int position, unsigned int steps, unsigned int slots)
{
	return position >= steps ? position - steps : position + slots - steps;
}

/* The whole tier is past. */
static void tier_clear(struct ring *r, unsigned int i)
{
	const struct tier *t = &tiers[i];

	if (i == DAYS)
		memset(r->day_kib, 0, sizeof(r->day_kib));
	else
		memset(&r->slot_kib[t->first], 0, t->slots * sizeof(*r->slot_kib));
	r->sum_kib[t->full] = 0;
	if (t->part_slots)
		r->sum_kib[t->part] = 0;
}

/* Moves one tier `steps` slots on, to `position`. */
static void tier_rotate(struct ring *r, unsigned int i, unsigned int position, uint32_t steps)
{
	const struct tier *t = &tiers[i];

	if (steps >= t->slots) {
		tier_clear(r, i);
		return;
	}
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
	uint32_t then[RING_TIERS];

	if (clock->index[0] <= r->now_s)
		return;
	count_slots(r->now_s, then);
	/* A tier that has not moved means that no coarser one has. */
	for (unsigned int i = 0; i < RING_TIERS && clock->index[i] > then[i]; i++)
		tier_rotate(r, i, clock->position[i], clock->index[i] - then[i]);
	r->now_s = clock->index[0];
	r->burst_kib = r->sum_kib[H_10S];
}

static inline void add_fine(struct ring *r, unsigned int tier, unsigned int position, uint64_t kib)
{
	const struct tier *t = &tiers[tier];
	uint32_t *slot = &r->slot_kib[t->first + position];
	uint64_t taken = MIN(kib, (uint64_t)(UINT32_MAX - *slot));

	*slot += (uint32_t)taken;
	r->sum_kib[t->full] += taken;
	if (t->part_slots)
		r->sum_kib[t->part] += taken;
}

static void add_day(struct ring *r, unsigned int position, uint64_t kib)
{
	uint64_t *day = &r->day_kib[position];
	uint64_t taken = MIN(kib, day_limit_kib - *day);

	*day += taken;
	r->sum_kib[H_7D] += taken;
	r->sum_kib[H_28D] += taken;
}

static void settle(struct ring *r, const uint8_t position[RING_TIERS])
{
	uint64_t kib = r->late_kib;

	r->sum_kib[H_10S] = r->burst_kib;
	r->late_kib = r->burst_top_kib = 0;
	r->is_late = false;
	if (!kib)
		return;
	/* Spelled out: a tier that the compiler knows costs a third of the instructions. */
	add_fine(r, 1, position[1], kib);
	add_fine(r, 2, position[2], kib);
	add_fine(r, 3, position[3], kib);
	add_fine(r, 4, position[4], kib);
	add_day(r, position[DAYS], kib);
}

void ring_settle(struct ring *r)
{
	struct ring_clock at;

	if (!r->is_late)
		return;
	ring_clock_set(&at, r->now_s);
	settle(r, at.position);
}

void ring_add_late(struct ring *r, const struct ring_clock *clock, uint64_t bytes)
{
	uint64_t total = fixed_add(bytes, r->carry_bytes), taken;
	unsigned int i = clock->position[0];
	uint32_t *slot = &r->slot_kib[i];

	for (uint32_t now_s = r->now_s; now_s < clock->index[0]; now_s++, i--) {
		r->burst_kib -= r->slot_kib[i];
		r->slot_kib[i] = 0;
	}
	r->now_s = MAX(r->now_s, clock->index[0]);
	taken = MIN(total >> 10, (uint64_t)(UINT32_MAX - *slot));
	*slot += (uint32_t)taken;
	r->burst_kib += taken;
	r->burst_top_kib = MAX(r->burst_top_kib, r->burst_kib);
	r->late_kib = fixed_add(r->late_kib, total >> 10);
	r->carry_bytes = total & 1023;
	r->is_late = true;
}

void ring_add(struct ring *r, const struct ring_clock *clock, uint64_t bytes)
{
	ring_add_late(r, clock, bytes);
	settle(r, clock->position);
}

void ring_resum(struct ring *r)
{
	uint32_t index[RING_TIERS];

	count_slots(r->now_s, index);
	memset(r->sum_kib, 0, sizeof(r->sum_kib));
	for (unsigned int i = 0; i < RING_TIERS; i++) {
		const struct tier *t = &tiers[i];
		unsigned int position = index[i] % t->slots;

		for (unsigned int k = 0; k < t->slots; k++) {
			uint64_t kib = slot_get(r, i, back(position, k, t->slots));

			r->sum_kib[t->full] += kib;
			if (k < t->part_slots)
				r->sum_kib[t->part] += kib;
		}
	}
	r->burst_kib = r->sum_kib[H_10S];
}
