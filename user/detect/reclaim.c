// SPDX-License-Identifier: Apache-2.0
/*
 * Actors that were silent for four weeks make room, if room runs short.
 */
#include "base/cleanup.h"
#include "detect/core.h"

enum { SILENT_DAYS = 28 };

static bool is_silent(const struct engine *e, uint32_t actor)
{
	return actor != ACTOR_NONE && actor != ACTOR_OVERFLOW && e->actors[actor].actor &&
	       e->day - e->actors[actor].last_day >= SILENT_DAYS;
}

void core_reclaim(struct engine *e)
{
	uint32_t free_places = e->series_limit - e->series_used + e->free_count;

	if (e->by_actor.count < e->actor_limit / 4 * 3 && free_places > e->series_limit / 4)
		return;
	/* What alert/ still follows keeps its actor. */
	for (uint32_t i = 0; i < e->watched_count; i++) {
		struct series *s = &e->series[e->watched[i]];

		if (s->actor != ACTOR_NONE)
			e->actors[s->actor].last_day = e->day;
	}
	for (uint32_t i = 0; i < e->series_used; i++) {
		struct series *s = &e->series[i];

		if (!s->id || !is_silent(e, s->actor))
			continue;
		core_pair_forget(e, s);
		core_series_drop(e, s);
	}
	for (uint32_t i = 1; i < e->actor_used; i++) {
		if (!is_silent(e, i))
			continue;
		core_fan_release(e, i);
		idmap_remove(&e->by_actor, e->actors[i].actor->id);
		e->actors[i].actor = NULL;
	}
}
