// SPDX-License-Identifier: Apache-2.0
/*
 * Time: where a tick lies, which horizons it can speak for, and what happens when
 * a UTC day ends. Silence is zeros and is gone through by day, not by second.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/core.h"

enum {
	/* A day of which more than a fifth was not seen teaches nothing. */
	MISSED_LIMIT_S = DAY_S / 5,
	/* Silence beyond this is not gone through: it counts as not seen. */
	SILENT_DAYS_LIMIT = 128,
	ANCHOR_DAYS = 28,
	YESTERDAY = 1 << 1, /* in a mask of days, before it moves on */
	/* Two weeks must have been seen before an hour can break the habit of its week. */
	WEEK_JUDGE_DAYS = 14,
	WEEK_FACTOR = 4,
	WEEK_FLOOR_PART = 16, /* of F_1h: smaller hours break no habit */
};

struct span {
	int64_t from, to;
};

static uint32_t overlap_with_day(const struct span *span, uint32_t day)
{
	int64_t from = MAX(span->from, (int64_t)day * DAY_S);
	int64_t to = MIN(span->to, (int64_t)(day + 1) * DAY_S);

	return to > from ? (uint32_t)(to - from) : 0;
}

void core_note_gap(struct engine *e, uint32_t seconds)
{
	e->gap_s = MIN(e->gap_s + MIN(seconds, (uint32_t)DAY_S), (uint32_t)DAY_S);
}

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

/* Whether an hour of the day that ends was far above what its slot knows. */
static bool broke_habit(const struct engine *e, const struct series *s)
{
	uint64_t floor = core_floors_kib(e, s)[H_1H] / WEEK_FLOOR_PART;

	for (uint32_t hour = 0; hour < RING_HOURS; hour++) {
		uint64_t kib = s->ring.slot_kib[RING_HOURS_FIRST + hour];

		if (kib > floor &&
		    kib / WEEK_FACTOR > weekslot_peak_kib(&s->week, e->day * 24 + hour))
			return true;
	}
	return false;
}

static void series_day_end(struct engine *e, struct series *s, const struct ring_clock *last,
			   struct envelope_day *day)
{
	bool held = false;

	core_series_advance(e, s, last);
	day->floor_kib = core_floors_kib(e, s);
	day->warm_mask = core_warm_mask(e, s);
	/* The first week must be learned even where it looks odd, or nothing ever is:
	 * only a page stops that. */
	day->frozen = day->warm_mask & (1U << WARM_HORIZON) ? s->alerted : s->paged;
	/* A day after an alert still has that day in its windows. */
	day->adopt = s->approved_days == APPROVED_DAYS ||
		     (s->approved_days && !s->alerted && !(s->alert_days & YESTERDAY));
	day->pinned = s->declined;
	day->frozen = s->declined || (day->frozen && !day->adopt);
	if (day->learned_mask) {
		struct steady_day steady = {
			.floor_kib = core_steady_floor_kib(e, s),
			.decay_q32 = day->decay_q32,
			.growth_milli = day->growth_milli,
			.warm = core_steady_is_warm(e, s),
			.frozen = day->frozen,
			.adopt = day->adopt,
		};

		held = envelope_day_end(&s->envelope, day) != 0;
		steady_day_end(&s->steady, &steady);
		if (e->learned[WARM_HORIZON] >= WEEK_JUDGE_DAYS + s->cold_days)
			s->odd_days |= broke_habit(e, s);
		weekslot_day_end(&s->week, &s->ring.slot_kib[RING_HOURS_FIRST], e->day,
				 day->frozen);
	}
	s->alert_days = (s->alert_days | s->alerted) << 1;
	s->held_days = (s->held_days | held) << 1;
	s->odd_days <<= 1;
	s->steady.above_days <<= 1;
	s->dest_weight_bytes /= 2;
	if (!day->learned_mask)
		return;
	s->alerted = s->paged = false;
	if (s->approved_days)
		s->approved_days--;
}

static void day_end(struct engine *e)
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
	for (uint32_t i = 0; i < e->series_used; i++) {
		struct series *s = &e->series[i];

		if (!s->id)
			continue;
		series_day_end(e, s, &last, &day);
		core_series_advance(e, s, &next);
		series_find_habit(s);
		envelope_observe(&s->envelope, s->ring.sum_kib, e->first_horizon);
	}
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (day.learned_mask & (1U << h) && e->learned[h] < UINT16_MAX)
			e->learned[h]++;
	core_warm(e);
	memset(e->off_s, 0, sizeof(e->off_s));
	e->gap_s = 0;
	e->day++;
	e->clock = next;
	core_pairs_day_end(e);
	core_reclaim(e);
}

/* Horizons shorter than the interval are off, and stay off until the lump of bytes
 * that a late tick brings has left them. */
static void set_first_horizon(struct engine *e, const struct tick *tick, int64_t end_ts)
{
	unsigned int first = 0;

	while (first < EG_HORIZONS && engine_horizon_s[first] < tick->interval_s)
		first++;
	if (end_ts > e->off_until)
		e->off_first = 0;
	if (first) {
		e->off_first = MAX(e->off_first, first);
		e->off_until = end_ts + engine_horizon_s[e->off_first - 1];
	}
	e->first_horizon = e->off_first;
	for (unsigned int h = 0; h < e->first_horizon; h++)
		e->off_s[h] =
			MIN(e->off_s[h] + MIN(tick->interval_s, (uint32_t)DAY_S), (uint32_t)DAY_S);
}

void core_advance(struct engine *e, const struct tick *tick)
{
	int64_t end_ts = tick->ts + tick->interval_s;
	uint32_t day = (uint32_t)((end_ts - 1) / DAY_S);
	struct span unseen = { 0, 0 };

	if (!e->started) {
		e->started = true;
		e->start_ts = tick->ts;
		e->day = day;
		unseen = (struct span){ (int64_t)day * DAY_S, tick->ts };
	} else if (e->resumed || day - e->day > SILENT_DAYS_LIMIT) {
		unseen = (struct span){ e->end_ts, tick->ts };
	}
	e->resumed = false;
	if (day - e->day > SILENT_DAYS_LIMIT) {
		core_note_gap(e, overlap_with_day(&unseen, e->day));
		day_end(e);
		e->day = day;
	}
	while (e->day < day) {
		core_note_gap(e, overlap_with_day(&unseen, e->day));
		day_end(e);
	}
	core_note_gap(e, overlap_with_day(&unseen, e->day));
	set_first_horizon(e, tick, end_ts);
	ring_clock_set(&e->clock, (uint32_t)(end_ts - 1));
	e->end_ts = end_ts;
}
