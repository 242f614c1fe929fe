// SPDX-License-Identifier: Apache-2.0
/*
 * Space-Saving over pairs (actor, direction, destination group, port): the heaviest
 * keep a series of their own, the rest share their actor's *other* series, so that
 * no byte is judged by nobody. A pair that takes another's place inherits its
 * weight for the contest but starts at 0 bytes; the bytes of that tick are *other*'s.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	/* A flood of strangers may change no more places than this in one tick. */
	EVICTIONS_PER_TICK = 64,
	/* Daily loss of weight, 1/16: half in eleven days, so that has-beens go. */
	WEIGHT_SINK_SHIFT = 4,
	HINT_SHIFT = 64 - 12,
};

_Static_assert(PAIR_HINTS == 1 << 12, "the upper bits are the place");

/* 2^64 / the golden ratio: neighbours in memory become strangers in the table. */
static const uint64_t hint_multiplier = 0x9e3779b97f4a7c15ULL;

static void weight_add(struct engine *e, const struct series *s, uint64_t bytes)
{
	e->pairs.weight[s->pair] = fixed_add(e->pairs.weight[s->pair], bytes);
}

void core_pair_insert(struct engine *e, struct series *s, uint64_t weight, const struct dest *dest)
{
	struct pairs *p = &e->pairs;

	s->pair = (uint16_t)p->count++;
	s->dest = dest;
	p->series[s->pair] = (uint32_t)(s - e->series);
	p->weight[s->pair] = weight;
}

void core_pair_forget(struct engine *e, struct series *s)
{
	struct pairs *p = &e->pairs;
	uint16_t place = s->pair;

	if (place == PAIR_NONE)
		return;
	p->count--;
	p->series[place] = p->series[p->count];
	p->weight[place] = p->weight[p->count];
	e->series[p->series[place]].pair = place;
	s->pair = PAIR_NONE;
}

/* The lightest that neither this tick nor alert/ is using; ties by id. */
static struct series *lightest(const struct engine *e)
{
	const struct pairs *p = &e->pairs;
	struct series *best = NULL;
	uint64_t best_weight = UINT64_MAX;

	for (uint32_t i = 0; i < p->count; i++) {
		struct series *s;

		if (p->weight[i] > best_weight)
			continue;
		s = &e->series[p->series[i]];
		if (s->touched_tick == e->tick || s->watch_until ||
		    (best && p->weight[i] == best_weight && s->id > best->id))
			continue;
		best = s;
		best_weight = p->weight[i];
	}
	return best;
}

static struct series *other_of(struct engine *e, uint32_t actor)
{
	struct actor_record *record = &e->actors[actor];

	if (record->other == SERIES_NONE) {
		struct series_key key = { .actor_id = record->actor->id, .kind = SERIES_PAIR };
		struct series *s = core_series(e, &key, actor);

		if (!s)
			return actor == ACTOR_OVERFLOW ? NULL : other_of(e, ACTOR_OVERFLOW);
		record->other = (uint32_t)(s - e->series);
		/* A crowd has filled the table in its own time: that is no event. */
		if (core_meets_any(e, actor))
			s->cold_days = e->learned[WARM_HORIZON];
	}
	return &e->series[record->other];
}

/* A newcomer where newcomers are everyday is judged with them (NOVEL) and meanwhile
 * learned like any series that begins; elsewhere it is known to have sent nothing. So is
 * an old acquaintance that has lost its baseline. */
static void settle_in(struct engine *e, struct series *s, bool is_old)
{
	if (is_old || core_meets_many(e, s->actor, s->init, s->cls))
		s->cold_days = e->learned[WARM_HORIZON];
}

/* Makes room and admits the pair for the ticks to come. */
static void replace(struct engine *e, uint32_t actor, const struct series_key *key,
		    const struct dest *dest, uint64_t bytes)
{
	struct pairs *p = &e->pairs;
	struct series *loser, *s;
	uint64_t weight;

	if (!p->evictions_left)
		return;
	loser = lightest(e);
	if (!loser) { /* nor for another: what is in use stays so until the next tick */
		p->evictions_left = 0;
		return;
	}
	p->evictions_left--;
	p->evictions++;
	weight = fixed_add(p->weight[loser->pair], bytes);
	core_pair_forget(e, loser);
	core_series_drop(e, loser);
	s = core_series(e, key, actor);
	if (!s)
		return;
	core_pair_insert(e, s, weight, dest);
	settle_in(e, s, !ledger_is_new(&e->ledger, key->dest_id, (uint16_t)e->day));
}

/* A pair that can be told from the row without the ids behind its pointers. */
static bool is_pair_of(const struct series *s, uint32_t actor, enum series_class cls,
		       const struct tick_row *row)
{
	return s->dest == row->dest && s->actor == actor && s->port == row->port && s->cls == cls &&
	       s->init == core_init(row) && s->kind == SERIES_PAIR && s->id;
}

static struct series *new_pair(struct engine *e, uint32_t actor, const struct series_key *key,
			       const struct tick_row *row)
{
	struct series *s;

	if (e->pairs.count < e->pairs.limit) {
		s = core_series(e, key, actor);
		if (s) {
			core_pair_insert(e, s, row->tx_bytes, row->dest);
			settle_in(e, s, false);
			return s;
		}
	}
	if (e->pairs.count)
		replace(e, actor, key, row->dest, row->tx_bytes);
	return other_of(e, actor);
}

static SELDOM struct series *find_or_make(struct engine *e, uint32_t actor, enum series_class cls,
					  const struct tick_row *row, uint32_t *hint)
{
	struct series_key key = {
		.actor_id = e->actors[actor].actor->id,
		.dest_id = row->dest->id,
		.kind = SERIES_PAIR,
		.cls = cls,
		.init = core_init(row),
		.port = row->port,
	};
	uint32_t index = idmap_get(&e->by_id, series_id(&key));

	if (index == IDMAP_NONE)
		return new_pair(e, actor, &key, row);
	*hint = index;
	weight_add(e, &e->series[index], row->tx_bytes);
	return &e->series[index];
}

struct series *core_pair(struct engine *e, uint32_t actor, enum series_class cls,
			 const struct tick_row *row)
{
	uint64_t mixed = ((uintptr_t)row->dest >> 4) + actor * 31ULL + row->port * 7ULL + row->init;
	uint32_t *hint = &e->pairs.hint[mixed * hint_multiplier >> HINT_SHIFT];
	struct series *s = &e->series[*hint];

	if (!is_pair_of(s, actor, cls, row))
		return find_or_make(e, actor, cls, row, hint);
	weight_add(e, s, row->tx_bytes);
	return s;
}

void core_pairs_day_end(struct engine *e)
{
	for (uint32_t i = 0; i < e->pairs.count; i++)
		e->pairs.weight[i] -= e->pairs.weight[i] >> WEIGHT_SINK_SHIFT;
}

void core_pairs_tick(struct engine *e)
{
	e->pairs.evictions_left = EVICTIONS_PER_TICK;
}
