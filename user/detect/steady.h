/* SPDX-License-Identifier: Apache-2.0
 *
 * What a series sends even in its quietest hour. Servers send in bursts, so the
 * quietest hour of a day is close to nothing and hardly moves; a slow leak that
 * hides below every peak lifts it at once. Value = 24 x the smallest of the last
 * 23 whole hours.
 */
#ifndef DETECT_STEADY_H
#define DETECT_STEADY_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/ring.h"

struct steady {
	uint64_t value_kib;
	uint64_t peak_kib;   /* what it is known to reach */
	uint64_t today_kib;  /* largest value of the day */
	uint32_t above_days; /* bit n: it was above its allowance n days ago */
};

struct steady_day {
	uint64_t floor_kib; /* below this nothing counts */
	uint64_t decay_q32;
	uint32_t growth_milli;
	bool warm, frozen;
	bool adopt; /* the operator approved: the day counts as it is */
};

/* Takes the ring's hours in, when a new one has begun. */
void steady_update(struct steady *s, const struct ring *ring);

/* Steady volume allowed: twice the known peak, or the floor. */
uint64_t steady_allowed_kib(const struct steady *s, uint64_t floor_kib);

/* Above its allowance on any of the last 27 whole days: its quiet hours are not
 * steady enough to say anything. */
bool steady_is_fickle(const struct steady *s);

void steady_day_end(struct steady *s, const struct steady_day *day);

#endif
