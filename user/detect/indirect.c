// SPDX-License-Identifier: Apache-2.0
/*
 * Evidence beside the peaks: an hour far above what its hour of the week usually
 * brings, and a quietest hour that has risen. Each speaks only for a series that
 * has kept to it, since many servers have no week and no quiet hour.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	STEADY_FLOOR_PART = 2, /* of F_1d */
	STEADY_WARM_DAYS = 14,
	FEED_PART = 5,            /* a regular feed's quietest hour rises by a fifth at most */
	POINTS_MAX_MILLI = 15000, /* a ticket, never a page */
	POINTS_MILD_MILLI = 9999, /* a notice */
	/* Of the busiest hour of the week. */
	QUIET_HOUR_PART = 3,
	BUSY_HOUR_PART = 2,
	USUAL_MILLI = 1000,
};

/* Bits 1 to 27 of a day mask. */
static const uint32_t past_days = 0x0ffffffeU;

bool core_week_speaks(const struct engine *e, const struct series *s)
{
	return e->learned[WARM_HORIZON] >= WEEK_LEARN_DAYS + s->cold_days &&
	       !(s->odd_days & past_days);
}

bool core_steady_is_warm(const struct engine *e, const struct series *s)
{
	return e->learned[WARM_HORIZON] >= STEADY_WARM_DAYS + s->cold_days;
}

uint64_t core_steady_floor_kib(const struct engine *e, const struct series *s)
{
	return MAX(core_floors_kib(e, s)[H_1D] / STEADY_FLOOR_PART, 1ULL);
}

uint64_t core_steady_allowed_kib(const struct engine *e, const struct series *s)
{
	uint64_t floor = core_steady_floor_kib(e, s), peak = s->steady.peak_kib;

	return s->usual_kind == USUAL_FEED ? peak + MAX(peak / FEED_PART, floor)
					   : steady_allowed_kib(&s->steady, floor);
}

int32_t core_points_milli(const struct peak *peak)
{
	uint64_t usual = peak->excess ? peak->baseline_kib : 0;
	int32_t points = fixed_points_milli(peak->value_kib - usual, peak->allowed_kib - usual);

	if (peak->evidence == EVIDENCE_PEAK)
		return points;
	return MIN(points, (int32_t)(peak->mild ? POINTS_MILD_MILLI : POINTS_MAX_MILLI));
}

static uint32_t week_factor_milli(const struct engine *e, const struct series *s)
{
	uint32_t loose = e->params->week_factor_milli;

	/* Once what is usual is always allowed, whatever was configured. */
	return s->loose_days & past_days ? loose : MAX(loose / WEEK_TIGHT_PART, USUAL_MILLI);
}

/* A smaller hour says nothing. A job has no business outside its hours. */
static uint64_t week_floor_kib(const struct engine *e, const struct series *s)
{
	uint64_t floor = core_floors_kib(e, s)[H_1H];

	return s->usual_kind == USUAL_JOB ? floor : fixed_mul_milli(floor, week_factor_milli(e, s));
}

/* A job that is larger once a week may be so on any night: its day is judged as a whole. */
static uint64_t week_usual_kib(const struct engine *e, const struct series *s)
{
	uint32_t hour = e->clock.index[RING_TIERS - 2];

	return s->usual_kind == USUAL_JOB ? weekslot_daily_kib(&s->week, hour)
					  : weekslot_peak_kib(&s->week, hour);
}

/* What its own hour brings says more than the hours beside it, which are there for clocks
 * that change and jobs that are late, where that is little. Campaigns and month ends lift
 * the busy hours, and a crowd lifts all of them. */
static bool is_quiet_hour(const struct engine *e, const struct series *s, uint64_t own_kib)
{
	return s->kind == SERIES_PAIR && s->dest && s->usual_kind != USUAL_JOB &&
	       own_kib <= weekslot_largest_kib(&s->week) / QUIET_HOUR_PART && !core_in_crowd(e, s);
}

/* Inside the house a busy hour may be busier, and one that is neither busy nor quiet may
 * be as two of the busiest: a replica while tables are rewritten, a month's end. */
static bool may_be_busier(const struct series *s, uint64_t own_kib, uint64_t value_kib)
{
	uint64_t largest = weekslot_largest_kib(&s->week);

	return s->cls == CLASS_INTERNAL &&
	       (own_kib > largest / BUSY_HOUR_PART ||
		(own_kib > largest / QUIET_HOUR_PART && value_kib < largest * 2));
}

static void week_peak(const struct engine *e, const struct series *s, struct peak *ret)
{
	uint32_t factor = week_factor_milli(e, s);
	uint64_t floor = week_floor_kib(e, s);
	uint64_t usual, own, allowed, value = s->ring.sum_kib[H_1H];
	bool quiet;

	ret->any = false;
	if (value < floor || e->first_horizon > H_1H || !core_week_speaks(e, s))
		return;
	usual = week_usual_kib(e, s);
	if (value < fixed_mul_milli(usual, factor))
		return;
	own = weekslot_own_kib(&s->week, e->clock.index[RING_TIERS - 2]);
	quiet = is_quiet_hour(e, s, own);
	usual = quiet ? own : usual;
	allowed = MAX(fixed_mul_milli(usual, factor), floor);
	*ret = (struct peak){
		.evidence = EVIDENCE_WEEK,
		.horizon = H_1H,
		.value_kib = value,
		.allowed_kib = allowed,
		.baseline_kib = usual,
		.warm = true,
		.excess = quiet && allowed > own, /* with a factor of 1 there is none */
		.mild = may_be_busier(s, own, value),
		.any = true,
	};
}

static void steady_peak(const struct engine *e, const struct series *s, struct peak *ret)
{
	uint64_t value = s->steady.value_kib, allowed;
	bool feed = s->usual_kind == USUAL_FEED;

	ret->any = false;
	/* What has a level already goes on being judged, or a leak would fall silent. */
	if (value < e->minimum_kib || e->first_horizon > H_1H || !core_steady_is_warm(e, s) ||
	    (steady_is_fickle(&s->steady) && s->level == EG_LEVEL_NONE) || core_in_crowd(e, s))
		return;
	allowed = core_steady_allowed_kib(e, s);
	if (value < allowed)
		return;
	*ret = (struct peak){
		.evidence = EVIDENCE_STEADY,
		.horizon = H_1D,
		.value_kib = value,
		.allowed_kib = allowed,
		.baseline_kib = s->steady.peak_kib,
		.warm = true,
		.excess = feed,
		.mild = s->cls == CLASS_INTERNAL,
		.any = true,
	};
}

static uint64_t room_below(uint64_t value, uint64_t limit)
{
	return value < limit ? limit - value : 0;
}

uint64_t core_indirect_room_kib(const struct engine *e, const struct series *s, uint64_t room)
{
	uint64_t hour_kib = s->ring.sum_kib[H_1H], floor;
	struct peak steady;

	steady_peak(e, s, &steady);
	if (steady.any || s->drifts)
		return 0;
	floor = week_floor_kib(e, s);
	/* The usual hour need not be looked up where even the floor leaves enough. */
	if (room_below(hour_kib, floor) < room && core_week_speaks(e, s)) {
		uint64_t usual = fixed_mul_milli(week_usual_kib(e, s), week_factor_milli(e, s));

		room = MIN(room, room_below(hour_kib, MAX(usual, floor)));
	}
	if (s->usual_kind != USUAL_NONE)
		room = MIN(room, room_below(s->ring.day_kib[e->clock.position[RING_TIERS - 1]],
					    s->usual_kib));
	return room;
}

bool core_indirect(const struct engine *e, const struct series *s, const struct peak *direct,
		   struct peak *ret)
{
	static const enum eg_rule rules[] = { EG_RULE_WEEK, EG_RULE_STEADY, EG_RULE_USUAL,
					      EG_RULE_DRIFT };
	struct peak found[4];

	if (s->kind == SERIES_FAN)
		return false;
	week_peak(e, s, &found[0]);
	steady_peak(e, s, &found[1]);
	core_usual_peak(e, s, &found[2]);
	core_drift_peak(e, s, &found[3]);
	ret->any = false;
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		if (found[i].any && e->params->rule[rules[i]] &&
		    (!ret->any || core_points_milli(&found[i]) > core_points_milli(ret)))
			*ret = found[i];
	if (!ret->any)
		return false;
	return !direct->any || core_points_milli(ret) > core_points_milli(direct);
}
