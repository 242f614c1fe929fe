// SPDX-License-Identifier: Apache-2.0
/*
 * Transfers that come to about the same every day: nightly jobs, and feeds to public
 * places. A peak held for weeks is a poor judge of these, since they hardly move. They
 * are judged by whole days: what one sent more than on its largest usual day, against
 * the slack that its own spread allows.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	RECENT_DAYS = 14,
	ACTIVE_DAYS = 10,        /* of those: the least that shows a habit */
	SPREAD_MAX_MILLI = 150,  /* median deviation, part of the median */
	SLACK_SPREADS = 5,       /* beyond the largest day, 3.4 sigma where days are normal */
	SLACK_PART = 8,          /* ... and an eighth of its largest day is always free */
	SLACK_AGAIN = 5,         /* the second day in a row one median deviation is enough */
	GROWS_MILLI = 1040,      /* in two weeks: more than chance */
	COMPARED_DAYS = 4,       /* fewer say nothing of growth */
	GROWTH_MAX_MILLI = 1500, /* a larger database explains a larger job, so far */
	JOB_SLOTS = 4,           /* 3 h touch four hours */
	YESTERDAY = 1 << 1,      /* in a mask of days */
	JOB_STEPS = 24,          /* hours below a sixteenth of the busiest are not the job */
};

/* Bits 1 to 27, and 1 to 3 of a day mask. */
static const uint32_t past_days = 0x0ffffffeU;
static const uint32_t last_nights = 0xeU;

/* What a job of so many bytes at the database's size then would be at its size now. */
static uint64_t scaled(const struct engine *e, uint64_t kib, uint32_t day)
{
	uint64_t then = e->db_of_day[day % RING_DAYS];
	uint64_t now = e->db_of_day[(e->day - 1) % RING_DAYS];

	if (!then || now <= then)
		return kib;
	return fixed_mul_milli(kib, MIN(fixed_ratio_milli(now, then), (uint32_t)GROWTH_MAX_MILLI));
}

struct days {
	uint64_t kib[RING_DAYS]; /* ascending */
	unsigned int count, recent;
};

static void insert(uint64_t *sorted, unsigned int count, uint64_t value)
{
	unsigned int i = count;

	for (; i && sorted[i - 1] > value; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = value;
}

/* Days seen whole on which it did nothing remarkable. */
static uint32_t usable_days(const struct engine *e, const struct series *s)
{
	return past_days & e->seen_days & ~(s->alert_days | s->usual_above_days);
}

/* Those of them on which it moved, from `first` to `last` days ago. */
static void find_days(const struct engine *e, const struct series *s, uint32_t first, uint32_t last,
		      struct days *ret)
{
	uint32_t usable = usable_days(e, s);

	ret->count = ret->recent = 0;
	for (uint32_t ago = first; ago <= last; ago++) {
		uint64_t kib = s->ring.day_kib[(e->day - ago) % RING_DAYS];

		if (!(usable & 1U << ago) || kib < e->minimum_kib)
			continue;
		insert(ret->kib, ret->count++, scaled(e, kib, e->day - ago));
		ret->recent += ago <= RECENT_DAYS;
	}
}

static uint64_t median_deviation(const struct days *d)
{
	uint64_t median = d->kib[d->count / 2], off[RING_DAYS];

	for (unsigned int i = 0; i < d->count; i++) {
		uint64_t kib = d->kib[i];

		insert(off, i, kib < median ? median - kib : kib - median);
	}
	return off[d->count / 2];
}

/* All it sends falls into the same few hours of the day. */
static bool keeps_a_window(const struct series *s)
{
	uint8_t hour[24] = { 0 }, top = 0;
	unsigned int longest_quiet = 0, quiet = 0;

	for (unsigned int i = 0; i < WEEKSLOT_HOURS; i++)
		hour[i % 24] = MAX(hour[i % 24], s->week.q[i]);
	for (unsigned int i = 0; i < 24; i++)
		top = MAX(top, hour[i]);
	for (unsigned int i = 0; i < 48; i++) { /* twice round: the night is one piece */
		quiet = hour[i % 24] + JOB_STEPS <= top ? quiet + 1 : 0;
		longest_quiet = MAX(longest_quiet, quiet);
	}
	return longest_quiet >= 24 - JOB_SLOTS;
}

/* How much more than its largest usual day is still nothing. The second day is told, and
 * from twice that on a ticket. */
static uint64_t slack_kib(const struct engine *e, const struct series *s, bool again)
{
	uint64_t slack = again ? s->usual_slack_kib / SLACK_AGAIN : s->usual_slack_kib;

	return MAX(slack, core_floors_kib(e, s)[H_1D]);
}

static uint64_t yesterday_kib(const struct engine *e, const struct series *s)
{
	if (!(usable_days(e, s) & YESTERDAY))
		return 0;
	return scaled(e, s->ring.day_kib[(e->day - 1) % RING_DAYS], e->day - 1);
}

/* The last two weeks came to more than the two before: each day may be the largest. */
static bool it_grows(const struct engine *e, const struct series *s)
{
	struct days late, early;

	find_days(e, s, 2, RECENT_DAYS, &late);
	find_days(e, s, RECENT_DAYS + 1, RING_DAYS - 1, &early);
	return late.count && early.count >= COMPARED_DAYS &&
	       late.kib[late.count / 2] > fixed_mul_milli(early.kib[early.count / 2], GROWS_MILLI);
}

/* Yesterday was the largest of all by a little: it is no measure of what is usual before
 * today has shown what it was. */
static void leave_out_yesterday(const struct engine *e, struct series *s)
{
	uint64_t value = yesterday_kib(e, s);
	struct days before;

	if (s->usual_kind == USUAL_NONE || value < s->usual_kib || it_grows(e, s))
		return;
	find_days(e, s, 2, RING_DAYS - 1, &before);
	if (before.count && value >= before.kib[before.count - 1] + slack_kib(e, s, true))
		s->usual_kib = before.kib[before.count - 1];
}

void core_usual_find(const struct engine *e, struct series *s)
{
	struct days days;
	uint64_t spread;

	s->usual_kind = USUAL_NONE;
	if (s->kind != SERIES_PAIR || !s->dest || !e->day)
		return;
	find_days(e, s, 1, RING_DAYS - 1, &days);
	if (days.recent < ACTIVE_DAYS)
		return;
	spread = median_deviation(&days);
	if (spread > fixed_mul_milli(days.kib[days.count / 2], SPREAD_MAX_MILLI))
		return;
	s->usual_kib = days.kib[days.count - 1];
	s->usual_slack_kib = MAX(spread * SLACK_SPREADS, s->usual_kib / SLACK_PART);
	if (keeps_a_window(s))
		s->usual_kind = USUAL_JOB;
	else if (s->cls == CLASS_PUBLIC)
		s->usual_kind = USUAL_FEED;
	leave_out_yesterday(e, s);
}

bool core_usual_again(const struct engine *e, const struct series *s)
{
	return s->usual_above_days & last_nights || yesterday_kib(e, s) > s->usual_kib;
}

void core_usual_peak(const struct engine *e, const struct series *s, struct peak *ret)
{
	uint64_t value = s->ring.day_kib[e->clock.position[RING_TIERS - 1]];
	uint64_t slack;

	ret->any = false;
	if (s->usual_kind == USUAL_NONE || value < s->usual_kib)
		return;
	slack = slack_kib(e, s, core_usual_again(e, s));
	if (value < s->usual_kib + slack)
		return;
	*ret = (struct peak){
		.evidence = EVIDENCE_DAY,
		.horizon = H_1D,
		.value_kib = value,
		.allowed_kib = s->usual_kib + slack,
		.baseline_kib = s->usual_kib,
		.warm = true,
		.excess = true,
		.any = true,
	};
}

void core_usual_note(const struct engine *e, struct series *s)
{
	uint64_t value = s->ring.day_kib[e->clock.position[RING_TIERS - 1]];
	/* Not the day that is merely the second: growth would never be learned. */
	bool again = s->usual_above_days & last_nights;

	if (s->usual_kind != USUAL_NONE && value >= s->usual_kib + slack_kib(e, s, again))
		s->usual_above_days |= 1;
}

bool core_usual_waits(const struct engine *e, const struct series *s, const struct peak *peak)
{
	return peak->evidence == EVIDENCE_DAY && s->cls == CLASS_INTERNAL &&
	       !core_usual_again(e, s);
}
