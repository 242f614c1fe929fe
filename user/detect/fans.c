// SPDX-License-Identifier: Apache-2.0
/*
 * FAN: which actors send to how many destination groups. A group counts when it was
 * given 64 KiB within 10 min. The counters are a small pool: one that has noted
 * nothing for an hour is free for the next actor; what is normal lives in the
 * actor's FAN series. That series stores counts as 1024 a group where others
 * store KiB, so that growth and decay of a few per cent are not lost.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/core.h"

enum {
	FANS_PART = 4,   /* one counter for four actors */
	GATE_ROWS = 512, /* of destinations below 64 KiB: 64 KiB of memory */
	GATE_WAYS = 8,
	GIVEN_BYTES = 64 << 10, /* answers to probes and handshakes stay below */
	GIVEN_WITHIN_S = 600,
	SERIES_FROM = 10, /* fewer groups teach nothing: the floor rules */
};

_Static_assert(GATE_ROWS *GATE_WAYS == FAN_GATES, "the table is used whole");

int core_fans_init(struct fans *f, uint32_t actor_limit)
{
	f->limit = MAX(actor_limit / FANS_PART, 1U);
	f->pool = calloc(f->limit, sizeof(*f->pool));
	f->gates = calloc(FAN_GATES, sizeof(*f->gates));
	return f->pool && f->gates ? 0 : -ENOMEM;
}

void core_fans_destroy(struct fans *f)
{
	free(f->pool);
	free(f->gates);
}

static uint32_t minute_of(const struct ring_clock *clock)
{
	return clock->index[2];
}

/* The gate of an actor and group; the one that is over, or else the lightest of its
 * row, makes room. */
static struct fan_gate *gate_of(struct fans *f, uint64_t key, uint32_t now_s)
{
	struct fan_gate *row = &f->gates[key / 8 % GATE_ROWS * GATE_WAYS], *best = row;

	for (unsigned int i = 0; i < GATE_WAYS; i++) {
		struct fan_gate *g = &row[i];

		if (g->key && now_s - g->since_s >= GIVEN_WITHIN_S)
			*g = (struct fan_gate){ 0 };
		if (g->key == key)
			return g;
	}
	for (unsigned int i = 1; i < GATE_WAYS; i++)
		if (row[i].bytes < best->bytes)
			best = &row[i];
	*best = (struct fan_gate){ .key = key, .since_s = now_s };
	return best;
}

static bool is_given(struct engine *e, uint64_t actor_id, uint64_t group_hash, uint64_t bytes)
{
	uint64_t key = fan_hash(&e->fans.key, actor_id ^ group_hash) | 1;
	struct fan_gate *g = gate_of(&e->fans, key, e->clock.index[0]);

	g->bytes += (uint32_t)MIN(bytes, (uint64_t)(UINT32_MAX - g->bytes));
	return g->bytes >= GIVEN_BYTES;
}

static struct fan *fan_of(struct engine *e, uint32_t actor)
{
	struct actor_record *r = &e->actors[actor];
	struct fans *f = &e->fans;
	uint32_t minute = minute_of(&e->clock), i;

	if (r->fan != FAN_NONE)
		return &f->pool[r->fan];
	for (i = 0; i < f->used && !fan_is_idle(&f->pool[i], minute); i++)
		;
	if (i == f->limit)
		return NULL;
	if (i < f->used)
		core_fan_release(e, f->pool[i].actor);
	else
		f->used++;
	fan_init(&f->pool[i], actor, minute);
	r->fan = i;
	return &f->pool[i];
}

void core_fan_release(struct engine *e, uint32_t actor)
{
	struct actor_record *r;

	if (actor == ACTOR_NONE)
		return;
	r = &e->actors[actor];
	if (r->fan == FAN_NONE)
		return;
	/* An empty counter of the past is the next to be taken. */
	fan_init(&e->fans.pool[r->fan], ACTOR_NONE, 0);
	r->fan = FAN_NONE;
}

bool core_fan_account(struct engine *e, uint32_t actor, const struct dest *dest, uint64_t bytes)
{
	struct actor_record *r = &e->actors[actor];
	struct series_key key = { .actor_id = r->actor->id, .kind = SERIES_FAN };
	uint64_t hash = fan_hash(&e->fans.key, dest->id);
	uint32_t minute = minute_of(&e->clock);
	struct series *s;
	struct fan *f;

	if (!is_given(e, r->actor->id, hash, bytes))
		return false;
	f = fan_of(e, actor);
	if (!f)
		return false; /* as many actors as there are counters were busy this hour */
	fan_note(f, hash, minute);
	s = core_at(e, r->fan_series);
	if (!s && fan_count(f, minute).hour >= SERIES_FROM) {
		s = core_series(e, &key, actor);
		if (s)
			r->fan_series = (uint32_t)(s - e->series);
	}
	if (s)
		core_touch(e, s, bytes);
	return true;
}

/* The counts of a FAN series at `clock`, in its ring's sums. */
static void refresh(const struct engine *e, struct series *s, const struct ring_clock *clock)
{
	uint32_t fan = e->actors[s->actor].fan;
	struct fan_count n = { 0, 0 };

	if (fan != FAN_NONE)
		n = fan_count(&e->fans.pool[fan], minute_of(clock));
	s->ring.sum_kib[H_10M] = (uint64_t)n.ten_minutes * FAN_UNIT;
	s->ring.sum_kib[H_1H] = (uint64_t)n.hour * FAN_UNIT;
}

void core_series_advance(const struct engine *e, struct series *s, const struct ring_clock *clock)
{
	series_advance(s, clock);
	if (s->kind == SERIES_FAN)
		refresh(e, s, clock);
}

bool core_fan_is_over(struct engine *e, const struct actor_record *r)
{
	struct series *s = core_at(e, r->fan_series);
	struct peak peak;

	/* While its habits are not known, many destinations are no surprise. */
	if (!s || !core_is_warm(e, s))
		return false;
	core_series_advance(e, s, &e->clock);
	core_peak(e, s, &peak);
	return peak.any && peak.value_kib > peak.allowed_kib;
}
