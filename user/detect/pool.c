// SPDX-License-Identifier: Apache-2.0
/*
 * Where series and actors live: fixed pools, found by id. When the pool is full
 * new actors fold into one overflow actor, which is judged like any other.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

/* Series kept back for HOST and the overflow actor: 3 + 3 + 1 + 1 + 1 + 5 x 3. */
enum { SERIES_RESERVE = 24 };

static bool may_use_reserve(const struct series_key *key, uint32_t actor)
{
	return key->kind == SERIES_HOST || (actor == ACTOR_OVERFLOW && !key->dest_id);
}

struct series *core_series(struct engine *e, const struct series_key *key, uint32_t actor)
{
	uint32_t free_places = e->series_limit - e->series_used + e->free_count;
	uint32_t index = idmap_get(&e->by_id, series_id(key));
	struct series *s;

	if (index != IDMAP_NONE)
		return &e->series[index];
	if (free_places <= SERIES_RESERVE && !may_use_reserve(key, actor))
		return NULL;
	index = e->free_count ? e->free_series[--e->free_count] : e->series_used++;
	s = &e->series[index];
	series_init(s, key, &e->clock);
	s->actor = actor;
	s->pair = PAIR_NONE;
	/* Until a destination can be an old acquaintance, all are new and say nothing; nor does
	 * it that there are more of them than have room. */
	if (key->kind == SERIES_NOVEL || (key->kind == SERIES_PAIR && !key->dest_id))
		s->cold_days = (uint16_t)MIN(e->params->novel_days, 60U);
	idmap_put(&e->by_id, s->id, index);
	return s;
}

void core_series_drop(struct engine *e, struct series *s)
{
	uint32_t index = (uint32_t)(s - e->series);

	idmap_remove(&e->by_id, s->id);
	s->id = 0;
	e->free_series[e->free_count++] = index;
}

static void record_init(struct actor_record *r, const struct actor *actor, uint32_t day)
{
	r->actor = actor;
	r->last_day = day;
	r->read = r->other = r->fan_series = SERIES_NONE;
	r->fan = FAN_NONE;
	for (unsigned int c = 0; c < CLASSES; c++) {
		r->volume[c] = SERIES_NONE;
		for (unsigned int i = 0; i < EG_INIT_COUNT; i++)
			r->novel[i][c] = SERIES_NONE;
	}
}

static uint32_t free_record(const struct engine *e)
{
	if (e->actor_used < e->actor_limit)
		return e->actor_used;
	for (uint32_t i = 1; i < e->actor_limit; i++)
		if (!e->actors[i].actor)
			return i;
	return IDMAP_NONE;
}

static SELDOM uint32_t find_or_make(struct engine *e, const struct actor *actor, uint32_t *hint)
{
	uint32_t index = idmap_get(&e->by_actor, actor->id);

	if (index != IDMAP_NONE) {
		*hint = index;
		e->actors[index].last_day = e->day;
		return index;
	}
	index = e->by_actor.count < e->actor_limit ? free_record(e) : IDMAP_NONE;
	if (index == IDMAP_NONE)
		return ACTOR_OVERFLOW;
	if (index == e->actor_used)
		e->actor_used++;
	record_init(&e->actors[index], actor, e->day);
	idmap_put(&e->by_actor, actor->id, index);
	return index;
}

uint32_t core_actor(struct engine *e, const struct actor *actor)
{
	uint32_t *hint = &e->actor_hint[(uintptr_t)actor / sizeof(*actor) % ACTOR_HINTS];
	uint32_t index = *hint;

	if (e->actors[index].actor != actor)
		return find_or_make(e, actor, hint);
	e->actors[index].last_day = e->day;
	return index;
}

void core_settle_all(const struct engine *e)
{
	for (uint32_t i = 0; i < e->series_used; i++)
		if (e->series[i].id)
			series_settle(&e->series[i]);
}
