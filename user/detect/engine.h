/* SPDX-License-Identifier: Apache-2.0
 *
 * The detector: ticks in, findings out. Pure: no clock, no I/O, no libm, no
 * random numbers; evaluation in key order; the same input gives the same output
 * on every compiler. One engine judges one host.
 */
#ifndef DETECT_ENGINE_H
#define DETECT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/finding.h"
#include "egress/params.h"
#include "model/tick.h"

struct buf;
struct engine;
struct words;

/* `params` and `names` must outlive the engine. */
int engine_new(const struct params_detect *params, struct names *names, struct engine **ret);
void engine_free(struct engine *e);

/* A secret of this host for counting destinations, kept in the saved state. Without
 * it the key is 0, so that a replay gives the same every time. Nothing after the
 * first tick or a loaded state. */
void engine_set_key(struct engine *e, const uint64_t key[2]);

/* The parameters have changed in place (not max_series, which is taken at the start). */
void engine_params_changed(struct engine *e);

/* What the operator has said (model/words.h): what a declared transfer covers is not
 * judged and not learned, a budget that is exceeded is a finding of its own, and roles
 * are context. Borrowed, changed by every tick; NULL: nothing. Survives engine_load(). */
void engine_set_words(struct engine *e, struct words *words);

/* Accounts one tick and judges every series it moved, and those above allowance
 * before. *ret is sorted by (series_id), owned by the engine, valid until the next
 * call; findings with level NONE are given only for series that alert/ must see
 * clearing (they had a level before). Time that goes backwards: -EINVAL, nothing
 * is changed. -ENOMEM: the tick is lost as a whole. */
int engine_feed(struct engine *e, const struct tick *tick, const struct finding **ret,
		size_t *ret_count);

/* alert/ tells it: an alert is open on this series, do not learn from today. */
void engine_mark_alerted(struct engine *e, uint64_t series_id);

/* The operator's word on a series that has outgrown its baseline. Approved: at the end
 * of this day (the next one that teaches) it learns what it reached, alert or not, and
 * for six days more it grows without a clamp on days without an alert. Declined: it
 * does not grow and its anchor stays until it is approved. -ENOENT: no such series. */
int engine_approve(struct engine *e, uint64_t series_id);
int engine_decline(struct engine *e, uint64_t series_id);

/* Baselines, for `egressctl baseline list`. Ordered by id. */
struct engine_series_info {
	uint64_t id;
	enum series_kind kind;
	enum series_class cls;
	const struct actor *actor;
	const struct dest *dest;
	uint8_t init;
	uint16_t port;
	uint32_t age_days;
	/* FAN: destination groups instead of bytes */
	uint64_t envelope_bytes[EG_HORIZONS]; /* E_h */
	uint64_t value_bytes[EG_HORIZONS];    /* V_h now */
	uint64_t allowed_bytes[EG_HORIZONS];  /* T_h now */
	uint32_t warm_mask;                   /* bit h set: horizon h is warm */
	uint32_t held_days;                   /* bit n: growth was held back n days ago */
	uint8_t approved_days;                /* days left of free growth; 0 = not approved */
	bool declined;
	uint32_t alert_days; /* bit n: an alert was open n days ago, and nothing was learned */
	uint64_t db_bytes;   /* D; 0 = unknown */
};
typedef int (*engine_series_fn)(void *ctx, const struct engine_series_info *info);
int engine_each_series(const struct engine *e, engine_series_fn fn, void *ctx);
/* Who was learned to send to whom: its pairs, public destinations first, the largest of
 * the last 28 days first. What leaked already when learning began is among them. */
int engine_each_talker(const struct engine *e, engine_series_fn fn, void *ctx);
size_t engine_series_count(const struct engine *e);
uint32_t engine_age_days(const struct engine *e);
/* Unix seconds of the day this host first sent to the destination; 0: not known (any more). */
int64_t engine_dest_since(const struct engine *e, const struct dest *dest);

/* State as a self-contained byte string (versioned; names included). Loading into
 * a fresh engine restores it exactly; -EBADMSG: corrupt or of a newer version, the
 * engine is unchanged. The checksum is the state slot's (store/), not this one's. */
int engine_save(const struct engine *e, struct buf *out);
int engine_load(struct engine *e, const void *data, size_t len);

/* Names and lengths of the horizons ("10 s", 10), in order. */
extern const char *const engine_horizon_names[EG_HORIZONS];
extern const uint32_t engine_horizon_s[EG_HORIZONS];
extern const char *const engine_context_names[EG_CTX_COUNT];

#endif
