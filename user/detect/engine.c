// SPDX-License-Identifier: Apache-2.0
/*
 * The engine's public face: making it, feeding it a tick, and what alert/ tells it.
 */
#include "detect/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"
#include "model/words.h"

const char *const engine_horizon_names[EG_HORIZONS] = {
	"10 s", "1 min", "10 min", "1 h", "6 h", "1 d", "7 d", "28 d",
};

const uint32_t engine_horizon_s[EG_HORIZONS] = {
	10, 60, 600, 3600, 6 * 3600, DAY_S, 7 * DAY_S, 28 * DAY_S,
};

const char *const engine_context_names[EG_CTX_COUNT] = {
	[EG_CTX_NEW_DEST] = "new destination",
	[EG_CTX_UNUSUAL_ACTOR] = "unusual actor",
	[EG_CTX_TOOL] = "dump or transfer tool",
	[EG_CTX_FIRST_PUBLIC] = "little public egress before",
	[EG_CTX_READ_COUPLED] = "sends what it reads from the database",
	[EG_CTX_FAN] = "many destinations",
	[EG_CTX_OFF_HOURS] = "off hours",
	[EG_CTX_DECLARED] = "declared transfer",
	[EG_CTX_ROLE] = "configured peer",
};

enum {
	SERIES_MIN = 64,
	SERIES_MAX = 1 << 20, /* 1 GB: more is a mistake */
	PAIRS_PART = 4,       /* at most a quarter of all series are pairs */
	ACTORS_PART = 4,      /* an actor has four series or so */
	AHEAD = 4,            /* series that are fetched before their turn */
};

static int take_memory(struct engine *e)
{
	uint32_t n = e->series_limit;

	e->series = calloc(n, sizeof(*e->series));
	e->free_series = calloc(n, sizeof(*e->free_series));
	e->actors = calloc(e->actor_limit, sizeof(*e->actors));
	e->pairs.series = calloc(e->pairs.limit, sizeof(*e->pairs.series));
	e->pairs.weight = calloc(e->pairs.limit, sizeof(*e->pairs.weight));
	e->touched = calloc(n, sizeof(*e->touched));
	e->restless = calloc(n, sizeof(*e->restless));
	e->watched = calloc(n, sizeof(*e->watched));
	e->findings = calloc((size_t)n + WORDS_MAX, sizeof(*e->findings));
	if (!e->series || !e->free_series || !e->actors || !e->pairs.series || !e->pairs.weight ||
	    !e->touched || !e->restless || !e->watched || !e->findings)
		return -ENOMEM;
	if (idmap_init(&e->by_id, n) < 0 || idmap_init(&e->by_actor, e->actor_limit) < 0 ||
	    ledger_init(&e->ledger, e->params) < 0 || core_fans_init(&e->fans, e->actor_limit) < 0)
		return -ENOMEM;
	return 0;
}

static int add_overflow_actor(struct engine *e)
{
	const struct actor *overflow = names_actor(e->names, "", "(other)", "", "");

	if (!overflow)
		return -ENOMEM;
	(void)core_actor(e, overflow); /* the first record: ACTOR_OVERFLOW */
	return 0;
}

void engine_params_changed(struct engine *e)
{
	const struct params_detect *p = e->params;

	e->minimum_kib = MAX(p->minimum_bytes >> 10, 1ULL);
	e->decay_q32 = fixed_half_life(MAX(p->half_life_days, 1U));
	core_scale(e, p->database_bytes ? p->database_bytes : e->db_bytes);
}

int engine_new(const struct params_detect *params, struct names *names, struct engine **ret)
{
	struct engine *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->params = params;
	e->names = names;
	e->series_limit = MIN(MAX(params->max_series, (uint32_t)SERIES_MIN), (uint32_t)SERIES_MAX);
	e->actor_limit = e->series_limit / ACTORS_PART;
	e->pairs.limit = MIN(e->series_limit / PAIRS_PART, (uint32_t)PAIRS_MAX);
	for (unsigned int c = 0; c < CLASSES; c++)
		e->host[c] = SERIES_NONE;
	engine_params_changed(e);
	r = take_memory(e);
	if (r == 0)
		r = add_overflow_actor(e);
	if (r < 0) {
		engine_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	free(e->series);
	free(e->free_series);
	free(e->actors);
	free(e->pairs.series);
	free(e->pairs.weight);
	free(e->touched);
	free(e->restless);
	free(e->watched);
	free(e->findings);
	idmap_destroy(&e->by_id);
	idmap_destroy(&e->by_actor);
	ledger_destroy(&e->ledger);
	core_fans_destroy(&e->fans);
	free(e);
}

void engine_set_key(struct engine *e, const uint64_t key[2])
{
	if (e->started)
		return;
	e->fans.key = (struct fan_key){ { key[0], key[1] } };
}

void engine_set_words(struct engine *e, struct words *words)
{
	e->words = words;
}

static bool tick_is_valid(const struct engine *e, const struct tick *tick)
{
	return tick->interval_s > 0 && tick->ts >= 0 && tick->ts <= UINT32_MAX - DAY_S &&
	       tick->interval_s <= UINT32_MAX - DAY_S - tick->ts &&
	       (!e->started || tick->ts + tick->interval_s >= e->end_ts);
}

static void forget_last_tick(struct engine *e)
{
	e->tick++;
	e->touched_count = e->restless_count = 0;
	e->finding_count = 0;
	core_pairs_tick(e);
}

static void account_rows(struct engine *e, const struct tick *tick)
{
	bool gap = tick->gap, declared = core_declared_begin(e, tick->ts);
	struct tick_row left;

	for (size_t i = 0; i < tick->row_count; i++) {
		const struct tick_row *row = &tick->rows[i];

		gap |= row->tx_unknown;
		core_account(e, declared ? core_declared(e, row, &left) : row);
	}
	if (gap)
		core_note_gap(e, tick->interval_s);
}

/* What it may still send was found a moment ago. A context that changes alone is found
 * out within 10 s, a volume that rises at once. */
static inline bool is_calm(const struct engine *e, struct series *s)
{
	uint64_t sent_kib = (s->pending_bytes >> 10) + 1; /* the carried part of one too */

	if (s->calm_at != (uint16_t)e->clock.index[1] || sent_kib > s->calm_kib || s->watch_until)
		return false;
	s->calm_kib -= (uint32_t)sent_kib;
	return true;
}

/* The tick's bytes into windows and envelopes; most series are calm and done with. */
static void move_touched(struct engine *e)
{
	for (uint32_t i = 0; i < e->touched_count; i++) {
		struct series *s = &e->series[e->touched[i]];

		if (i + AHEAD < e->touched_count) {
			const char *soon = (const char *)&e->series[e->touched[i + AHEAD]];

			__builtin_prefetch(soon);
			__builtin_prefetch(soon + 64);
		}
		if (s->kind == SERIES_FAN) {
			core_series_advance(e, s, &e->clock);
			envelope_observe(&s->envelope, s->ring.sum_kib, e->first_horizon);
		} else {
			series_add(s, &e->clock, s->pending_bytes, e->first_horizon);
		}
		if (is_calm(e, s))
			s->level = EG_LEVEL_NONE;
		else
			e->restless[e->restless_count++] = e->touched[i];
	}
}

static void judge(struct engine *e, struct series *s)
{
	series_settle(s);
	if (core_judge(e, s, &e->findings[e->finding_count]))
		e->finding_count++;
}

/* Those that alert/ follows are judged in silence too, until they are calm. */
static void judge_watched(struct engine *e)
{
	for (uint32_t i = 0; i < e->watched_count;) {
		struct series *s = &e->series[e->watched[i]];

		if (s->touched_tick != e->tick) {
			s->pending_bytes = 0;
			core_series_advance(e, s, &e->clock);
			judge(e, s);
		}
		if (s->watch_until < e->end_ts) {
			s->watch_until = 0;
			e->watched[i] = e->watched[--e->watched_count];
		} else {
			i++;
		}
	}
}

static int by_series_id(const void *a, const void *b)
{
	uint64_t x = ((const struct finding *)a)->series_id;
	uint64_t y = ((const struct finding *)b)->series_id;

	return (x > y) - (x < y);
}

int engine_feed(struct engine *e, const struct tick *tick, const struct finding **ret,
		size_t *ret_count)
{
	if (!tick_is_valid(e, tick))
		return -EINVAL;
	forget_last_tick(e);
	if (!e->params->database_bytes && tick->db_bytes && tick->db_bytes != e->db_bytes)
		core_scale(e, tick->db_bytes);
	core_advance(e, tick);
	account_rows(e, tick);
	move_touched(e);
	for (uint32_t i = 0; i < e->restless_count; i++)
		judge(e, &e->series[e->restless[i]]);
	judge_watched(e);
	core_budgets(e);
	if (e->finding_count > 1)
		qsort(e->findings, e->finding_count, sizeof(*e->findings), by_series_id);
	*ret = e->findings;
	*ret_count = e->finding_count;
	return 0;
}

/* NULL: there is none. */
static struct series *find_series(struct engine *e, uint64_t series_id)
{
	uint32_t index = idmap_get(&e->by_id, series_id);

	return index == IDMAP_NONE ? NULL : &e->series[index];
}

void engine_mark_alerted(struct engine *e, uint64_t series_id)
{
	struct series *s = find_series(e, series_id);

	if (!s)
		return;
	s->alerted = true;
	s->paged |= s->level == EG_LEVEL_PAGE;
}

int engine_approve(struct engine *e, uint64_t series_id)
{
	struct series *s = find_series(e, series_id);

	if (!s)
		return -ENOENT;
	s->approved_days = APPROVED_DAYS;
	s->declined = false;
	s->held_days = s->alert_days = s->usual_above_days = 0;
	return 0;
}

int engine_decline(struct engine *e, uint64_t series_id)
{
	struct series *s = find_series(e, series_id);

	if (!s)
		return -ENOENT;
	s->approved_days = 0;
	s->declined = true;
	return 0;
}

size_t engine_series_count(const struct engine *e)
{
	return e->by_id.count;
}

int64_t engine_dest_since(const struct engine *e, const struct dest *dest)
{
	return (int64_t)ledger_first_day(&e->ledger, dest->id) * DAY_S;
}

uint32_t engine_age_days(const struct engine *e)
{
	return e->started ? (uint32_t)((e->end_ts - e->start_ts) / DAY_S) : 0;
}
