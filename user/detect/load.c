// SPDX-License-Identifier: Apache-2.0
/*
 * The saved state read back, into a new engine that replaces the old one's insides
 * only when every byte made sense. Sums and ids are made again, never trusted.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/state.h"
#include "detect/wire.h"

/* No slot or peak of ours is larger: 28 days at the daily limit. */
static const uint64_t kib_max = 28ULL << 54;

enum { ACTORS_MAX = 1 << 18 }; /* records of the largest engine */

/* Days that earlier versions did not keep: those that were learned were seen. */
static void load_days(struct engine *e, struct wire_reader *r, uint64_t version)
{
	if (version < STATE_VERSION_USUAL) {
		e->seen_days = e->learned[WARM_HORIZON] < 28 ? (1U << e->learned[WARM_HORIZON]) - 1U
							     : (1U << 28) - 1U;
		e->seen_days <<= 1;
		return;
	}
	e->seen_days = (uint32_t)wire_get(r, UINT32_MAX);
	for (unsigned int i = 0; i < RING_DAYS; i++)
		e->db_of_day[i] = wire_get(r, UINT64_MAX);
}

static void load_clock(struct engine *e, struct wire_reader *r, uint64_t version)
{
	e->started = wire_get(r, 1);
	e->start_ts = (int64_t)wire_get(r, UINT32_MAX);
	e->end_ts = (int64_t)wire_get(r, UINT32_MAX);
	e->day = (uint32_t)wire_get(r, UINT32_MAX / DAY_S - 1);
	e->gap_s = (uint32_t)wire_get(r, DAY_S);
	e->first_horizon = (uint32_t)wire_get(r, EG_HORIZONS);
	e->off_first = (uint32_t)wire_get(r, EG_HORIZONS);
	e->off_until = (int64_t)wire_get(r, 1ULL << 40);
	core_scale(e, wire_get(r, UINT64_MAX));
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		e->off_s[h] = (uint32_t)wire_get(r, DAY_S);
		e->learned[h] = (uint16_t)wire_get(r, UINT16_MAX);
	}
	load_days(e, r, version);
	core_warm(e);
	if (e->started &&
	    (e->end_ts <= 0 || (e->end_ts - 1) / DAY_S != e->day || e->start_ts >= e->end_ts))
		r->failed = true;
	if (e->params->database_bytes)
		core_scale(e, e->params->database_bytes);
	if (e->started && !r->failed)
		ring_clock_set(&e->clock, (uint32_t)(e->end_ts - 1));
	e->resumed = e->started;
}

static void load_ledger(struct engine *e, struct wire_reader *r)
{
	uint64_t count = wire_get(r, LEDGER_ENTRIES);

	e->ledger.evictions = wire_get(r, UINT64_MAX);
	for (uint64_t i = 0; i < count && !r->failed; i++) {
		struct ledger_entry entry = {
			.id = wire_get(r, UINT64_MAX),
			.first_day = (uint16_t)wire_get(r, UINT16_MAX),
			.last_day = (uint16_t)wire_get(r, UINT16_MAX),
			.active_days = (uint16_t)wire_get(r, UINT16_MAX),
		};

		if (!entry.id || !ledger_restore(&e->ledger, &entry))
			r->failed = true;
	}
}

/* The record that each saved actor now has. */
struct places {
	uint32_t *record; /* [count]; ACTOR_NONE where none was saved */
	uint32_t count;
};

static int places_make(struct places *p, struct wire_reader *r)
{
	p->count = (uint32_t)wire_get(r, ACTORS_MAX);
	p->record = malloc((p->count + 1) * sizeof(*p->record));
	if (!p->record)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->count; i++)
		p->record[i] = ACTOR_NONE;
	return 0;
}

static int load_actors(struct engine *e, struct wire_reader *r, struct places *places)
{
	uint64_t count;
	int err = places_make(places, r);

	if (err < 0)
		return err;
	count = wire_get(r, places->count);
	for (uint64_t i = 0; i < count && !r->failed; i++) {
		uint32_t saved = (uint32_t)wire_get(r, places->count - 1);
		char exe[WIRE_STR_MAX], comm[WIRE_STR_MAX], container[WIRE_STR_MAX],
			user[WIRE_STR_MAX];
		const struct actor *actor;
		uint32_t last_day;

		wire_get_str(r, exe);
		wire_get_str(r, comm);
		wire_get_str(r, container);
		wire_get_str(r, user);
		last_day = (uint32_t)wire_get(r, e->day);
		if (r->failed)
			break;
		actor = names_actor(e->names, exe, comm, container, user);
		if (!actor)
			return -ENOMEM;
		places->record[saved] = core_actor(e, actor);
		e->actors[places->record[saved]].last_day = last_day;
	}
	return 0;
}

/* The group again from the address last seen in it, else from its own text. */
static const struct dest *intern_dest(struct engine *e, const char *group, const char *example,
				      enum eg_scope scope)
{
	const struct dest *dest = *example ? names_dest(e->names, example, scope) : NULL;

	if (dest && strcmp(dest->group, group) == 0)
		return dest;
	return names_dest(e->names, group, scope);
}

static int load_dest(struct engine *e, struct wire_reader *r, const struct dest **ret)
{
	char group[WIRE_STR_MAX], example[WIRE_STR_MAX];
	enum eg_scope scope;

	*ret = NULL;
	if (!wire_get(r, 1))
		return 0;
	wire_get_str(r, group);
	wire_get_str(r, example);
	scope = (enum eg_scope)wire_get(r, EG_SCOPE_COUNT - 1);
	if (r->failed)
		return 0;
	*ret = intern_dest(e, group, example, scope);
	return *ret ? 0 : -ENOMEM;
}

static void load_ring(const struct engine *e, struct ring *ring, struct wire_reader *r)
{
	ring->now_s = (uint32_t)wire_get(r, e->clock.index[0]);
	for (unsigned int i = 1; i < RING_TIERS; i++)
		(void)wire_get(r, e->clock.index[i]); /* the same in other units */
	for (unsigned int i = 0; i < RING_FINE_SLOTS; i++)
		ring->slot_kib[i] = (uint32_t)wire_get(r, UINT32_MAX);
	for (unsigned int i = 0; i < RING_DAYS; i++)
		ring->day_kib[i] = wire_get(r, 1ULL << 54);
	ring->carry_bytes = (uint16_t)wire_get(r, 1023);
	ring_resum(ring);
}

/* Everything of a series that is not its key. */
static void load_body(const struct engine *e, struct series *s, struct wire_reader *r,
		      uint64_t version, uint64_t *ret_weight)
{
	uint64_t watch_until;

	s->dest_weight_bytes = wire_get(r, UINT64_MAX);
	watch_until = wire_get(r, 1ULL << 40);
	s->watch_until = (uint32_t)MIN(watch_until, (uint64_t)UINT32_MAX);
	s->alert_days = (uint32_t)wire_get(r, UINT32_MAX);
	s->held_days = (uint32_t)wire_get(r, UINT32_MAX);
	s->odd_days = (uint32_t)wire_get(r, UINT32_MAX);
	s->cold_days = (uint16_t)wire_get(r, UINT16_MAX);
	s->level = (uint8_t)wire_get(r, EG_LEVEL_COUNT - 1);
	s->alerted = wire_get(r, 1);
	s->paged = wire_get(r, 1);
	if (version >= STATE_VERSION_USUAL) {
		s->usual_above_days = (uint32_t)wire_get(r, UINT32_MAX);
		s->loose_days = (uint32_t)wire_get(r, UINT32_MAX);
	} else {
		s->loose_days = UINT32_MAX; /* not known: four weeks must be seen */
	}
	if (version >= STATE_VERSION_WORD) {
		s->approved_days = (uint8_t)wire_get(r, APPROVED_DAYS);
		s->declined = wire_get(r, 1);
	}
	s->pair = wire_get(r, 1) ? 0 : PAIR_NONE;
	*ret_weight = s->pair == PAIR_NONE ? 0 : wire_get(r, UINT64_MAX);
	load_ring(e, &s->ring, r);
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		s->envelope.peak_kib[h] = wire_get(r, kib_max);
		s->envelope.today_kib[h] = wire_get(r, kib_max);
		envelope_set_anchor(&s->envelope, h, wire_get(r, UINT64_MAX));
	}
	s->steady.value_kib = wire_get(r, kib_max);
	s->steady.peak_kib = wire_get(r, kib_max);
	s->steady.today_kib = wire_get(r, kib_max);
	(void)wire_get(r, UINT32_MAX); /* the ring's hour */
	s->steady.above_days = (uint32_t)wire_get(r, UINT32_MAX);
	for (unsigned int i = 0; i < WEEKSLOT_HOURS; i++)
		s->week.q[i] = (uint8_t)wire_get(r, UINT8_MAX);
}

/* Copies a series that was read into the pool and the tables that point to it. */
static void adopt(struct engine *e, const struct series *read, const struct series_key *key,
		  uint32_t actor, uint64_t weight, struct wire_reader *r)
{
	struct series *s;
	uint64_t id = series_id(key);
	uint32_t index;

	if (idmap_get(&e->by_id, id) != IDMAP_NONE) {
		/* Twice is nonsense, but for actors that no longer find room of their own. */
		r->failed |= actor != ACTOR_OVERFLOW;
		return;
	}
	if (read->pair != PAIR_NONE && e->pairs.count >= e->pairs.limit)
		return; /* the limit was lowered since: its bytes are *other*'s from now on */
	s = core_series(e, key, actor);
	if (!s)
		return;
	index = (uint32_t)(s - e->series);
	*s = *read;
	s->id = id;
	s->actor = actor;
	core_recall(e, s);
	if (s->pair != PAIR_NONE)
		core_pair_insert(e, s, weight, s->dest);
	if (s->watch_until)
		e->watched[e->watched_count++] = index;
	core_remember(e, s, index);
}

static int load_series(struct engine *e, struct wire_reader *r, uint64_t version,
		       const struct places *places)
{
	struct series s = { .id = 0 };
	struct series_key key;
	uint32_t actor;
	uint64_t weight;
	int err;

	s.kind = (uint8_t)wire_get(r, SERIES_FAN);
	s.cls = (uint8_t)wire_get(r, CLASSES - 1);
	s.init = (uint8_t)wire_get(r, EG_INIT_COUNT - 1);
	s.port = (uint16_t)wire_get(r, UINT16_MAX);
	actor = (uint32_t)wire_get(r, places->count);
	err = load_dest(e, r, &s.dest);
	if (err < 0)
		return err;
	load_body(e, &s, r, version, &weight);
	if (r->failed)
		return 0;
	actor = actor ? places->record[actor - 1] : ACTOR_NONE;
	/* HOST has no actor, the rest have; a heavy pair has a destination, and it alone. */
	if ((s.kind == SERIES_HOST) != (actor == ACTOR_NONE) ||
	    (s.pair != PAIR_NONE) != (s.kind == SERIES_PAIR && s.dest)) {
		r->failed = true;
		return 0;
	}
	key = (struct series_key){
		.actor_id = actor == ACTOR_NONE ? 0 : e->actors[actor].actor->id,
		.dest_id = s.pair != PAIR_NONE ? s.dest->id : 0,
		.kind = s.kind,
		.cls = s.cls,
		.init = s.init,
		.port = s.port,
	};
	adopt(e, &s, &key, actor, weight, r);
	return 0;
}

static int load_all(struct engine *e, struct wire_reader *r, uint64_t version)
{
	struct places places = { .record = NULL };
	uint64_t count;
	int err;

	load_clock(e, r, version);
	load_ledger(e, r);
	err = load_actors(e, r, &places);
	e->pairs.evictions = wire_get(r, UINT64_MAX);
	count = wire_get(r, 1U << 20);
	for (uint64_t i = 0; i < count && err == 0 && !r->failed; i++)
		err = load_series(e, r, version, &places);
	if (err == 0 && version >= STATE_VERSION_FANS)
		core_fans_load(e, r, places.record, places.count);
	free(places.record);
	if (err == 0 && (r->failed || r->at != r->len))
		err = -EBADMSG;
	return err;
}

int engine_load(struct engine *e, const void *data, size_t len)
{
	struct wire_reader r = { .data = data, .len = len, .at = STATE_MAGIC_LEN };
	struct engine *fresh, old;
	uint64_t version;
	int err;

	if (len < STATE_MAGIC_LEN || memcmp(data, STATE_MAGIC, STATE_MAGIC_LEN) != 0 ||
	    !(version = wire_get(&r, STATE_VERSION)))
		return -EBADMSG;
	err = engine_new(e->params, e->names, &fresh);
	if (err < 0)
		return err;
	fresh->words = e->words;
	err = load_all(fresh, &r, version);
	if (err == 0) {
		/* Swap the insides; `fresh` then frees what was there before. */
		old = *e;
		*e = *fresh;
		*fresh = old;
	}
	engine_free(fresh);
	return err;
}
