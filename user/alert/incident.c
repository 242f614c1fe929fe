/* SPDX-License-Identifier: Apache-2.0
 *
 * The sets of alert/: incidents in order of opening, their members, and members by
 * series id. No policy here.
 */
#include "alert/incident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_FIRST_CAP = 64 };

/* Series ids are hashes already. */
static size_t series_slot(const struct alerts *a, uint64_t series_id)
{
	size_t at = series_id & (a->by_series_cap - 1);

	while (a->by_series[at] && a->by_series[at]->series_id != series_id)
		at = (at + 1) & (a->by_series_cap - 1);
	return at;
}

struct member *alerts_find_member(const struct alerts *a, uint64_t series_id)
{
	return a->by_series_count ? a->by_series[series_slot(a, series_id)] : NULL;
}

static int series_grow(struct alerts *a)
{
	struct member **old = a->by_series;
	size_t old_cap = a->by_series_cap, cap = old_cap ? old_cap * 2 : SERIES_FIRST_CAP;

	a->by_series = calloc(cap, sizeof(*a->by_series));
	if (!a->by_series) {
		a->by_series = old;
		return -ENOMEM;
	}
	a->by_series_cap = cap;
	for (size_t i = 0; i < old_cap; i++)
		if (old[i])
			a->by_series[series_slot(a, old[i]->series_id)] = old[i];
	free(old);
	return 0;
}

/* Takes an entry out and moves up those that had to go further because of it. */
static void series_remove(struct alerts *a, uint64_t series_id)
{
	size_t mask = a->by_series_cap - 1, hole = series_slot(a, series_id), at = hole;

	if (!a->by_series[hole])
		return;
	a->by_series[hole] = NULL;
	a->by_series_count--;
	for (at = (hole + 1) & mask; a->by_series[at]; at = (at + 1) & mask) {
		struct member *m = a->by_series[at];

		a->by_series[at] = NULL;
		a->by_series[series_slot(a, m->series_id)] = m;
	}
}

struct incident *incident_new(struct alerts *a, const char id[ALERT_ID_LEN + 1])
{
	struct incident *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	memcpy(i->id, id, sizeof(i->id));
	*a->incidents_end = i;
	a->incidents_end = &i->next;
	a->incident_count++;
	return i;
}

static void incident_drop_member(struct alerts *a, struct member *m)
{
	struct member **at = &m->incident->members;

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	m->incident->member_count--;
	series_remove(a, m->series_id);
	witness_vote_clear(&m->vote);
	free(m);
}

void incident_free(struct alerts *a, struct incident *i)
{
	struct incident **at = &a->incidents;

	while (i->members)
		incident_drop_member(a, i->members);
	while (*at != i)
		at = &(*at)->next;
	*at = i->next;
	if (a->incidents_end == &i->next)
		a->incidents_end = at;
	a->incident_count--;
	free(i);
}

struct member *incident_join(struct alerts *a, struct incident *i, const struct finding *f)
{
	struct member *old = alerts_find_member(a, f->series_id), *m, **end = &i->members;

	if (old && old->incident == i)
		return old;
	if (old)
		incident_drop_member(a, old);
	if (a->by_series_count >= a->by_series_cap / 2 && series_grow(a) < 0)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->incident = i;
	m->series_id = f->series_id;
	m->last = *f;
	while (*end)
		end = &(*end)->next;
	*end = m;
	i->member_count++;
	a->by_series[series_slot(a, m->series_id)] = m;
	a->by_series_count++;
	return m;
}

void pending_clear(struct alerts *a)
{
	for (size_t i = 0; i < a->pending_count; i++)
		witness_vote_clear(&a->pending[i].vote);
	a->pending_count = 0;
}

bool incident_has_key(const struct incident *i, const struct alert_key *key)
{
	for (size_t n = 0; n < i->key_count; n++)
		if (i->keys[n].actor_id == key->actor_id && i->keys[n].dest_id == key->dest_id)
			return true;
	return false;
}

bool incident_add_key(struct incident *i, const struct alert_key *key)
{
	if (incident_has_key(i, key) || i->key_count == ALERT_KEYS_MAX)
		return false;
	i->keys[i->key_count++] = *key;
	return true;
}

bool incident_has_actor(const struct incident *i, uint64_t actor_id)
{
	for (size_t n = 0; n < i->key_count; n++)
		if (actor_id ? i->keys[n].actor_id == actor_id : i->keys[n].actor_id != 0)
			return true;
	return false;
}

bool incident_has_dest(const struct incident *i)
{
	for (size_t n = 0; n < i->key_count; n++)
		if (i->keys[n].dest_id)
			return true;
	return false;
}

struct alert_key finding_key(const struct finding *f)
{
	struct alert_key key = { 0, 0 };

	/* HOST has no key; who read is not who sends (READ) */
	if (f->kind == SERIES_BUDGET)
		return key; /* whoever was the last to add to it */
	if (f->actor && f->kind != SERIES_HOST && f->kind != SERIES_READ)
		key.actor_id = f->actor->id;
	if (f->dest && (f->kind == SERIES_PAIR || f->kind == SERIES_NOVEL))
		key.dest_id = f->dest->id;
	return key;
}

unsigned int finding_rank(const struct finding *f)
{
	static const unsigned char ranks[SERIES_KINDS] = {
		[SERIES_PAIR] = 0, [SERIES_NOVEL] = 1, [SERIES_FAN] = 2,    [SERIES_ACTOR] = 3,
		[SERIES_READ] = 4, [SERIES_HOST] = 5,  [SERIES_BUDGET] = 6,
	};

	return f->kind < SERIES_KINDS ? ranks[f->kind] : SERIES_KINDS;
}

/* Whether what `part` sent is a good part (a quarter) of what `whole` did. */
static bool explains(const struct finding *part, const struct finding *whole)
{
	if (whole->kind == SERIES_READ || whole->kind == SERIES_FAN || part->kind == SERIES_FAN)
		return true;
	if (part->horizon == whole->horizon && part->value_bytes >= whole->value_bytes / 4)
		return true;
	return part->day_bytes >= whole->day_bytes / 4;
}

/* Loud now before loud once; then specific, loud, high score, low id. */
static bool more_telling(const struct member *x, const struct member *y)
{
	if ((x->level > EG_LEVEL_NONE) != (y->level > EG_LEVEL_NONE))
		return x->level > EG_LEVEL_NONE;
	if (finding_rank(&x->last) != finding_rank(&y->last))
		return finding_rank(&x->last) < finding_rank(&y->last);
	if (x->last.level != y->last.level)
		return x->last.level > y->last.level;
	if (x->last.score_milli != y->last.score_milli)
		return x->last.score_milli > y->last.score_milli;
	return x->series_id < y->series_id;
}

struct member *incident_headline(const struct incident *i)
{
	struct member *best = i->members;

	for (struct member *m = i->members; m; m = m->next)
		if (more_telling(m, best))
			best = m;
	for (struct member *m = i->members; m; m = m->next)
		if (m->level > best->level && !explains(&best->last, &m->last))
			best = m;
	return best;
}
