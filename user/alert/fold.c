/* SPDX-License-Identifier: Apache-2.0
 *
 * Which incident a newly loud series belongs to. Two rules pull against each other:
 * one theft must be one incident, and an open incident must never mask a second
 * theft. So what measures the same bytes folds in at any time; what differs in
 * actor is an incident of its own, and so is each budget; a further destination of the same actor folds
 * in for fold_s (and is told, see lifecycle.c), later it is its own.
 */
#include "alert/incident.h"

static bool recent(const struct alerts *a, const struct incident *i, int64_t now)
{
	return now - i->joined_ts <= (int64_t)a->params.fold_s;
}

static uint64_t largest_member(const struct incident *i)
{
	uint64_t largest = 0;

	for (const struct member *m = i->members; m; m = m->next)
		if (m->last.kind != SERIES_FAN && m->last.value_bytes > largest)
			largest = m->last.value_bytes;
	return largest;
}

static bool has_reader(const struct incident *i, const struct actor *actor)
{
	for (const struct member *m = i->members; m; m = m->next)
		if (m->last.kind == SERIES_READ && actor && m->last.actor == actor)
			return true;
	return false;
}

static bool is_budget(const struct incident *i)
{
	return i->members && i->members->last.kind == SERIES_BUDGET;
}

/* How well the series fits: 0 = not at all. */
static unsigned int fit(const struct alerts *a, const struct incident *i, const struct finding *f,
			int64_t now)
{
	struct alert_key key = finding_key(f);

	if (f->kind == SERIES_BUDGET || is_budget(i))
		return 0;
	if (f->kind == SERIES_HOST)
		return 1;
	if (f->kind == SERIES_READ)
		return incident_has_actor(i, f->actor ? f->actor->id : 0) ? 2 : recent(a, i, now);
	if (!incident_has_actor(i, 0)) /* host or read files only, so far */
		return !recent(a, i, now) ? 0 : has_reader(i, f->actor) ? 2 : 1;
	if (!incident_has_actor(i, key.actor_id))
		return 0;
	if (!key.dest_id || !incident_has_dest(i) || incident_has_key(i, &key))
		return 3;
	return recent(a, i, now) ? 2 : 0;
}

static struct incident *best_fit(const struct alerts *a, const struct finding *f, int64_t now,
				 bool closed)
{
	struct incident *best = NULL;
	unsigned int best_fit = 0;

	for (struct incident *i = a->incidents; i; i = i->next) {
		unsigned int n = (i->closed_ts != 0) == closed ? fit(a, i, f, now) : 0;

		if (n > best_fit ||
		    (n && n == best_fit && largest_member(i) > largest_member(best))) {
			best = i;
			best_fit = n;
		}
	}
	return best;
}

struct incident *alerts_fold(const struct alerts *a, const struct finding *f, int64_t now)
{
	return best_fit(a, f, now, false);
}

struct incident *alerts_fold_closed(const struct alerts *a, const struct finding *f, int64_t now)
{
	const struct member *m = alerts_find_member(a, f->series_id);
	struct alert_key key = finding_key(f);

	(void)now; /* closed incidents are forgotten after reopen_s */
	if (m && m->incident->closed_ts)
		return m->incident;
	for (struct incident *i = a->incidents; i; i = i->next)
		if (i->closed_ts && key.actor_id && incident_has_key(i, &key))
			return i;
	return NULL;
}
