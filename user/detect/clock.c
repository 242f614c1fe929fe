// SPDX-License-Identifier: Apache-2.0
/*
 * Time: where a tick lies and which horizons it can speak for. Silence is zeros and
 * is gone through by day, not by second.
 */
#include "base/cleanup.h"
#include "detect/core.h"

enum {
	/* Silence beyond this is not gone through: it counts as not seen. */
	SILENT_DAYS_LIMIT = 128,
	DAY_MINUTES = DAY_S / 60,
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
	if (e->off_first && !e->first_horizon)
		core_settle_all(e);
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
		core_day_end(e);
		e->day = day;
	}
	while (e->day < day) {
		core_note_gap(e, overlap_with_day(&unseen, e->day));
		core_day_end(e);
	}
	core_note_gap(e, overlap_with_day(&unseen, e->day));
	set_first_horizon(e, tick, end_ts);
	ring_clock_set(&e->clock, (uint32_t)(end_ts - 1));
	e->minute = (uint16_t)(e->clock.index[2] % DAY_MINUTES + 1);
	e->end_ts = end_ts;
}
