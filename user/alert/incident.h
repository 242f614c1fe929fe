/* SPDX-License-Identifier: Apache-2.0
 *
 * What alert/ remembers: incidents, the series folded into each, and series that
 * were loud once and have to be loud again. Private to alert/.
 */
#ifndef ALERT_INCIDENT_H
#define ALERT_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alert/alert.h"
#include "alert/witness.h"
#include "base/buf.h"
#include "model/words.h"

enum {
	ALERT_ID_LEN = 32,      /* hex of 128 bits */
	ALERT_KEYS_MAX = 64,    /* keys remembered of one incident; further ones count as known */
	ALERT_NEW_KEYS_MAX = 8, /* told at once within one update_min_s; more wait for its end */
	ALERT_INCIDENTS_MAX =
		1024, /* from then on the oldest closed one is forgotten for each new one */
	ALERT_PENDING_MAX = 4096,     /* series loud for one tick, remembered for the next */
	ALERT_OUTBOX_MAX = 4096,      /* undelivered events kept; then the oldest is given up */
	CLEAR_RATIO_MILLI = 500,      /* quiet is below half the allowance */
	PENDING_SKIP_MILLI = 30000,   /* such a score needs no second tick */
	PENDING_SKIP_INTERVAL_S = 60, /* nor does an interval of a minute */
	UPDATE_SCORE_MILLI = 10000,   /* a doubling */
	ADOPT_OPEN_S = 72 * 3600,     /* open for so long, and its days alike for so long ... */
	ADOPT_STEADY_S = 48 * 3600,   /* ... people are asked once whether that is normal now */
	ADOPT_SPREAD_PART = 4,        /* alike: within a quarter */
};

struct alert_key {
	uint64_t actor_id, dest_id; /* 0 = none */
};

/* One series folded into an incident. */
struct member {
	struct incident *incident;
	struct member *next; /* of the incident, in order of joining */
	struct finding last; /* as of its last loud tick */
	uint64_t series_id;
	uint64_t tx_total, read_total;
	uint64_t seen_bytes;  /* sent in ticks since first_ts */
	int64_t first_ts;     /* start of its first loud tick */
	uint64_t tick_number; /* of the tick that last told of it */
	uint64_t tick_bytes;  /* sent in that tick */
	int64_t loud_ts;      /* end of its last loud tick; 0 = before the state was loaded */
	bool turned;          /* its largest new destination has changed since it was told */
	enum eg_level level;  /* in that tick */
	uint32_t ratio_milli;
	struct witness_vote vote; /* who sent most of it in loud ticks */
};

/* The operator's silence on one incident: until a time, and for so many bytes. */
struct silence {
	int64_t until_ts;    /* 0 = none */
	uint64_t bytes;      /* budget, when it is this incident's own */
	uint64_t from_bytes; /* what the incident had sent when it was made, or last counted */
	uint32_t word;       /* the operator's word that holds the budget; 0 = its own */
	bool held;           /* something was kept back since */
	char by[ALERT_WHO_MAX];
};

/* What its headline sent in the last 24 h, while that stays alike. */
struct steady_day {
	uint64_t bytes; /* 0 = not yet */
	int64_t since_ts;
	bool asked; /* whether it is normal now; once an incident */
};

/* What people were last told, to decide whether to tell them again. */
struct told {
	int64_t ts;
	uint64_t series_id, tx_total;
	int32_t score_milli;
	uint32_t horizons; /* bit h: a horizon that was told */
};

struct incident {
	struct incident *next; /* in order of opening */
	char id[ALERT_ID_LEN + 1];
	int64_t first_ts, joined_ts; /* end of the first tick; when a series last joined */
	int64_t quiet_since;         /* 0 = not quiet */
	int64_t closed_ts;           /* 0 = open */
	uint64_t event_count;
	struct member *members;
	size_t member_count;
	struct alert_key keys[ALERT_KEYS_MAX];
	size_t key_count;
	uint32_t horizons; /* bit h: triggered */
	enum eg_level level, peak_level;
	struct told told;
	int64_t new_keys_since; /* window in which new keys are counted */
	uint32_t new_keys;
	char acked_by[ALERT_WHO_MAX]; /* "" = not acknowledged */
	uint64_t sent_bytes;          /* by all its series, each byte once as far as they tell */
	struct silence silence;
	struct steady_day steady;
	enum alert_event_kind last_kind;
	uint64_t last_sequence;
	int64_t last_ts;
	bool digest; /* of its last event */
	/* Set during one tick. */
	struct member *news; /* series whose key is new: it headlines the update */
	bool opened, reopened, joined;
	bool unsilenced; /* its silence is over: it speaks again */
	bool adopt;      /* the event asks whether that is normal now */
};

/* Loud in the tick before, not yet an incident. */
struct pending {
	uint64_t series_id;
	int64_t first_ts, last_ts; /* start of its first tick, end of its last */
	uint64_t seen_bytes;       /* sent in those ticks */
	uint32_t ticks;
	struct witness_vote vote; /* owned */
};

struct outbox_entry {
	struct alert_event event;
	char *subject, *reason; /* what the event points to */
	char *technique;        /* only of a loaded event; else a constant */
	struct witness *witness;
};

struct alerts {
	struct params_alert params;
	struct words *words; /* borrowed; NULL = none */
	char *host;
	struct incident *incidents, **incidents_end;
	size_t incident_count;
	struct member **by_series; /* open addressing on the series id */
	size_t by_series_cap, by_series_count;
	struct pending *pending, *pending_next;
	size_t pending_count, pending_next_count; /* of ALERT_PENDING_MAX */
	struct outbox_entry *outbox;
	size_t outbox_count, outbox_cap;
	uint64_t dropped; /* events given up undelivered */
	uint64_t sequence, tick_number;
	int64_t page_day; /* UTC day the pages are counted of */
	uint32_t pages;
};

/* One tick on its way through. */
struct feed {
	struct alerts *a;
	const struct tick *tick;
	int64_t now;
};

/* intake.c: findings to members; incidents are opened, joined and re-opened. -ENOMEM. */
int alerts_take(struct feed *feed, const struct finding *findings, size_t count);

/* incident.c: the sets, no policy. */
struct member *alerts_find_member(const struct alerts *a, uint64_t series_id);
struct incident *incident_new(struct alerts *a, const char id[ALERT_ID_LEN + 1]); /* NULL: memory */
void incident_free(struct alerts *a, struct incident *i);                         /* unlinks */
/* Makes a member of the series; it leaves a closed incident for this one. NULL: memory. */
struct member *incident_join(struct alerts *a, struct incident *i, const struct finding *f);
bool incident_has_key(const struct incident *i, const struct alert_key *key);
bool incident_add_key(struct incident *i, const struct alert_key *key); /* true: it is new */
bool incident_has_actor(const struct incident *i, uint64_t actor_id);   /* 0: has any */
bool incident_has_dest(const struct incident *i);
struct member *incident_headline(const struct incident *i);
void pending_clear(struct alerts *a); /* forgets what was loud in the tick before */
struct alert_key finding_key(const struct finding *f);
unsigned int finding_rank(const struct finding *f); /* 0 = most specific */

/* fold.c: where does a newly loud series belong? NULL: an incident of its own. */
struct incident *alerts_fold(const struct alerts *a, const struct finding *f, int64_t now);
struct incident *alerts_fold_closed(const struct alerts *a, const struct finding *f, int64_t now);

/* silence.c: adds what the incident sent in this tick to sent_bytes. */
void incident_count(const struct alerts *a, struct incident *i);
/* Counts this tick on its silence, ends one that is used up, and takes on one that was
 * said of what matches. */
void incident_silence(struct alerts *a, struct incident *i, int64_t now);
/* Whether this news is beyond what was silenced. */
bool incident_is_beyond(const struct alerts *a, const struct incident *i,
			const struct member *news);
/* Of its budget, left. */
uint64_t incident_silence_left(const struct alerts *a, const struct incident *i);

/* ids.c: deterministic ids. */
void alert_id_make(const char *host, const struct finding *f, int64_t first_ts,
		   char ret[ALERT_ID_LEN + 1]);
void event_id_make(const char *alert_id, uint64_t sequence, int64_t ts, char ret[ALERT_ID_LEN + 1]);

/* outbox.c: events wait here until delivered. */
struct outbox_entry *outbox_add(struct alerts *a); /* zeroed; NULL: memory */
int outbox_flush(struct alerts *a, alert_event_fn fn, void *ctx);
void outbox_clear(struct alerts *a);

/* event.c: an event of an incident's present state, put into the outbox. `about`: the
 * member it speaks of. -ENOMEM. */
int incident_tell(struct alerts *a, struct incident *i, enum alert_event_kind kind,
		  const struct member *about, int64_t now, bool silent);
/* The same into *ret, with its words in the buffers (for alerts_each()). */
int incident_event(const struct alerts *a, const struct incident *i, const struct member *about,
		   struct alert_event *ret, struct buf *subject, struct buf *reason);

/* reason.c: words. */
struct reason_extra {
	uint64_t since_s;        /* for how long the series has been loud */
	uint64_t seen_bytes;     /* sent in that time */
	const char *louder;      /* what is louder than the headline, or NULL */
	bool news;               /* its key is new in an incident that was open */
	bool unsilenced;         /* its silence is over */
	const struct word *word; /* BUDGET: the operator's word, NULL when it is gone */
};
void alert_reason(struct buf *out, const struct alert_event *event,
		  const struct reason_extra *extra);
/* reason_budget.c: the sentence of an exceeded budget. */
void alert_reason_budget(struct buf *out, const struct alert_event *event, const struct word *word);
/* subject.c: names in a sentence. One from outside is cut where the sentence would drown
 * in it. address: of the peer, NULL = the last one seen in the destination's group. */
void alert_name(struct buf *out, const char *name);
void alert_actor(struct buf *out, const struct actor *actor);
/* "203.0.113.7:443", "[2001:db8::1]:443", "203.0.113.7 (backup)", "backup-3". */
void alert_dest(struct buf *out, const struct finding *f, const char *address);
void alert_subject(struct buf *out, const struct finding *f, const char *host, const char *address);
const char *alert_technique(const struct finding *f, uint32_t horizons);

#endif
