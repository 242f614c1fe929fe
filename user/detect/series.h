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
#define PAIR_NONE UINT16_MAX

/* What a transfer that is much the same every day comes to (usual.c). */
enum usual_kind {
	USUAL_NONE = 0,
	USUAL_FEED = 1, /* to a public place, at any hour */
	USUAL_JOB = 2,  /* in the same hours of the day */
};

/* What the ledger said today. */
enum newness { NEWNESS_NOT_ASKED = 0, NEWNESS_NEW = 1, NEWNESS_KNOWN = 2 };

enum { HABIT_DAYS = 3 };

struct series {
	/* What a second touches, in two cache lines with the beginning of the ring. */
	uint64_t id;             /* kind in the upper 4 bits, then a hash of the key; 0 = free */
	const struct dest *dest; /* PAIR: its group; else the largest new one or NULL */
	uint64_t pending_bytes;  /* of the tick it was touched in */
	uint32_t touched_tick;   /* of the engine's count: on that tick's list */
	uint32_t actor;          /* index of the actor's record; ACTOR_NONE for HOST */
	uint32_t watch_until;    /* alert/ must see it clearing until then; 0 = not watched */
	uint32_t calm_kib;       /* it may send that much and is still below a notice */
	uint16_t calm_at;        /* 10 s (modulo 2^16) in which calm_kib was found */
	uint16_t fan_minute;     /* PAIR: it counted as a destination in that minute of the day,
				  * from 1 on; 0: in none yet */
	uint16_t pair;           /* PAIR: its place in the heavy hitters, else PAIR_NONE */
	uint16_t port;
	uint16_t cold_days; /* learned days of the engine before this one began */
	uint8_t kind, cls, init, level;
	uint8_t newness; /* enum newness of a PAIR's destination, until the day ends */
	struct ring ring;
	/* What ten seconds and more touch. */
	uint64_t dest_weight_bytes; /* majority vote for `dest` where it is not the key */
	uint64_t habit_kib;         /* a habit is HABIT_DAYS of the last 27 without an alert: the
				     * smallest of those days */
	struct envelope envelope;
	struct weekslot week;
	struct steady steady;
	uint64_t usual_kib;       /* its largest usual day, if there is a usual_kind */
	uint64_t usual_slack_kib; /* how much more its own spread allows */
	uint32_t alert_days;      /* bit n: an alert was open n days ago, and nothing was learned */
	uint32_t held_days;       /* bit n: growth was held back n days ago */
	uint32_t odd_days;        /* bit n: an hour broke its week's habit n days ago */
	uint32_t usual_above_days; /* bit n: it was above its usual day n days ago */
	uint32_t loose_days;       /* bit n: an hour was above twice its slot n days ago */
	uint8_t approved_days;     /* learned days left in which growth is free */
	uint8_t usual_kind;        /* enum usual_kind */
	bool declined : 1;         /* the operator wants no growth */
	bool drifts : 1;           /* its baseline is held back (drift.c) */
	bool alerted : 1;          /* alert/ said so today: no growth */
	bool paged : 1;            /* ... and it was a page: not even a cold series learns */
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

/* Moves its windows to `clock` and settles them. */
void series_advance(struct series *s, const struct ring_clock *clock);

/* Brings its windows and the largest of the day up to date, where they stand: to be done
 * before either is read. */
void series_settle(struct series *s);

/* Its bytes of a tick; the day's largest are kept for the horizons from `first` on. Settled
 * later where that makes no difference: while the 10 s are the same and all horizons count. */
void series_add(struct series *s, const struct ring_clock *clock, uint64_t bytes,
		unsigned int first);

/* Votes for the destination most of a mixed series' bytes go to. */
void series_vote_dest(struct series *s, const struct dest *dest, uint64_t bytes);

/* Looks for its habit again, after a day's end and after loading: what it sent on `days` of
 * the days known, 1 to HABIT_DAYS. */
void series_find_habit(struct series *s, unsigned int days);

#endif
