/* SPDX-License-Identifier: Apache-2.0
 *
 * One series: who it is, what it sends, what it is known to reach. The same object
 * for every kind; below 1 KB.
 */
#ifndef DETECT_SERIES_H
#define DETECT_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/envelope.h"
#include "detect/finding.h"
#include "detect/ring.h"
#include "detect/steady.h"
#include "detect/weekslot.h"

#define ACTOR_NONE UINT32_MAX
#define PAIR_NONE UINT32_MAX

/* What a transfer that is much the same every day comes to (usual.c). */
enum usual_kind {
	USUAL_NONE = 0,
	USUAL_FEED = 1, /* to a public place, at any hour */
	USUAL_JOB = 2,  /* in the same hours of the day */
};

struct usual {
	uint64_t day_kib;    /* its largest usual day */
	uint64_t slack_kib;  /* how much more its own spread allows */
	uint32_t above_days; /* bit n: it was above that n days ago */
	uint8_t kind;        /* enum usual_kind */
	uint8_t reserved[3];
};

struct series {
	uint64_t id;                /* kind in the upper 4 bits, then a hash of the key; 0 = free */
	const struct dest *dest;    /* PAIR: its group; else the largest new one or NULL */
	uint64_t pending_bytes;     /* of the tick being accounted */
	uint64_t dest_weight_bytes; /* majority vote for `dest` where it is not the key */
	uint64_t habit_kib;         /* third largest of the last 27 whole days without an alert */
	int64_t watch_until;        /* alert/ must see it clearing until then; 0 = not watched */
	struct ring ring;
	struct envelope envelope;
	struct weekslot week;
	struct steady steady;
	struct usual usual;
	uint32_t actor;      /* index of the actor's record; ACTOR_NONE for HOST */
	uint32_t alert_days; /* bit n: an alert was open n days ago, and nothing was learned */
	uint32_t held_days;  /* bit n: growth was held back n days ago */
	uint32_t odd_days;   /* bit n: an hour broke its week's habit n days ago */
	uint32_t loose_days; /* bit n: an hour was above twice its slot n days ago */
	uint32_t pair;       /* PAIR: its place in the heavy hitters, else PAIR_NONE */
	uint16_t cold_days;  /* learned days of the engine before this one began */
	uint16_t port;
	uint8_t kind, cls, init, level;
	uint8_t approved_days; /* learned days left in which growth is free */
	bool declined;         /* the operator wants no growth */
	bool drifts;           /* its baseline is held back (drift.c) */
	bool touched;          /* on the tick's list */
	bool alerted;          /* alert/ said so today: no growth */
	bool paged;            /* ... and it was a page: not even a cold series learns */
};

/* What makes a series; unused parts are 0. */
struct series_key {
	uint64_t actor_id, dest_id;
	enum series_kind kind;
	enum series_class cls;
	uint8_t init;
	uint16_t port;
};

uint64_t series_id(const struct series_key *key);

/* An empty series that stands at `clock`. */
void series_init(struct series *s, const struct series_key *key, const struct ring_clock *clock);

/* Moves its windows to `clock`. */
void series_advance(struct series *s, const struct ring_clock *clock);

/* Votes for the destination most of a mixed series' bytes go to. */
void series_vote_dest(struct series *s, const struct dest *dest, uint64_t bytes);

/* Looks for its habit again: after a day's end, and after loading. */
void series_find_habit(struct series *s);

#endif
