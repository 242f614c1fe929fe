/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums over the last 10 s to 28 d of one byte stream, in 84 slots: 10 x 1 s,
 * 6 x 10 s, 10 x 1 min, 6 x 10 min, 24 x 1 h (KiB, u32), 28 x 1 d (KiB, u64: a day
 * may exceed 4 TiB). What is below a KiB is carried; slots saturate, never wrap.
 *
 * A second touches the seconds only; all that is longer is brought up to date by
 * ring_settle() once in 10 s, or when somebody asks. That took a series and second from
 * 956 to 779 instructions.
 */
#ifndef DETECT_RING_H
#define DETECT_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "egress/params.h"

enum {
	RING_TIERS = 6,
	RING_SECONDS = 10,
	RING_FINE_SLOTS = RING_SECONDS + 6 + 10 + 6 + 24,
	RING_HOURS_FIRST = RING_FINE_SLOTS - 24, /* where the hours begin in slot[] */
	RING_HOURS = 24,
	RING_DAYS = 28,
	RING_HOUR_S = 3600,
	RING_DAY_S = 86400,
};

/* Horizons by name, in the order of engine_horizon_s[]. */
enum { H_10S, H_1M, H_10M, H_1H, H_6H, H_1D, H_7D, H_28D };

/* An instant in the units of every tier; made once a tick for all rings. */
struct ring_clock {
	uint32_t index[RING_TIERS];   /* time / slot width; [0] = the second */
	uint32_t ten_s;               /* where its 10 s began */
	uint8_t position[RING_TIERS]; /* index modulo slots: the current slot */
};

struct ring {
	/* What a second touches. */
	uint64_t late_kib;      /* added since the longer tiers were settled */
	uint64_t burst_kib;     /* V_10s */
	uint64_t burst_top_kib; /* the largest V_10s since then */
	uint32_t now_s;         /* clock of the last advance */
	uint16_t carry_bytes;   /* < 1024 */
	bool is_late;           /* not settled: something was added, if only a part of a KiB */
	uint32_t slot_kib[RING_FINE_SLOTS];
	/* What ten seconds touch. */
	uint64_t sum_kib[EG_HORIZONS]; /* V_h, once settled: always the sum of its slots */
	uint64_t day_kib[RING_DAYS];
};

/* `time_s`: Unix seconds of the last second that counts, 0 to UINT32_MAX. */
void ring_clock_set(struct ring_clock *clock, uint32_t time_s);

/* An empty ring that stands at `clock`. */
void ring_init(struct ring *r, const struct ring_clock *clock);

/* Forgets what has left each window. A clock that lies behind is ignored. The ring must
 * be settled. */
void ring_advance(struct ring *r, const struct ring_clock *clock);

/* Adds bytes at `clock`, to which the ring must have been advanced; leaves it settled. */
void ring_add(struct ring *r, const struct ring_clock *clock, uint64_t bytes);

/* Advances and adds within the 10 s of the last advance (ring_is_near()), to be settled
 * before anything but V_10s is read. */
void ring_add_late(struct ring *r, const struct ring_clock *clock, uint64_t bytes);
static inline bool ring_is_near(const struct ring *r, const struct ring_clock *clock)
{
	return r->now_s >= clock->ten_s;
}

/* Brings the longer tiers up to date. */
void ring_settle(struct ring *r);

/* Sums again from slots, after loading. */
void ring_resum(struct ring *r);

#endif
