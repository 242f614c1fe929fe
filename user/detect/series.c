// SPDX-License-Identifier: Apache-2.0
/*
 * Identity and small questions of one series.
 */
#include "detect/series.h"

#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "detect/fixed.h"

_Static_assert(sizeof(struct series) < 1024, "a series costs less than 1 KB");

enum { ID_KIND_SHIFT = 60 };

uint64_t series_id(const struct series_key *key)
{
	uint64_t words[3] = {
		key->actor_id,
		key->dest_id,
		(uint64_t)key->cls << 24 | (uint64_t)key->init << 16 | key->port,
	};
	uint64_t hash = XXH3_64bits(words, sizeof(words));

	/* The bit below the kind makes an id of kind 0 differ from "free". */
	hash = (hash & ((1ULL << ID_KIND_SHIFT) - 1)) | 1ULL << (ID_KIND_SHIFT - 1);
	return (uint64_t)key->kind << ID_KIND_SHIFT | hash;
}

void series_init(struct series *s, const struct series_key *key, const struct ring_clock *clock)
{
	memset(s, 0, sizeof(*s));
	ring_init(&s->ring, clock);
	s->id = series_id(key);
	s->kind = (uint8_t)key->kind;
	s->cls = (uint8_t)key->cls;
	s->init = key->init;
	s->port = key->port;
}

void series_settle(struct series *s)
{
	uint64_t top = s->ring.burst_top_kib;

	if (!s->ring.is_late)
		return;
	ring_settle(&s->ring);
	/* Within 10 s the longer windows only grow: the last is the largest. */
	envelope_observe(&s->envelope, s->ring.sum_kib, H_10S);
	s->envelope.today_kib[H_10S] = MAX(s->envelope.today_kib[H_10S], top);
}

void series_advance(struct series *s, const struct ring_clock *clock)
{
	uint32_t hour = s->ring.now_s / RING_HOUR_S;

	series_settle(s);
	ring_advance(&s->ring, clock);
	if (s->ring.now_s / RING_HOUR_S != hour)
		steady_update(&s->steady, &s->ring);
}

void series_add(struct series *s, const struct ring_clock *clock, uint64_t bytes,
		unsigned int first)
{
	if (first == H_10S && ring_is_near(&s->ring, clock)) {
		ring_add_late(&s->ring, clock, bytes);
		return;
	}
	series_advance(s, clock);
	ring_add(&s->ring, clock, bytes);
	envelope_observe(&s->envelope, s->ring.sum_kib, first);
}

void series_vote_dest(struct series *s, const struct dest *dest, uint64_t bytes)
{
	if (s->dest == dest) {
		s->dest_weight_bytes = fixed_add(s->dest_weight_bytes, bytes);
	} else if (bytes > s->dest_weight_bytes) {
		s->dest = dest;
		s->dest_weight_bytes = bytes - s->dest_weight_bytes;
	} else {
		s->dest_weight_bytes -= bytes;
	}
}

void series_find_habit(struct series *s, unsigned int days)
{
	unsigned int today = s->ring.now_s / RING_DAY_S % RING_DAYS;
	uint64_t top[HABIT_DAYS] = { 0 }; /* descending */

	for (unsigned int ago = 1; ago < RING_DAYS; ago++) {
		uint64_t kib = s->ring.day_kib[(today + RING_DAYS - ago) % RING_DAYS];

		if (s->alert_days & (1U << ago))
			continue;
		for (unsigned int i = 0; i < HABIT_DAYS; i++) {
			uint64_t smaller = MIN(top[i], kib);

			top[i] = MAX(top[i], kib);
			kib = smaller;
		}
	}
	s->habit_kib = top[days - 1];
}
