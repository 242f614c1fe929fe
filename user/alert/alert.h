/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings become incidents: open, update, close, with hysteresis, folding, and
 * one sentence that explains itself. Pure like detect/: no clock, no I/O.
 */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/finding.h"
#include "egress/params.h"
#include "model/tick.h"

struct alerts;
struct buf;
struct engine;
struct names;
struct witness;
struct words;

enum { ALERT_WHO_MAX = 64 }; /* "uid 1000", with its NUL */

enum alert_event_kind { ALERT_OPEN = 0, ALERT_UPDATE = 1, ALERT_CLOSE = 2 };

/* One event of one incident. Strings and pointers are valid during the callback. */
struct alert_event {
	enum alert_event_kind kind;
	char alert_id[33]; /* hex; stable for the incident */
	char event_id[33]; /* hex; unique per event, deterministic */
	uint64_t sequence; /* of events of this engine, from 1 */
	int64_t ts;        /* Unix seconds: end of the tick that caused it */
	int64_t first_ts;  /* first tick of the incident */
	int64_t loud_ts;   /* end of its last loud tick; 0 = before a restart */
	const char *host;
	enum eg_level level;
	enum eg_level peak_level;
	struct finding headline; /* the most specific series */
	uint64_t tx_total;       /* bytes the headline's series sent since first_ts */
	uint64_t read_total;
	const char *subject;          /* "pg_dump (mallory) -> 203.0.113.7:443" */
	const char *reason;           /* one arithmetic sentence */
	const char *technique;        /* MITRE ATT&CK id */
	uint32_t folded;              /* other series folded into this incident */
	uint32_t destinations;        /* destination groups it is known to have sent to */
	bool digest;                  /* page cap reached: counted, not paged */
	char acked_by[ALERT_WHO_MAX]; /* "" = not acknowledged */
	bool adopt;                   /* asks: is that normal now? (approve, decline) */
	bool silenced; /* for the record only: the operator wants to hear nothing of it now */
	char silenced_by[ALERT_WHO_MAX]; /* "" = no silence on the incident */
	int64_t silenced_until;          /* its expiry */
	uint64_t silenced_bytes;         /* of its budget, left */
	uint32_t silenced_word;          /* the word on what matches; 0 = the alert's own */
	const struct witness *witness;   /* process and peer (alert/witness.h); NULL in a replay */
};
typedef int (*alert_event_fn)(void *ctx, const struct alert_event *event);

int alerts_new(const struct params_alert *params, const char *host, struct alerts **ret);
void alerts_free(struct alerts *a);

/* Other parameters from now on. */
void alerts_set_params(struct alerts *a, const struct params_alert *params);

/* What the operator has said (model/words.h): silences on what matches, and the words of
 * budgets. Borrowed, its silences are used up by ticks; NULL: nothing. Survives
 * alerts_load(). */
void alerts_set_words(struct alerts *a, struct words *words);

/* Runs the lifecycle for one tick; calls fn for each event, in order. A negative
 * return of fn is passed on (the event counts as not delivered and is given again
 * with the same event_id at the next tick). */
int alerts_feed(struct alerts *a, struct engine *engine, const struct tick *tick,
		const struct finding *findings, size_t count, alert_event_fn fn, void *ctx);

/* The open and lately closed incidents, newest first, as events of their last state. */
int alerts_each(const struct alerts *a, alert_event_fn fn, void *ctx);
size_t alerts_open_count(const struct alerts *a, enum eg_level level);

/* The full id of the one incident that begins with `prefix`, valid as long as it.
 * -ENOENT, -ENOTUNIQ. */
int alerts_resolve(const struct alerts *a, const char *prefix, const char **ret_id);

/* Operator: acknowledged (no more updates below a level rise). -ENOENT. */
int alerts_ack(struct alerts *a, const char *alert_id, const char *by);

/* Operator: nothing more of this incident until `bytes` more have left or it is until_ts;
 * then it speaks again as an update. Its events go on with `silenced` set, for the record;
 * a new key with a public destination and the close are told all the same. bytes 0: ends a
 * silence. -ENOENT. */
struct alert_silence {
	uint64_t bytes;
	int64_t until_ts;
	const char *by;
};
int alerts_silence(struct alerts *a, const char *alert_id, const struct alert_silence *silence);

/* The series of an incident, in order of joining; a negative return of fn ends it and is
 * returned. -ENOENT. */
typedef int (*alert_series_fn)(void *ctx, uint64_t series_id);
int alerts_each_series(const struct alerts *a, const char *alert_id, alert_series_fn fn, void *ctx);

int alerts_save(const struct alerts *a, struct buf *out);
int alerts_load(struct alerts *a, const void *data, size_t len, struct names *names);

const char *alert_event_name(enum alert_event_kind kind); /* "open", "update", "close" */
const char *alert_rule_name(enum series_kind kind);       /* "host", "pair", ... */

/* The contract's JSON object of an event, one line with '\n' (docs/json.md). */
int alert_event_json(const struct alert_event *event, struct buf *out);

#endif
