// SPDX-License-Identifier: Apache-2.0
/*
 * Hour-of-week volumes on a logarithmic byte scale.
 */
#include "detect/weekslot.h"

#include "base/cleanup.h"
#include "detect/fixed.h"

enum { STEPS_PER_DOUBLING = 6 };

/* -6 log2(.93) = .628 steps a week, as 161/256: some weeks sink a step, some none. */
static unsigned int weekly_sink(uint32_t week)
{
	return (unsigned int)(((uint64_t)week + 1) * 161 / 256 - (uint64_t)week * 161 / 256);
}

static uint8_t quantize(uint64_t kib)
{
	int64_t scaled = fixed_log2(kib + 1) * STEPS_PER_DOUBLING;
	int64_t half = (int64_t)1 << (FIXED_LOG2_BITS - 1);

	return (uint8_t)((scaled + half) >> FIXED_LOG2_BITS);
}

static uint64_t dequantize(uint8_t q)
{
	/* 2^(i/6) in Q16 */
	static const uint32_t root[STEPS_PER_DOUBLING] = { 65536, 73562,  82570,
							   92682, 104032, 116772 };

	return (((uint64_t)root[q % STEPS_PER_DOUBLING] << (q / STEPS_PER_DOUBLING)) >> 16) - 1;
}

void weekslot_day_end(struct weekslot *w, const uint32_t hour_kib[24], uint32_t day, bool frozen)
{
	unsigned int first = day % 7 * 24;
	unsigned int sink = weekly_sink(day / 7);

	for (unsigned int hour = 0; hour < 24 && !frozen; hour++) {
		uint8_t *q = &w->q[first + hour];
		uint8_t seen = quantize(hour_kib[hour]);
		uint8_t sunk = *q > sink ? (uint8_t)(*q - sink) : 0;

		*q = MAX(sunk, seen);
	}
}

uint64_t weekslot_peak_kib(const struct weekslot *w, uint32_t hour)
{
	unsigned int i = hour % WEEKSLOT_HOURS;
	uint8_t before = w->q[(i + WEEKSLOT_HOURS - 1) % WEEKSLOT_HOURS];
	uint8_t after = w->q[(i + 1) % WEEKSLOT_HOURS];

	return dequantize(MAX(w->q[i], MAX(before, after)));
}

uint64_t weekslot_own_kib(const struct weekslot *w, uint32_t hour)
{
	return dequantize(w->q[hour % WEEKSLOT_HOURS]);
}

uint64_t weekslot_largest_kib(const struct weekslot *w)
{
	uint8_t largest = 0;

	for (unsigned int i = 0; i < WEEKSLOT_HOURS; i++)
		largest = MAX(largest, w->q[i]);
	return dequantize(largest);
}

uint64_t weekslot_daily_kib(const struct weekslot *w, uint32_t hour)
{
	uint64_t largest = 0;

	for (uint32_t day = 0; day < WEEKSLOT_HOURS / 24; day++) {
		uint64_t kib = weekslot_peak_kib(w, hour + 24 * day);

		largest = MAX(largest, kib);
	}
	return largest;
}
