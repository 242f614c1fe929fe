// SPDX-License-Identifier: Apache-2.0
/*
 * The context table: circumstances that make a volume more or less remarkable, as
 * points that add up. Ten points halve the allowance.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	/* A habit: three of the last 28 days with a quarter of the daily floor, or with
	 * half of what it sent in the last 24 h. */
	USUAL_FLOOR_PART = 4,
	USUAL_TODAY_PART = 2,
	OFF_HOURS_FACTOR = 4,
};

/* Sent bytes that unlock a page while cold, beside 1 % of the database. */
static const uint64_t cold_share_kib = 256ULL * 1000 * 1000 / 1024;

/* Whether a series often moves about as much as it does now. */
static bool is_habit(const struct engine *e, const struct series *s)
{
	uint64_t floor_part = e->floor_kib[H_1D] / USUAL_FLOOR_PART;
	uint64_t today_part = s->ring.sum_kib[H_1D] / USUAL_TODAY_PART;

	return s->habit_kib && s->habit_kib >= MIN(floor_part, today_part);
}

/* The actor sends in none of its classes as much as often. */
static bool actor_is_unusual(const struct engine *e, const struct actor_record *r)
{
	for (unsigned int c = 0; c < CLASSES; c++) {
		struct series *s = core_at(e, r->volume[c]);

		if (!s)
			continue;
		series_settle(s);
		if (is_habit(e, s))
			return false;
	}
	return true;
}

static bool public_is_small(const struct engine *e, const struct actor_record *r)
{
	const struct series *s = core_at(e, r->volume[CLASS_PUBLIC]);

	return !s || s->envelope.peak_kib[H_1D] < e->floor_kib[H_1D];
}

/* It reads about as much of the database as it sends, and more than it should. */
static bool is_read_coupled(struct engine *e, const struct actor_record *r)
{
	struct series *read = core_at(e, r->read);
	uint64_t sent_kib = 0, read_kib;
	struct peak peak;

	/* While its reads are not known, a database reads about what it sends. */
	if (!read || !core_is_warm(e, read))
		return false;
	series_advance(read, &e->clock);
	core_peak(e, read, &peak);
	if (!peak.any || peak.value_kib < peak.allowed_kib)
		return false;
	for (unsigned int c = 0; c < CLASSES; c++) {
		struct series *s = core_at(e, r->volume[c]);

		if (!s)
			continue;
		series_settle(s);
		sent_kib += s->ring.sum_kib[H_1H];
	}
	read_kib = read->ring.sum_kib[H_1H];
	return read_kib && sent_kib >= read_kib * 3 / 10 && sent_kib <= read_kib * 3;
}

static bool is_off_hours(const struct engine *e, const struct series *s, const struct peak *peak)
{
	uint64_t hour_kib = s->ring.sum_kib[H_1H];

	/* Not twice for the same thing, not inside the house, where the hour speaks for
	 * itself, and not for what has no week: a newcomer. A host that sends nothing is
	 * no newcomer. */
	if (peak->evidence == EVIDENCE_WEEK || s->cls == CLASS_INTERNAL ||
	    !core_week_speaks(e, s) || (s->kind != SERIES_HOST && !s->habit_kib))
		return false;
	return hour_kib >= e->minimum_kib &&
	       weekslot_peak_kib(&s->week, e->clock.index[RING_TIERS - 2]) <
		       hour_kib / OFF_HOURS_FACTOR;
}

/* What the ledger said today still holds if it has never had to forget anybody: 4 % of a
 * series' time went into asking again. */
static bool ledger_says_new(const struct engine *e, const struct series *s)
{
	if (s->newness != NEWNESS_NOT_ASKED && !e->ledger.evictions)
		return s->newness == NEWNESS_NEW;
	return ledger_is_new(&e->ledger, s->dest->id, (uint16_t)e->day);
}

bool core_dest_is_new(const struct engine *e, const struct series *s)
{
	const struct actor_record *r = core_record(e, s);

	return s->kind == SERIES_PAIR && s->dest && ledger_says_new(e, s) &&
	       !core_is_application(e, r ? r->actor : NULL, s->dest);
}

/* Not where the actor gives new destinations as much as this all the time, and inside
 * the house not where only the hours are new. */
static bool is_news(const struct engine *e, const struct series *s, const struct peak *peak)
{
	const struct series *novel = core_witness(e, s);

	if (s->cls == CLASS_INTERNAL && peak->evidence != EVIDENCE_PEAK)
		return false;
	return !novel || core_vouched_kib(novel, peak->horizon) < peak->value_kib;
}

/* Hosts of ours come and go: a new one inside is hardly news. */
static int32_t points_of(const struct engine *e, const struct series *s, enum eg_context context)
{
	int32_t points = e->params->context_points[context];

	return context == EG_CTX_NEW_DEST && s->cls == CLASS_INTERNAL ? points / 6 : points;
}

/* What a share of the database is measured by: all that one destination got lately,
 * all that a cold series is judged by, else the horizon that stands out. */
static uint64_t moved_kib(const struct engine *e, const struct series *s, const struct peak *peak)
{
	if (s->kind == SERIES_PAIR && s->dest)
		return s->ring.sum_kib[H_28D];
	return core_is_warm(e, s) ? peak->value_kib : MAX(s->ring.sum_kib[H_6H], peak->value_kib);
}

bool core_share_reached(const struct engine *e, const struct series *s, const struct peak *peak)
{
	uint64_t share = fixed_mul_milli(e->db_bytes >> 10, e->params->share_page_milli);

	return e->db_bytes && share && s->cls == CLASS_PUBLIC && moved_kib(e, s, peak) >= share;
}

static void add_point(const struct engine *e, const struct series *s, struct finding *f,
		      enum eg_context context, bool holds)
{
	int32_t points = points_of(e, s, context);

	if (holds && points)
		f->points[f->point_count++] = (struct finding_point){ (uint8_t)context, points };
}

int32_t core_context_bound(const struct engine *e, const struct series *s)
{
	const int32_t *points = e->params->context_points;
	const struct actor_record *r = core_record(e, s);
	int32_t sum = s->kind == SERIES_READ ? 0 : MAX(points[EG_CTX_OFF_HOURS], 0);

	if (s->kind == SERIES_FAN)
		return 0;
	if (!r || s->kind == SERIES_READ)
		return MIN(sum, e->params->context_cap);
	if (actor_is_unusual(e, r))
		sum += MAX(points[EG_CTX_UNUSUAL_ACTOR], 0);
	if (r->actor->is_tool && !is_habit(e, s))
		sum += MAX(points[EG_CTX_TOOL], 0);
	if (s->cls == CLASS_PUBLIC)
		sum += MAX(points[EG_CTX_FIRST_PUBLIC], 0);
	if (r->read != SERIES_NONE)
		sum += MAX(points[EG_CTX_READ_COUPLED], 0);
	if (r->fan_series != SERIES_NONE)
		sum += MAX(points[EG_CTX_FAN], 0);
	if (core_dest_is_new(e, s))
		sum += MAX(points_of(e, s, EG_CTX_NEW_DEST), 0);
	return MIN(sum, e->params->context_cap);
}

/* The cap is on what speaks for an alert; what speaks against it counts in full. */
static int32_t sum_points(const struct params_detect *p, const struct finding *f)
{
	int32_t against = 0, sum = 0;

	for (size_t i = 0; i < f->point_count; i++) {
		if (f->points[i].points < 0)
			against += f->points[i].points;
		else
			sum += f->points[i].points;
	}
	return MIN(sum, p->context_cap) + against;
}

int32_t core_context(struct engine *e, struct series *s, const struct peak *peak, struct finding *f,
		     bool *ret_unlocked)
{
	const struct actor_record *r = core_record(e, s);
	bool sends = r && s->kind != SERIES_READ;
	bool tool = sends && r->actor->is_tool && !is_habit(e, s);
	/* ... which is what a backup does */
	bool coupled = sends && s->usual_kind != USUAL_JOB && is_read_coupled(e, r);
	bool warm = core_is_warm(e, s);
	/* With an actor: the host's sum cannot tell a theft from the first night. */
	bool share =
		sends && core_share_reached(e, s, peak) && moved_kib(e, s, peak) >= cold_share_kib;
	bool newness = warm || tool || coupled || share;

	*ret_unlocked = newness;
	f->point_count = 0;
	if (s->kind == SERIES_FAN)
		return 0; /* a count is judged as it is: it is context itself */
	add_point(e, s, f, EG_CTX_NEW_DEST,
		  newness && core_dest_is_new(e, s) && is_news(e, s, peak));
	add_point(e, s, f, EG_CTX_UNUSUAL_ACTOR, newness && sends && actor_is_unusual(e, r));
	add_point(e, s, f, EG_CTX_TOOL, tool);
	add_point(e, s, f, EG_CTX_FIRST_PUBLIC,
		  sends && s->cls == CLASS_PUBLIC && public_is_small(e, r));
	add_point(e, s, f, EG_CTX_READ_COUPLED, coupled);
	/* more clients than ever are what a campaign is, where clients come and go */
	add_point(e, s, f, EG_CTX_FAN,
		  sends && core_fan_is_over(e, r) && !core_meets_any(e, s->actor));
	add_point(e, s, f, EG_CTX_OFF_HOURS, s->kind != SERIES_READ && is_off_hours(e, s, peak));
	add_point(e, s, f, EG_CTX_DECLARED, core_is_declared(e, s));
	add_point(e, s, f, EG_CTX_ROLE, core_is_role(e, s, peak->horizon));
	return sum_points(e->params, f);
}
