// SPDX-License-Identifier: Apache-2.0
/*
 * The engine's state as bytes: clock, names, ledger, actors, series. load.c reads
 * it in the same order; a change of either raises STATE_VERSION.
 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/state.h"
#include "detect/wire.h"

static void save_clock(const struct engine *e, struct buf *out)
{
	wire_put(out, e->started);
	wire_put(out, (uint64_t)e->start_ts);
	wire_put(out, (uint64_t)e->end_ts);
	wire_put(out, e->day);
	wire_put(out, e->gap_s);
	wire_put(out, e->first_horizon);
	wire_put(out, e->off_first);
	wire_put(out, (uint64_t)e->off_until);
	wire_put(out, e->db_bytes);
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		wire_put(out, e->off_s[h]);
		wire_put(out, e->learned[h]);
	}
	wire_put(out, e->seen_days);
	for (unsigned int i = 0; i < RING_DAYS; i++)
		wire_put(out, e->db_of_day[i]);
}

static void save_ledger(const struct engine *e, struct buf *out)
{
	wire_put(out, e->ledger.used);
	wire_put(out, e->ledger.evictions);
	for (unsigned int i = 0; i < LEDGER_ENTRIES; i++) {
		const struct ledger_entry *entry = &e->ledger.entries[i];

		if (!entry->id)
			continue;
		wire_put(out, entry->id);
		wire_put(out, entry->first_day);
		wire_put(out, entry->last_day);
		wire_put(out, entry->active_days);
	}
}

static void save_actors(const struct engine *e, struct buf *out)
{
	wire_put(out, e->actor_used);
	wire_put(out, e->by_actor.count);
	for (uint32_t i = 0; i < e->actor_used; i++) {
		const struct actor_record *r = &e->actors[i];

		if (!r->actor)
			continue;
		wire_put(out, i);
		wire_put_str(out, r->actor->exe);
		wire_put_str(out, r->actor->comm);
		wire_put_str(out, r->actor->container);
		wire_put_str(out, r->actor->user);
		wire_put(out, r->last_day);
	}
}

static void save_ring(const struct ring *r, struct buf *out)
{
	struct ring_clock at;

	ring_clock_set(&at, r->now_s);
	for (unsigned int i = 0; i < RING_TIERS; i++)
		wire_put(out, at.index[i]);
	for (unsigned int i = 0; i < RING_FINE_SLOTS; i++)
		wire_put(out, r->slot_kib[i]);
	for (unsigned int i = 0; i < RING_DAYS; i++)
		wire_put(out, r->day_kib[i]);
	wire_put(out, r->carry_bytes);
}

static void save_series(const struct engine *e, const struct series *s, struct buf *out)
{
	wire_put(out, s->kind);
	wire_put(out, s->cls);
	wire_put(out, s->init);
	wire_put(out, s->port);
	wire_put(out, s->actor == ACTOR_NONE ? 0 : (uint64_t)s->actor + 1);
	wire_put(out, s->dest != NULL);
	if (s->dest) {
		wire_put_str(out, s->dest->group);
		wire_put_str(out, s->dest->example);
		wire_put(out, s->dest->scope);
	}
	wire_put(out, s->dest_weight_bytes);
	wire_put(out, s->watch_until);
	wire_put(out, s->alert_days);
	wire_put(out, s->held_days);
	wire_put(out, s->odd_days);
	wire_put(out, s->cold_days);
	wire_put(out, s->level);
	wire_put(out, s->alerted);
	wire_put(out, s->paged);
	wire_put(out, s->usual_above_days);
	wire_put(out, s->loose_days);
	wire_put(out, s->approved_days);
	wire_put(out, s->declined);
	wire_put(out, s->pair != PAIR_NONE);
	if (s->pair != PAIR_NONE)
		wire_put(out, e->pairs.weight[s->pair]);
	save_ring(&s->ring, out);
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		wire_put(out, s->envelope.peak_kib[h]);
		wire_put(out, s->envelope.today_kib[h]);
		wire_put(out, envelope_anchor_kib(&s->envelope, h));
	}
	wire_put(out, s->steady.value_kib);
	wire_put(out, s->steady.peak_kib);
	wire_put(out, s->steady.today_kib);
	wire_put(out, s->ring.now_s / RING_HOUR_S); /* hour that it was made in */
	wire_put(out, s->steady.above_days);
	for (unsigned int i = 0; i < WEEKSLOT_HOURS; i++)
		wire_put(out, s->week.q[i]);
}

int engine_save(const struct engine *e, struct buf *out)
{
	buf_add(out, STATE_MAGIC, STATE_MAGIC_LEN);
	wire_put(out, STATE_VERSION);
	save_clock(e, out);
	save_ledger(e, out);
	save_actors(e, out);
	wire_put(out, e->pairs.evictions);
	wire_put(out, e->by_id.count);
	core_settle_all(e);
	for (uint32_t i = 0; i < e->series_used; i++)
		if (e->series[i].id)
			save_series(e, &e->series[i], out);
	core_fans_save(e, out);
	return out->error;
}
