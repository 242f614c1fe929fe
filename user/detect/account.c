// SPDX-License-Identifier: Apache-2.0
/*
 * One row of a tick into every series it belongs to: host, actor, reads, pair,
 * new destinations and how many.
 */
#include "base/cleanup.h"
#include "detect/core.h"

/* A series found once and remembered in *place. NULL: there is no room. */
static SELDOM struct series *remember(struct engine *e, uint32_t *place,
				      const struct series_key *key, uint32_t actor)
{
	struct series *s = core_series(e, key, actor);

	if (s)
		*place = (uint32_t)(s - e->series);
	return s;
}

/* A series of the actor's own, the overflow actor's when there is no room. */
static SELDOM struct series *make(struct engine *e, uint32_t actor, enum series_kind kind,
				  enum series_class cls, uint8_t init)
{
	struct actor_record *r = &e->actors[actor];
	struct series_key key = {
		.actor_id = r->actor->id, .kind = kind, .cls = cls, .init = init
	};
	uint32_t *place = kind == SERIES_ACTOR  ? &r->volume[cls]
			  : kind == SERIES_READ ? &r->read
						: &r->novel[init][cls];
	struct series *s =
		*place == SERIES_NONE ? remember(e, place, &key, actor) : core_at(e, *place);

	return s || actor == ACTOR_OVERFLOW ? s : make(e, ACTOR_OVERFLOW, kind, cls, init);
}

static SELDOM struct series *make_host(struct engine *e, enum series_class cls)
{
	struct series_key key = { .kind = SERIES_HOST, .cls = cls };

	return remember(e, &e->host[cls], &key, ACTOR_NONE);
}

static inline struct series *host_of(struct engine *e, enum series_class cls)
{
	struct series *s = core_at(e, e->host[cls]);

	return s ? s : make_host(e, cls);
}

static inline struct series *volume_of(struct engine *e, uint32_t actor, enum series_class cls)
{
	struct series *s = core_at(e, e->actors[actor].volume[cls]);

	return s ? s : make(e, actor, SERIES_ACTOR, cls, 0);
}

static inline struct series *read_of(struct engine *e, uint32_t actor)
{
	struct series *s = core_at(e, e->actors[actor].read);

	return s ? s : make(e, actor, SERIES_READ, CLASS_ANY, 0);
}

static inline struct series *novel_of(struct engine *e, uint32_t actor, uint8_t init,
				      enum series_class cls)
{
	struct series *s = core_at(e, e->actors[actor].novel[init][cls]);

	return s ? s : make(e, actor, SERIES_NOVEL, cls, init);
}

static inline void touch(struct engine *e, struct series *s, uint64_t bytes)
{
	if (s)
		core_touch(e, s, bytes);
}

/* One group, several declared addresses in it: the pair is named after the largest. */
static void vote_declared(struct series *s, const struct tick_row *row)
{
	if (s && s->dest && (s->dest->declared || row->dest->declared) &&
	    s->dest->id == row->dest->id)
		series_vote_dest(s, row->dest, row->tx_bytes);
}

/* The ledger is asked once a day for a pair that has a series. */
static bool note_dest(struct engine *e, const struct dest *dest, struct series *pair)
{
	bool is_new;

	if (pair && pair->dest && pair->newness != NEWNESS_NOT_ASKED)
		return pair->newness == NEWNESS_NEW;
	is_new = ledger_note(&e->ledger, dest->id, (uint16_t)e->day);
	if (pair && pair->dest)
		pair->newness = is_new ? NEWNESS_NEW : NEWNESS_KNOWN;
	return is_new;
}

/* A pair counts as a destination once a minute; a tier of many addresses never. */
static void note_fan(struct engine *e, const struct tick_row *row, uint32_t actor,
		     struct series *pair)
{
	if (pair && pair->dest && pair->fan_minute == e->minute)
		return;
	if (core_is_application(e, row->actor, row->dest))
		return;
	if (core_fan_account(e, actor, row->dest, row->tx_bytes) && pair && pair->dest)
		pair->fan_minute = e->minute;
}

/* Bytes to a destination that is new. */
static void account_new(struct engine *e, const struct tick_row *row, uint32_t actor,
			enum series_class cls)
{
	struct series *s;

	/* In the first days every destination is new: nothing to learn from that. */
	if (e->learned[WARM_HORIZON] < e->params->novel_days ||
	    core_is_application(e, row->actor, row->dest))
		return;
	s = novel_of(e, actor, core_init(row), cls);
	if (s) {
		core_touch(e, s, row->tx_bytes);
		series_vote_dest(s, row->dest, row->tx_bytes);
	}
	s = core_at(e, e->actors[actor].volume[cls]);
	if (s)
		series_vote_dest(s, row->dest, row->tx_bytes);
}

static void account_dest(struct engine *e, const struct tick_row *row, uint32_t actor,
			 enum series_class cls)
{
	struct series *s = core_pair(e, actor, cls, row);
	bool is_new = note_dest(e, row->dest, s);

	touch(e, s, row->tx_bytes);
	vote_declared(s, row);
	note_fan(e, row, actor, s);
	if (is_new)
		account_new(e, row, actor, cls);
}

void core_account(struct engine *e, const struct tick_row *row)
{
	uint64_t tx_bytes = row->tx_unknown ? 0 : row->tx_bytes;
	enum series_class cls = CLASS_ANY;
	bool leaves = core_classify(row, &cls);
	uint32_t actor;

	if (leaves && tx_bytes)
		touch(e, host_of(e, cls), tx_bytes);
	if (!row->actor || (!tx_bytes && !row->rd_bytes))
		return;
	actor = core_actor(e, row->actor);
	if (row->rd_bytes)
		touch(e, read_of(e, actor), row->rd_bytes);
	if (!leaves || !tx_bytes || cls == CLASS_ANY)
		return;
	touch(e, volume_of(e, actor, cls), tx_bytes);
	if (row->dest)
		account_dest(e, row, actor, cls);
}

void core_remember(struct engine *e, const struct series *s, uint32_t index)
{
	struct actor_record *r = s->actor == ACTOR_NONE ? NULL : &e->actors[s->actor];

	switch ((enum series_kind)s->kind) {
	case SERIES_HOST: e->host[s->cls] = index; break;
	case SERIES_ACTOR: r->volume[s->cls] = index; break;
	case SERIES_READ: r->read = index; break;
	case SERIES_NOVEL: r->novel[s->init][s->cls] = index; break;
	case SERIES_PAIR:
		if (s->pair == PAIR_NONE)
			r->other = index;
		break;
	case SERIES_FAN: r->fan_series = index; break;
	case SERIES_BUDGET:
	case SERIES_KINDS: break;
	}
}
