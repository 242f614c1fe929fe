// SPDX-License-Identifier: Apache-2.0
/*
 * The score of one series: how far the horizon that stands out most is above its
 * allowance, plus context; and the level that follows.
 */
#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	/* A series that had a level is reported until it has been below half of its
	 * allowance for longer than any alert waits before it closes (24 h). */
	WATCH_S = 26 * 3600,
	QUIET_RATIO_MILLI = 500,
	MILLI = 1000,
	BURST_POINTS = 10, /* twice as much */
};

static unsigned int doublings(int32_t points)
{
	return (unsigned int)MIN((MAX(points, 0) + 9) / 10, 40);
}

static void find_calm(const struct engine *e, struct series *s, const struct bounds *bounds,
		      unsigned int lift)
{
	s->calm_at = (uint16_t)e->clock.index[1];
	s->calm_kib = e->params->notice_score < 0 ? 0 : core_room_kib(e, s, bounds, lift);
}

/* Even all context points it could get would not lift it to a notice. */
static bool is_hopeless(const struct engine *e, const struct peak *peak, int32_t context)
{
	unsigned int lift = doublings(context - e->params->notice_score);

	if (!peak->any)
		return true;
	/* A negative threshold for notices wants everything judged. */
	return e->params->notice_score >= 0 && peak->value_kib < peak->allowed_kib >> lift;
}

/* While cold, newness proves nothing: a ticket at most, and not that for what stays in
 * the house. Inside it wakes nobody by its volume alone either: who and how must be
 * strange too, say an unusual actor with a dump tool. */
static void cap_level(const struct params_detect *p, const struct series *s, int32_t points,
		      bool learning, struct finding *f)
{
	bool internal = s->cls == CLASS_INTERNAL;
	enum eg_level most = EG_LEVEL_PAGE;

	if (learning)
		most = internal ? EG_LEVEL_NOTICE : EG_LEVEL_TICKET;
	else if (internal && points < (int32_t)p->internal_page_points)
		most = EG_LEVEL_TICKET;
	f->capped = learning && f->level > most;
	f->level = MIN(f->level, most);
}

/* A new destination, or new ones where those are rare. */
static bool goes_to_news(const struct engine *e, const struct series *s)
{
	if (s->kind == SERIES_NOVEL)
		return !core_meets_many(e, s->actor, s->init, s->cls);
	return core_dest_is_new(e, s);
}

/* A few hours of more than ever, to those inside the house who always get something: a
 * replica while tables are rewritten, a batch. It takes more to be a ticket. */
static bool is_acquainted_burst(const struct engine *e, const struct series *s,
				const struct peak *peak)
{
	if (s->cls != CLASS_INTERNAL || peak->evidence != EVIDENCE_PEAK || peak->horizon >= H_1D)
		return false;
	return s->kind == SERIES_HOST || s->kind == SERIES_ACTOR ||
	       (s->kind == SERIES_PAIR && s->habit_kib && !core_dest_is_new(e, s));
}

static void decide_level(struct engine *e, struct series *s, const struct peak *peak,
			 struct finding *f)
{
	bool unlocked, warm = core_is_warm(e, s);
	int32_t points = core_context(e, s, peak, f, &unlocked);

	f->volume_milli = core_points_milli(peak);
	f->score_milli = f->volume_milli + points * MILLI;
	f->level = core_level(e->params, f->score_milli);
	/* A hundredth of the database to a new public place is never a small thing. */
	if (f->level >= EG_LEVEL_NOTICE && core_share_reached(e, s, peak) && goes_to_news(e, s))
		f->level = EG_LEVEL_PAGE;
	cap_level(e->params, s, points, !warm && !unlocked, f);
	if (peak->evidence == EVIDENCE_DRIFT)
		f->level = s->cls == CLASS_PUBLIC ? EG_LEVEL_TICKET : EG_LEVEL_NOTICE;
	if (is_acquainted_burst(e, s, peak) &&
	    f->score_milli < ((int32_t)e->params->ticket_score + BURST_POINTS) * MILLI)
		f->level = MIN(f->level, EG_LEVEL_NOTICE);
	if (core_usual_waits(e, s, peak))
		f->level = MIN(f->level, EG_LEVEL_NOTICE);
	if (s->kind == SERIES_READ)
		f->level = MIN(f->level, EG_LEVEL_NOTICE);
	/* Many destinations and next to no bytes are worth a look, not a night. */
	if (s->kind == SERIES_FAN)
		f->level = MIN(f->level, EG_LEVEL_TICKET);
}

/* Its own ring holds no bytes: what the actor sent, in all classes. */
static uint64_t fan_day_bytes(const struct engine *e, const struct actor_record *r)
{
	uint64_t sum = 0;

	for (unsigned int c = 0; c < CLASSES; c++) {
		struct series *s = core_at(e, r->volume[c]);

		if (!s)
			continue;
		series_settle(s);
		sum = fixed_add(sum, core_bytes(s->ring.sum_kib[H_1D]));
	}
	return sum;
}

/* To the byte where it was given so. */
static uint64_t floor_bytes(const struct engine *e, const struct series *s, unsigned int h)
{
	if (s->cls == CLASS_INTERNAL)
		return core_bytes(core_floors_kib(e, s)[h]);
	return s->kind == SERIES_NOVEL ? e->novel_floor_bytes[h] : e->floor_bytes[h];
}

/* Windows, envelope and week as one number: evidence that a replay judged the same. */
static uint64_t state_hash(const struct series *s)
{
	struct {
		uint64_t id, value_kib[EG_HORIZONS], peak_kib[EG_HORIZONS], today_kib[EG_HORIZONS];
		uint64_t steady_kib[3];
		uint8_t week[WEEKSLOT_HOURS]; /* a multiple of 8: no padding behind it */
	} state = { .id = s->id };

	_Static_assert(WEEKSLOT_HOURS % 8 == 0, "no hidden bytes in what is hashed");
	memcpy(state.value_kib, s->ring.sum_kib, sizeof(state.value_kib));
	memcpy(state.peak_kib, s->envelope.peak_kib, sizeof(state.peak_kib));
	memcpy(state.today_kib, s->envelope.today_kib, sizeof(state.today_kib));
	state.steady_kib[0] = s->steady.value_kib;
	state.steady_kib[1] = s->steady.peak_kib;
	state.steady_kib[2] = s->steady.today_kib;
	memcpy(state.week, s->week.q, sizeof(state.week));
	return XXH3_64bits(&state, sizeof(state));
}

static void describe(struct engine *e, struct series *s, const struct peak *peak, struct finding *f)
{
	const struct actor_record *r = core_record(e, s);
	unsigned int h = peak->horizon;
	struct series *read = r ? core_at(e, r->read) : NULL;

	f->series_id = s->id;
	f->kind = s->kind;
	f->cls = s->cls;
	f->actor = r ? r->actor : NULL;
	f->dest = s->dest;
	f->init = s->init;
	f->port = s->port;
	f->horizon = (uint8_t)h;
	f->warm = peak->warm;
	f->value_bytes = core_amount(s, peak->value_kib);
	f->evidence = peak->evidence;
	f->baseline_bytes = core_amount(s, peak->baseline_kib);
	f->floor_bytes = peak->evidence == EVIDENCE_STEADY ? core_bytes(core_steady_floor_kib(e, s))
			 : s->kind == SERIES_FAN           ? e->params->fan_groups
							   : floor_bytes(e, s, h);
	/* The floor to the byte where it is what rules, not rounded to KiB. */
	f->allowed_bytes = peak->allowed_kib == f->floor_bytes >> 10
				   ? f->floor_bytes
				   : core_amount(s, peak->allowed_kib);
	f->tx_bytes = s->pending_bytes;
	/* with the part of a KiB that waits, so that a new destination's sum is exact */
	f->day_bytes = fixed_add(core_bytes(s->ring.sum_kib[H_1D]), s->ring.carry_bytes);
	if (s->kind == SERIES_FAN)
		f->day_bytes = fan_day_bytes(e, r);
	f->db_bytes = e->db_bytes;
	f->state_hash = state_hash(s);
	f->profile_age_days = e->learned[WARM_HORIZON];
	f->ratio_milli = fixed_ratio_milli(peak->value_kib, MAX(peak->allowed_kib, 1ULL));
	if (read) {
		series_advance(read, &e->clock);
		f->read_bytes = core_bytes(read->ring.sum_kib[h]);
	}
}

/* Keeps a series that has, or lately had, a level on the list alert/ is fed from. */
static bool keep_watch(struct engine *e, struct series *s, const struct finding *f)
{
	if (f->level > EG_LEVEL_NONE || (s->watch_until && f->ratio_milli >= QUIET_RATIO_MILLI)) {
		if (!s->watch_until)
			e->watched[e->watched_count++] = (uint32_t)(s - e->series);
		s->watch_until = (uint32_t)MIN(e->end_ts + WATCH_S, (int64_t)UINT32_MAX);
	}
	return s->watch_until != 0;
}

/* Replicas and backup targets are given days' worth at once when they were away or are
 * made anew, and so is whoever was away: with them, bursts are told and no more; what
 * counts is the day. */
static void forgive_burst(struct engine *e, struct series *s, const struct bounds *bounds,
			  struct peak *peak, struct finding *f)
{
	struct finding by_day = { .level = EG_LEVEL_NONE };
	struct peak day;

	if (f->level <= EG_LEVEL_NOTICE || peak->horizon >= H_1D ||
	    (!core_is_role(e, s, peak->horizon) && !core_catches_up(e, s, peak->horizon)))
		return;
	core_peak_from(e, s, bounds, H_1D, &day);
	if (day.any)
		decide_level(e, s, &day, &by_day);
	if (by_day.level > EG_LEVEL_NOTICE) {
		*f = by_day;
		*peak = day;
	} else {
		f->level = EG_LEVEL_NOTICE;
	}
}

/* With all the context it could get it still has room: the first look, and for many the last. */
static bool has_room(const struct engine *e, struct series *s, const struct bounds *bounds,
		     int32_t context)
{
	if (s->watch_until)
		return false;
	find_calm(e, s, bounds, doublings(context));
	return s->calm_kib > 0;
}

bool core_judge(struct engine *e, struct series *s, struct finding *ret)
{
	struct peak peak, indirect;
	struct bounds bounds;
	int32_t context;

	if (!e->params->rule[s->kind]) {
		s->level = EG_LEVEL_NONE;
		return false;
	}
	context = core_context_bound(e, s);
	core_bounds(e, s, &bounds);
	if (has_room(e, s, &bounds, context)) {
		s->level = EG_LEVEL_NONE;
		return false;
	}
	core_peak_from(e, s, &bounds, H_10S, &peak);
	if (core_indirect(e, s, &peak, &indirect))
		peak = indirect;
	if (is_hopeless(e, &peak, context) && !s->watch_until) {
		s->level = EG_LEVEL_NONE;
		return false;
	}
	*ret = (struct finding){ .level = EG_LEVEL_NONE };
	if (peak.any)
		decide_level(e, s, &peak, ret);
	if (!s->watch_until)
		find_calm(e, s, &bounds, doublings((ret->score_milli - ret->volume_milli) / MILLI));
	if (ret->level > EG_LEVEL_NOTICE)
		forgive_burst(e, s, &bounds, &peak, ret);
	s->level = (uint8_t)ret->level;
	if (ret->level == EG_LEVEL_NONE && !s->watch_until)
		return false;
	describe(e, s, &peak, ret);
	if (ret->level == EG_LEVEL_NONE)
		ret->ratio_milli = core_beyond_milli(e, s, &bounds);
	return keep_watch(e, s, ret);
}
