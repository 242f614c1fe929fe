/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums over the last 10 s to 28 d of one byte stream, in 84 slots: 10 x 1 s,
 * 6 x 10 s, 10 x 1 min, 6 x 10 min, 24 x 1 h (KiB, u32), 28 x 1 d (KiB, u64: a day
 * may exceed 4 TiB). What is below a KiB is carried; slots saturate, never wrap.
 */
#ifndef DETECT_RING_H
#define DETECT_RING_H

#include <stdint.h>

#include "egress/params.h"

enum {
	RING_TIERS = 6,
	RING_FINE_SLOTS = 10 + 6 + 10 + 6 + 24,
	RING_HOURS_FIRST = RING_FINE_SLOTS - 24, /* where the hours begin in slot[] */
	RING_HOURS = 24,
	RING_DAYS = 28,
};

/* Horizons by name, in the order of engine_horizon_s[]. */
enum { H_10S, H_1M, H_10M, H_1H, H_6H, H_1D, H_7D, H_28D };

/* An instant in the units of every tier; made once a tick for all rings. */
struct ring_clock {
	uint32_t index[RING_TIERS];   /* time / slot width */
	uint8_t position[RING_TIERS]; /* index modulo slots: the current slot */
};

struct ring {
	uint64_t day_kib[RING_DAYS];
	uint64_t sum_kib[EG_HORIZONS]; /* V_h: always the sum of its slots */
	uint32_t slot_kib[RING_FINE_SLOTS];
	uint32_t index[RING_TIERS]; /* clock of the last advance */
	uint32_t carry_bytes;       /* < 1024 */
};

/* `time_s`: Unix seconds of the last second that counts, 0 to UINT32_MAX. */
void ring_clock_set(struct ring_clock *clock, uint32_t time_s);

/* An empty ring that stands at `clock`. */
void ring_init(struct ring *r, const struct ring_clock *clock);

/* Forgets what has left each window. A clock that lies behind is ignored. */
void ring_advance(struct ring *r, const struct ring_clock *clock);

/* Adds bytes at `clock`, to which the ring must have been advanced. */
void ring_add(struct ring *r, const struct ring_clock *clock, uint64_t bytes);

/* Sums again from slots, after loading. */
void ring_resum(struct ring *r);

#endif
