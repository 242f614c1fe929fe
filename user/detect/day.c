// SPDX-License-Identifier: Apache-2.0
/*
 * The end of a UTC day: what every series learns from it, and what it does not.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	/* A day of which more than a fifth was not seen teaches nothing. */
	MISSED_LIMIT_S = DAY_S / 5,
	ANCHOR_DAYS = 28,
	YESTERDAY = 1 << 1, /* in a mask of days, before it moves on */
	/* Alert days within two weeks: then it is no event any more, whatever it is. */
	SUSTAINED_DAYS = 3,
	/* Two weeks must have been seen before an hour can break the habit of its week. */
	WEEK_JUDGE_DAYS = 14,
	NO_GROWTH_MILLI = 1000,
	WEEK_FLOOR_PART = 16, /* of F_1h: smaller hours break no habit */
};

/* Bits 1 to 14 of a day mask. */
static const uint32_t two_weeks = 0x7ffeU;

static uint32_t learned_mask(const struct engine *e)
{
	uint32_t mask = 0;

	if (e->gap_s > MISSED_LIMIT_S)
		return 0;
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (e->off_s[h] <= MISSED_LIMIT_S)
			mask |= 1U << h;
	return mask;
}

/* Whether an hour of the day that ends was so many times above what its slot knows. */
static bool broke_habit(const struct engine *e, const struct series *s, uint32_t milli)
{
	uint64_t floor = core_floors_kib(e, s)[H_1H] / WEEK_FLOOR_PART;

	for (uint32_t hour = 0; hour < RING_HOURS; hour++) {
		uint64_t kib = s->ring.slot_kib[RING_HOURS_FIRST + hour];

		if (kib > floor &&
		    kib > fixed_mul_milli(weekslot_peak_kib(&s->week, e->day * 24 + hour), milli))
			return true;
	}
	return false;
}

/* What the operator and the day's alerts leave of learning. */
static void rule_learning(const struct engine *e, const struct series *s, struct envelope_day *day)
{
	day->floor_kib = core_floors_kib(e, s);
	day->warm_mask = core_warm_mask(e, s);
	/* The first week must be learned even where it looks odd, or nothing ever is: only
	 * a page stops that, and not one that goes on for days. */
	day->frozen = day->warm_mask & (1U << WARM_HORIZON)
			      ? s->alerted
			      : s->paged && __builtin_popcount(s->alert_days & two_weeks) <
						    SUSTAINED_DAYS;
	/* A day after an alert still has that day in its windows. */
	day->adopt = s->approved_days == APPROVED_DAYS ||
		     (s->approved_days && !s->alerted && !(s->alert_days & YESTERDAY));
	day->pinned = s->declined;
	day->frozen = s->declined || (day->frozen && !day->adopt);
}

/* A regular feed's quietest hour grows with its business, but not on days that are told:
 * a leak that grows slower than the clamp must not be learned. */
static uint32_t steady_growth(const struct engine *e, const struct series *s,
			      const struct envelope_day *day)
{
	bool told =
		s->usual_kind == USUAL_FEED && s->steady.today_kib >= core_steady_allowed_kib(e, s);

	return told ? NO_GROWTH_MILLI : day->growth_milli;
}

/* Returns whether growth was held back. */
static bool learn(const struct engine *e, struct series *s, const struct envelope_day *day)
{
	struct steady_day steady = {
		.floor_kib = core_steady_floor_kib(e, s),
		.decay_q32 = day->decay_q32,
		.growth_milli = steady_growth(e, s, day),
		.warm = core_steady_is_warm(e, s),
		.frozen = day->frozen,
		.adopt = day->adopt,
	};
	bool held = envelope_day_end(&s->envelope, day) != 0;

	steady_day_end(&s->steady, &steady);
	if (e->learned[WARM_HORIZON] >= WEEK_JUDGE_DAYS + s->cold_days) {
		s->odd_days |= broke_habit(e, s, e->params->week_factor_milli);
		s->loose_days |= broke_habit(e, s, WEEK_LOOSE_MILLI);
	}
	weekslot_day_end(&s->week, &s->ring.slot_kib[RING_HOURS_FIRST], e->day, day->frozen);
	if (!day->adopt)
		core_usual_note(e, s);
	return held;
}

static void series_day_end(struct engine *e, struct series *s, const struct ring_clock *last,
			   struct envelope_day *day)
{
	bool held = false;

	core_series_advance(e, s, last);
	rule_learning(e, s, day);
	if (day->learned_mask)
		held = learn(e, s, day);
	s->alert_days = (s->alert_days | (s->alerted && day->frozen)) << 1;
	s->held_days = (s->held_days | held) << 1;
	s->odd_days <<= 1;
	s->loose_days <<= 1;
	s->usual_above_days <<= 1;
	s->steady.above_days <<= 1;
	s->dest_weight_bytes /= 2;
	if (!day->learned_mask)
		return;
	s->alerted = s->paged = false;
	if (s->approved_days)
		s->approved_days--;
}

/* Moves the engine's own counts into the next day. */
static void next_day(struct engine *e, const struct envelope_day *day,
		     const struct ring_clock *first)
{
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (day->learned_mask & (1U << h) && e->learned[h] < UINT16_MAX)
			e->learned[h]++;
	core_warm(e);
	memset(e->off_s, 0, sizeof(e->off_s));
	e->gap_s = 0;
	e->seen_days = (e->seen_days | (day->learned_mask != 0)) << 1;
	e->db_of_day[e->day % RING_DAYS] = e->db_bytes;
	e->day++;
	e->clock = *first;
}

void core_day_end(struct engine *e)
{
	struct envelope_day day = {
		.decay_q32 = e->decay_q32,
		.growth_milli = e->params->growth_milli,
		.learned_mask = learned_mask(e),
	};
	struct ring_clock last, next;

	day.anchor_due = (e->learned[WARM_HORIZON] + 1) % ANCHOR_DAYS == 0;
	ring_clock_set(&last, (e->day + 1) * (uint32_t)DAY_S - 1);
	ring_clock_set(&next, (e->day + 1) * (uint32_t)DAY_S);
	for (uint32_t i = 0; i < e->series_used; i++)
		if (e->series[i].id)
			series_day_end(e, &e->series[i], &last, &day);
	next_day(e, &day, &next);
	for (uint32_t i = 0; i < e->series_used; i++) {
		struct series *s = &e->series[i];

		if (!s->id)
			continue;
		core_series_advance(e, s, &next);
		core_recall(e, s);
		envelope_observe(&s->envelope, s->ring.sum_kib, e->first_horizon);
	}
	core_pairs_day_end(e);
	core_reclaim(e);
}

/* Of four weeks; while fewer days are known, as large a part of them: a weekly job has a
 * habit before it has run three times. */
static unsigned int habit_days(const struct engine *e)
{
	unsigned int known = MIN(e->learned[WARM_HORIZON], (uint16_t)RING_DAYS);

	return MAX((known * HABIT_DAYS + RING_DAYS / 2) / RING_DAYS, 1U);
}

void core_recall(const struct engine *e, struct series *s)
{
	series_find_habit(s, habit_days(e));
	core_usual_find(e, s);
	core_drift_find(e, s);
	s->newness = NEWNESS_NOT_ASKED;
	s->fan_minute = 0;
	s->calm_kib = 0;
}
