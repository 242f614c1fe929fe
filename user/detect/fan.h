/* SPDX-License-Identifier: Apache-2.0
 *
 * How many different destination groups one actor sent to in the last 10 min and
 * the last hour: exact up to 32, beyond that by HyperLogLog with 64 registers
 * (standard error 13 %). The hash is keyed, so that nobody outside can choose
 * destinations that count as one.
 */
#ifndef DETECT_FAN_H
#define DETECT_FAN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FAN_EXACT = 32,
	FAN_REGISTERS = 64,
	FAN_MINUTES = 10, /* slots of 1 min: the last 10 min */
	FAN_TENS = 6,     /* slots of 10 min: the last hour */
	FAN_SLOTS = FAN_MINUTES + FAN_TENS,
};

struct fan_key {
	uint64_t word[2];
};

struct fan_exact {
	uint64_t hash;   /* of the group; 0 = free */
	uint32_t minute; /* it was last sent to, since 1970 */
};

struct fan {
	struct fan_exact exact[FAN_EXACT];
	uint8_t rank[FAN_SLOTS][FAN_REGISTERS]; /* minutes, then tens */
	uint32_t minute;                        /* slots stand here; also the last note */
	uint32_t over_minute; /* a group last found no room in `exact`; 0 = never */
	uint32_t actor;       /* record it belongs to */
};

struct fan_count {
	uint32_t ten_minutes, hour;
};

/* SipHash-2-4 of one word. */
uint64_t fan_hash(const struct fan_key *key, uint64_t word);

/* An empty counter. */
void fan_init(struct fan *f, uint32_t actor, uint32_t minute);

/* Notes a group by its hash. `minute` never goes back. */
void fan_note(struct fan *f, uint64_t hash, uint32_t minute);

struct fan_count fan_count(const struct fan *f, uint32_t minute);

/* Nothing was noted in the last hour: it says nothing any more. */
static inline bool fan_is_idle(const struct fan *f, uint32_t minute)
{
	return minute / FAN_MINUTES >= f->minute / FAN_MINUTES + FAN_TENS;
}

#endif
