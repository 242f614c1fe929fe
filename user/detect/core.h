/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine from inside: all state of one host's detector, and the steps a tick
 * takes through it. Only files of detect/ include this. All memory is taken in
 * engine_new(), so that no step of a tick can fail for want of it.
 */
#ifndef DETECT_CORE_H
#define DETECT_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/engine.h"
#include "detect/fan.h"
#include "detect/fixed.h"
#include "detect/idmap.h"
#include "detect/ledger.h"
#include "detect/series.h"

/* The seldom half of a function that every row or series goes through: kept out of it, the
 * other half saves no registers and guards no stack. 75 of 330 instructions a row. */
#define SELDOM __attribute__((noinline, cold))

#define SERIES_NONE UINT32_MAX
#define FAN_NONE UINT32_MAX

enum {
	CLASSES = 3,
	ACTOR_OVERFLOW = 0, /* record of the actor that stands for all that found no room */
	DAY_S = 86400,
	WARM_HORIZON = H_1H, /* a series is warm when this horizon is */
	APPROVED_DAYS = 7,   /* a level is known when a week was seen */
	/* An hour breaks its habit at four times its slot (params), or at half of that
	 * where none has been twice its slot for four weeks. */
	WEEK_TIGHT_PART = 2,
	WEEK_LOOSE_MILLI = 2000,
	WEEK_LEARN_DAYS = 21, /* hour-of-week slots speak after three weeks */

	FAN_UNIT = 1024, /* a group in the series of counts, where others have KiB */
	FAN_GATES = 4096,
	PAIRS_MAX = 1024,
	PAIR_HINTS = 4096, /* with 1024, 600 pairs missed 44 rows in 100; now it is 14 */
	ACTOR_HINTS = 256,
};

/* One actor and the series that belong to it; SERIES_NONE where there is none yet. */
struct actor_record {
	const struct actor *actor; /* NULL = free record */
	uint32_t volume[CLASSES];  /* ACTOR */
	uint32_t read;             /* READ */
	uint32_t other;            /* PAIR without a destination: the pairs that found no room */
	uint32_t novel[EG_INIT_COUNT][CLASSES];
	uint32_t fan;        /* its counter of destinations, FAN_NONE */
	uint32_t fan_series; /* FAN */
	uint32_t last_day;   /* last active, days since 1970 */
};

/* Bytes of an actor to a group that it has not given enough yet to count. */
struct fan_gate {
	uint64_t key; /* 0 = free */
	uint32_t since_s, bytes;
};

/* Counters of destinations, for the actors that need one. */
struct fans {
	struct fan_key key;
	struct fan *pool; /* [limit] */
	uint32_t limit, used;
	struct fan_gate *gates; /* [FAN_GATES] */
};

/* The heaviest pairs by Space-Saving. */
struct pairs {
	uint32_t hint[PAIR_HINTS]; /* series by row; only ever a shortcut */
	uint32_t *series;          /* [limit] */
	uint64_t *weight;          /* [limit] estimated bytes, sinking daily */
	uint32_t count, limit;
	uint32_t evictions_left; /* this tick */
	uint64_t evictions;      /* since the engine was made */
};

struct engine {
	const struct params_detect *params;
	struct names *names;
	struct words *words; /* borrowed; NULL = none */

	struct series *series; /* [series_limit] */
	uint32_t series_limit, series_used;
	uint32_t *free_series; /* stack */
	uint32_t free_count;
	struct idmap by_id;

	struct actor_record *actors; /* [actor_limit]; record 0 is the overflow actor */
	uint32_t actor_limit, actor_used;
	struct idmap by_actor;
	uint32_t actor_hint[ACTOR_HINTS]; /* record by address; only ever a shortcut */

	struct pairs pairs;
	struct fans fans;
	struct ledger ledger;
	uint32_t host[CLASSES];

	uint32_t tick;     /* counts them, from 1 on */
	uint32_t *touched; /* [series_limit] series the tick moved */
	uint32_t touched_count;
	uint32_t *restless; /* [series_limit] those of them that must be judged */
	uint32_t restless_count;
	uint32_t *watched; /* [series_limit] series alert/ follows */
	uint32_t watched_count;
	struct finding *findings; /* [series_limit + WORDS_MAX] */
	size_t finding_count;

	/* Time. */
	bool started;
	bool resumed;     /* just loaded: silence until the next tick was not seen */
	int64_t start_ts; /* first tick */
	int64_t end_ts;   /* end of the last tick */
	struct ring_clock clock;
	uint16_t minute;               /* of the day, from 1 on */
	uint32_t day;                  /* days since 1970 */
	uint32_t gap_s;                /* of today, not seen */
	uint32_t seen_days;            /* bit n: the whole day n days ago was seen */
	uint64_t db_of_day[RING_DAYS]; /* D as each day ended, by day modulo 28 */
	uint32_t first_horizon;        /* shorter ones are off: the interval is longer */
	uint32_t off_first;            /* after a long interval they stay off ... */
	int64_t off_until;             /* ... until it has left their windows */
	uint32_t off_s[EG_HORIZONS];   /* seconds of today a horizon was off */
	uint16_t learned[EG_HORIZONS]; /* whole days each horizon was measured */
	uint32_t warm_mask;            /* horizons warm by that, for a series of the first day */

	/* Scale. */
	uint64_t db_bytes;
	uint64_t floor_bytes[EG_HORIZONS], novel_floor_bytes[EG_HORIZONS];
	uint64_t floor_kib[EG_HORIZONS], novel_floor_kib[EG_HORIZONS];
	uint64_t internal_floor_kib[EG_HORIZONS], internal_novel_floor_kib[EG_HORIZONS];
	uint64_t fan_floor_kib[EG_HORIZONS]; /* x FAN_UNIT */
	uint64_t minimum_kib;
	uint64_t decay_q32;
};

/* What a series may be judged by, found once for each judgement. */
struct bounds {
	uint32_t warm, judged;             /* masks of horizons */
	uint64_t allowed_kib[EG_HORIZONS]; /* T_h before context, of those that are judged */
};

/* V against T for what stands out most. */
struct peak {
	enum finding_evidence evidence;
	unsigned int horizon;
	uint64_t value_kib, allowed_kib; /* allowed > 0 */
	uint64_t baseline_kib;
	bool warm;
	bool excess; /* points for what is above the baseline, against what may be */
	bool mild;   /* indirect, and by itself no more than a notice */
	bool any;    /* false: no horizon may score */
};

/* scale.c: floors for D; called when D changes. */
void core_scale(struct engine *e, uint64_t db_bytes);
const uint64_t *core_floors_kib(const struct engine *e, const struct series *s);

/* pool.c: a series by key, made if there is room. NULL: none. */
struct series *core_series(struct engine *e, const struct series_key *key, uint32_t actor);
/* Takes it out of every table and frees its place. */
void core_series_drop(struct engine *e, struct series *s);
/* The actor's record index; the overflow actor's when there is no room. */
uint32_t core_actor(struct engine *e, const struct actor *actor);
/* Settles every series: before the windows of any may be read, and before horizons go off. */
void core_settle_all(const struct engine *e);

/* reclaim.c: at a day's end, forgets actors silent for 28 days if records or series run short. */
void core_reclaim(struct engine *e);

/* fans.c */
int core_fans_init(struct fans *f, uint32_t actor_limit); /* 0, -ENOMEM */
void core_fans_destroy(struct fans *f);
/* Bytes of an actor to a destination: does it count in this minute? */
bool core_fan_account(struct engine *e, uint32_t actor, const struct dest *dest, uint64_t bytes);
/* Moves the windows of any series to `clock`; what is not kept in its ring is counted again. */
void core_series_advance(const struct engine *e, struct series *s, const struct ring_clock *clock);
/* The actor sends to more destinations than it may, and its habits are known. */
bool core_fan_is_over(struct engine *e, const struct actor_record *r);
/* Takes an actor's counter away. */
void core_fan_release(struct engine *e, uint32_t actor);

/* fans_state.c; `record` is where each saved actor is now, ACTOR_NONE: nowhere. */
struct wire_reader;
void core_fans_save(const struct engine *e, struct buf *out);
void core_fans_load(struct engine *e, struct wire_reader *r, const uint32_t *record,
		    uint32_t record_count);

/* pairs.c: the series that counts the row's bytes to its destination, the actor's *other* if
 * it must be. */
struct series *core_pair(struct engine *e, uint32_t actor, enum series_class cls,
			 const struct tick_row *row);
void core_pairs_tick(struct engine *e); /* a new tick: evictions are allowed again */
void core_pairs_day_end(struct engine *e);
void core_pair_insert(struct engine *e, struct series *s, uint64_t weight, const struct dest *dest);
/* Takes it out of the heavy hitters if it is one. */
void core_pair_forget(struct engine *e, struct series *s);

/* declared.c: a tick begins. Does a declared transfer hold? Else the row is as it is. */
bool core_declared_begin(struct engine *e, int64_t ts);
/* The row less what a declared transfer covers: `row` itself, or *left. */
const struct tick_row *core_declared(struct engine *e, const struct tick_row *row,
				     struct tick_row *left);
/* A finding for each budget that is exceeded. */
void core_budgets(struct engine *e);
/* A destination of a tier whose addresses come and go: none of them is new. */
bool core_is_application(const struct engine *e, const struct actor *actor,
			 const struct dest *dest);
/* A declared transfer holds for what the series counts. */
bool core_is_declared(const struct engine *e, const struct series *s);
/* At least half of what stands out went to internal replicas or backup targets. */
bool core_is_role(const struct engine *e, const struct series *s, unsigned int horizon);
/* So much of it makes up for hours in which a stream that never rests was silent, or of a
 * sum is what a nightly job always sends. */
bool core_catches_up(const struct engine *e, const struct series *s, unsigned int horizon);

/* classify.c: whether bytes of this row leave the host, and the class they are judged in. */
bool core_classify(const struct tick_row *row, enum series_class *ret);
/* account.c: one row into every series it belongs to. */
void core_account(struct engine *e, const struct tick_row *row);

/* Points the host or the actor's record to one of its series, after loading. */
void core_remember(struct engine *e, const struct series *s, uint32_t index);

/* day.c: ends the running day of every series. */
void core_day_end(struct engine *e);
/* What follows from a series' past days, after a day's end and after loading. */
void core_recall(const struct engine *e, struct series *s);

/* clock.c: moves the engine to the end of a tick, ending the days between. */
void core_advance(struct engine *e, const struct tick *tick);
void core_note_gap(struct engine *e, uint32_t seconds); /* of today, not seen */

/* warm.c */
void core_warm(struct engine *e); /* after learned[] has changed */
uint32_t core_warm_mask(const struct engine *e, const struct series *s);
bool core_is_warm(const struct engine *e, const struct series *s);

/* peak.c: T_h, before context. */
uint64_t core_allowed_kib(const struct engine *e, const struct series *s, unsigned int h,
			  bool warm);
void core_bounds(const struct engine *e, const struct series *s, struct bounds *ret);
/* The horizon that stands out most against its peak. */
void core_peak(const struct engine *e, const struct series *s, struct peak *ret);
/* The same with bounds at hand, among horizons from `first` on. */
void core_peak_from(const struct engine *e, const struct series *s, const struct bounds *bounds,
		    unsigned int first, struct peak *ret);
/* Of the room between what a horizon is known for and what it is allowed, how much is used,
 * x 1000, at most; 0: none is above its known peak. The long ones are always near what they
 * are allowed: that alone is no unrest. */
uint32_t core_beyond_milli(const struct engine *e, const struct series *s,
			   const struct bounds *bounds);

/* crowd.c: new destinations get much from this actor every day. */
bool core_meets_many(const struct engine *e, uint32_t actor, uint8_t init, uint8_t cls);
bool core_meets_any(const struct engine *e, uint32_t actor); /* ... any way, anywhere */
/* A pair of an actor that gives much to new destinations every day: one of a crowd. */
bool core_in_crowd(const struct engine *e, const struct series *s);
/* A series whose peaks vouch for this one's bytes, which it counts too; NULL: none. What
 * an actor always gives to newcomers vouches for each of them; what it always sends, for
 * newcomers, and for the pairs that found no room, as long as they are not known. */
const struct series *core_witness(const struct engine *e, const struct series *s);
/* What the peaks of a witness vouch for. */
uint64_t core_vouched_kib(const struct series *witness, unsigned int h);

/* indirect.c: evidence that is above its allowance and weighs more than `direct`. */
bool core_indirect(const struct engine *e, const struct series *s, const struct peak *direct,
		   struct peak *ret);
/* What it may still send this hour until indirect evidence speaks, at most `room`. */
uint64_t core_indirect_room_kib(const struct engine *e, const struct series *s, uint64_t room);
/* Its points: 10 log2(V / T) x 1000, bounded for indirect evidence. */
int32_t core_points_milli(const struct peak *peak);
/* The week is known and has been kept to: its hours may speak. */
bool core_week_speaks(const struct engine *e, const struct series *s);
/* Whether the quietest hour is known well enough to be learned by the slow rules. */
bool core_steady_is_warm(const struct engine *e, const struct series *s);
uint64_t core_steady_floor_kib(const struct engine *e, const struct series *s);
uint64_t core_steady_allowed_kib(const struct engine *e, const struct series *s);

/* usual.c: after a day's end and after loading, what it usually comes to. */
void core_usual_find(const struct engine *e, struct series *s);
/* Today's volume where it is above what it usually comes to. */
void core_usual_peak(const struct engine *e, const struct series *s, struct peak *ret);
/* As a day ends: was it above that? */
void core_usual_note(const struct engine *e, struct series *s);
/* The first night a job inside the house is too large is told, no more: a month ends. */
bool core_usual_waits(const struct engine *e, const struct series *s, const struct peak *peak);
/* It was above its usual day lately: less is enough today. */
bool core_usual_again(const struct engine *e, const struct series *s);

/* drift.c: at a day's end and after loading, whether its baseline is held back. */
void core_drift_find(const struct engine *e, struct series *s);
/* The day it wants to be its largest, against the one it is known for. */
void core_drift_peak(const struct engine *e, const struct series *s, struct peak *ret);

/* room.c: what it may still send until a horizon reaches its allowance halved `lift` times, or
 * indirect evidence speaks; for the same 10 s and context. 0: one of them does now. */
uint32_t core_room_kib(const struct engine *e, const struct series *s, const struct bounds *bounds,
		       unsigned int lift);

/* context.c: a PAIR's destination is new, and news. */
bool core_dest_is_new(const struct engine *e, const struct series *s);
/* No series like this can get more points, at little cost. */
int32_t core_context_bound(const struct engine *e, const struct series *s);
/* Points of a series that stands at `peak`; returns their capped sum and
 * whether a cold series may page (*ret_unlocked). */
int32_t core_context(struct engine *e, struct series *s, const struct peak *peak,
		     struct finding *finding, bool *ret_unlocked);

/* A given part of the database has gone to public places. */
bool core_share_reached(const struct engine *e, const struct series *s, const struct peak *peak);

/* level.c: the level of a score, and the least score of a level. */
enum eg_level core_level(const struct params_detect *p, int32_t score_milli);
int32_t core_base_score(const struct params_detect *p, enum eg_level level);
/* score.c: judges one series, settled; true if `ret` is to be handed on. */
bool core_judge(struct engine *e, struct series *s, struct finding *ret);

static inline const struct actor_record *core_record(const struct engine *e, const struct series *s)
{
	return s->actor == ACTOR_NONE ? NULL : &e->actors[s->actor];
}

/* Whatever a row says, as an index. */
static inline uint8_t core_init(const struct tick_row *row)
{
	return row->init < EG_INIT_COUNT ? row->init : EG_INIT_COUNT - 1;
}

static inline uint64_t core_bytes(uint64_t kib)
{
	return kib > UINT64_MAX >> 10 ? UINT64_MAX : kib << 10;
}

/* What a series' KiB are to the outside: bytes, or destinations. */
static inline uint64_t core_amount(const struct series *s, uint64_t kib)
{
	return s->kind == SERIES_FAN ? kib / FAN_UNIT : core_bytes(kib);
}

/* Adds bytes to a series for this tick. */
static inline void core_touch(struct engine *e, struct series *s, uint64_t bytes)
{
	if (s->touched_tick == e->tick) {
		s->pending_bytes = fixed_add(s->pending_bytes, bytes);
		return;
	}
	s->touched_tick = e->tick;
	s->pending_bytes = bytes;
	e->touched[e->touched_count++] = (uint32_t)(s - e->series);
}

static inline struct series *core_at(const struct engine *e, uint32_t index)
{
	return index == SERIES_NONE ? NULL : &e->series[index];
}

#endif
