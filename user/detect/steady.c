// SPDX-License-Identifier: Apache-2.0
/*
 * The envelope of the quietest hour.
 */
#include "detect/steady.h"

#include "base/cleanup.h"
#include "detect/fixed.h"

enum { PEAK_FACTOR = 2, NO_GROWTH_MILLI = 1000 };

/* Bits 1 to 27 of a day mask. */
static const uint32_t past_days = 0x0ffffffeU;

void steady_update(struct steady *s, const struct ring *ring)
{
	uint32_t hour = ring->now_s / RING_HOUR_S;
	uint64_t smallest = UINT64_MAX;

	/* The running hour is not whole yet. */
	for (unsigned int ago = 1; ago < RING_HOURS && smallest; ago++) {
		unsigned int i = (hour % RING_HOURS + RING_HOURS - ago) % RING_HOURS;

		smallest = MIN(smallest, (uint64_t)ring->slot_kib[RING_HOURS_FIRST + i]);
	}
	s->value_kib = smallest * RING_HOURS;
	s->today_kib = MAX(s->today_kib, s->value_kib);
}

uint64_t steady_allowed_kib(const struct steady *s, uint64_t floor_kib)
{
	return MAX(s->peak_kib * PEAK_FACTOR, floor_kib);
}

bool steady_is_fickle(const struct steady *s)
{
	return s->above_days & past_days;
}

void steady_day_end(struct steady *s, const struct steady_day *day)
{
	uint32_t growth = day->frozen ? NO_GROWTH_MILLI : day->growth_milli;
	uint64_t cap = MAX(fixed_mul_milli(s->peak_kib, growth), day->floor_kib / 2);

	if (day->adopt)
		cap = UINT64_MAX;
	if (day->warm) {
		if (s->today_kib > steady_allowed_kib(s, day->floor_kib))
			s->above_days |= 1;
		s->peak_kib =
			MAX(day->frozen ? s->peak_kib : fixed_mul_q32(s->peak_kib, day->decay_q32),
			    MIN(s->today_kib, cap));
	} else if (!day->frozen) {
		s->peak_kib = MAX(s->peak_kib, s->today_kib);
	}
	s->today_kib = 0;
}
