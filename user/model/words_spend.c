/* SPDX-License-Identifier: Apache-2.0
 *
 * Budgets tick by tick: what period it is, and whose bytes a row's are; see words.h.
 */
#include "base/cleanup.h"
#include "config/weekdays.h"
#include "model/words_internal.h"

enum { DAY_S = 86400, MINUTE_S = 60 };

static uint64_t add(uint64_t x, uint64_t y)
{
	return x > UINT64_MAX - y ? UINT64_MAX : x + y;
}

/* The UTC day its window began; *ret_inside: it is open. Outside, the window before. */
static int64_t window_at(const struct declaration *d, int64_t ts, bool *ret_inside)
{
	int64_t day = ts / DAY_S, minute = ts % DAY_S / MINUTE_S;
	bool over_midnight = d->to_min <= d->from_min;

	*ret_inside = over_midnight ? minute >= d->from_min || minute < d->to_min
				    : minute >= d->from_min && minute < d->to_min;
	return minute >= d->from_min ? day : day - 1;
}

/* The day its period began; where it is for some days of the week, the last of them. */
static int64_t began(const struct declaration *d, int64_t ts, bool *ret_inside)
{
	int64_t day = ts / DAY_S;

	*ret_inside = true;
	if (d->has_window)
		day = window_at(d, ts, ret_inside);
	if (!d->days)
		return d->period == PERIOD_DAY ? ts / DAY_S : day;
	*ret_inside &= weekdays_have(d->days, day);
	while (!weekdays_have(d->days, day))
		day--;
	return day;
}

static void roll(struct word *word, int64_t ts)
{
	const struct declaration *d = &word->said;
	bool inside;
	int64_t day = began(d, ts, &inside);
	int64_t period = d->period == PERIOD_TOTAL ? 0 : day;

	word->expired = d->until_ts && ts >= d->until_ts;
	word->active = inside && !word->expired;
	word->tick_bytes = 0;
	if (period == word->period)
		return;
	word->period = period;
	word->used_bytes = word->over_bytes = word->read_bytes = 0;
}

static void add_active(struct words *w, bool has_prefix)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct word *word = &w->entry[i].word;

		if (word->active && word->said.has_prefix == has_prefix &&
		    (word->said.kind == WORD_EXPECT || word->said.kind == WORD_BUDGET))
			w->active[w->active_count++] = i;
	}
}

void words_begin(struct words *w, int64_t ts)
{
	for (size_t i = w->count; i-- > 0;) {
		const struct word *word = &w->entry[i].word;

		if (!word->from_config && word->said.until_ts &&
		    ts >= word->said.until_ts + WORD_KEPT_S)
			words_erase(w, i);
	}
	for (size_t i = 0; i < w->count; i++)
		roll(&w->entry[i].word, ts);
	w->active_count = 0;
	add_active(w, false);
	w->loose_count = w->active_count;
	add_active(w, true);
}

bool words_any_active(const struct words *w)
{
	return w->active_count > 0;
}

uint64_t word_sent_bytes(const struct word *word)
{
	return word->said.kind == WORD_BUDGET ? word->used_bytes
					      : add(word->used_bytes, word->over_bytes);
}

bool word_is_exceeded(const struct word *word)
{
	return word->over_bytes && !word->expired &&
	       (word->said.kind == WORD_EXPECT || word->said.kind == WORD_BUDGET);
}

static void note(struct word *word, const struct tick_row *row)
{
	word->tick_bytes = add(word->tick_bytes, row->tx_bytes);
	word->last_actor = row->actor;
	word->last_dest = row->dest;
}

static void spend_budget(struct word *word, const struct tick_row *row, bool is_public)
{
	if (word->said.scope == (is_public ? WORD_INTERNAL : WORD_PUBLIC))
		return;
	word->used_bytes = add(word->used_bytes, row->tx_bytes);
	if (word->used_bytes > word->said.bytes)
		word->over_bytes = word->used_bytes - word->said.bytes;
	note(word, row);
}

/* Takes of `bytes` what its budget has left. */
static uint64_t spend_expected(struct word *word, const struct tick_row *row, uint64_t bytes)
{
	uint64_t left = word->said.bytes - MIN(word->used_bytes, word->said.bytes);
	uint64_t taken = MIN(left, bytes);

	word->used_bytes += taken;
	note(word, row);
	return taken;
}

uint64_t words_spend(struct words *w, const struct tick_row *row, bool is_public)
{
	size_t count = row->dest && row->dest->declared ? w->active_count : w->loose_count;
	uint64_t rest = row->tx_bytes;
	struct word *first = NULL;

	for (size_t i = 0; i < count; i++) {
		struct word *word = &w->entry[w->active[i]].word;

		if (!word_fits_dest(word, row->dest) || !word_fits_actor(word, row->actor))
			continue;
		if (word->said.kind == WORD_BUDGET) {
			spend_budget(word, row, is_public);
			continue;
		}
		rest -= spend_expected(word, row, rest);
		first = first ? first : word;
	}
	/* beyond all of them: the first one's, so that it is told once */
	if (first && rest)
		first->over_bytes = add(first->over_bytes, rest);
	return row->tx_bytes - rest;
}

uint64_t words_spend_read(struct words *w, const struct tick_row *row)
{
	uint64_t rest = row->rd_bytes;

	for (size_t i = 0; i < w->active_count && rest; i++) {
		struct word *word = &w->entry[w->active[i]].word;
		uint64_t most, taken;

		/* where it goes is not known while it is read */
		if (word->said.kind != WORD_EXPECT || word->over_bytes ||
		    !word_fits_actor(word, row->actor))
			continue;
		most = word->said.bytes > UINT64_MAX / WORD_READ_FACTOR
			       ? UINT64_MAX
			       : word->said.bytes * WORD_READ_FACTOR;
		taken = MIN(most - MIN(word->read_bytes, most), rest);
		word->read_bytes += taken;
		rest -= taken;
	}
	return row->rd_bytes - rest;
}
