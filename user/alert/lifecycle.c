/* SPDX-License-Identifier: Apache-2.0
 *
 * The second half of a tick: what is to be said of each incident. Open -> update ->
 * clearing -> closed, and back again within reopen_s.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/incident.h"
#include "alert/severity.h"
#include "detect/engine.h"

/* Level now, and whether every series is below half its allowance. */
static bool incident_measure(const struct alerts *a, struct incident *i)
{
	bool quiet = true;

	i->level = EG_LEVEL_NONE;
	for (struct member *m = i->members; m; m = m->next) {
		if (m->tick_number != a->tick_number) { /* detect/ has nothing to say of it */
			m->level = EG_LEVEL_NONE;
			m->ratio_milli = 0;
		}
		i->level = MAX(i->level, m->level);
		quiet = quiet && m->ratio_milli < CLEAR_RATIO_MILLI && m->level == EG_LEVEL_NONE;
	}
	return quiet;
}

/* Quiet for so long closes: twice the longest horizon that triggered, within bounds. */
static int64_t clear_after(const struct alerts *a, const struct incident *i)
{
	uint64_t longest = 0, after;

	/* A budget begins anew at once. */
	if (i->members && i->members->last.kind == SERIES_BUDGET)
		return a->params.clear_min_s;

	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (i->horizons & (1U << h))
			longest = engine_horizon_s[h];
	after = MAX(2 * longest, (uint64_t)a->params.clear_min_s);
	return (int64_t)MIN(after, (uint64_t)a->params.clear_max_s);
}

/* New keys are told at once, but a flood of them only a few at a time. */
static bool may_tell_news(struct feed *feed, struct incident *i)
{
	const struct member *m = i->news;

	if (feed->now - i->new_keys_since >= (int64_t)feed->a->params.update_min_s) {
		i->new_keys_since = feed->now;
		i->new_keys = 0;
	}
	if (i->new_keys >= ALERT_NEW_KEYS_MAX && !alert_finding_share(&m->last))
		return false;
	i->new_keys++;
	return true;
}

/* Reasons that may wait for update_min_s. A longer horizon that holds the same bytes
 * is no news, so it must hold an eighth more than was told. */
static bool grown(const struct incident *i, const struct member *about)
{
	const struct finding *f = &about->last;

	if (about->level == EG_LEVEL_NONE)
		return false;
	if (about->turned)
		return true;
	if (about->series_id != i->told.series_id)
		return !(i->told.horizons & (1U << f->horizon));
	if (!(i->told.horizons & (1U << f->horizon)) &&
	    about->tx_total - i->told.tx_total > i->told.tx_total / 8)
		return true;
	return f->score_milli >= (int64_t)i->told.score_milli + UPDATE_SCORE_MILLI ||
	       about->tx_total / 2 >= i->told.tx_total;
}

static bool want_update(struct feed *feed, struct incident *i, const struct member *headline,
			enum eg_level peak_before)
{
	if (i->reopened || i->unsilenced || i->level > peak_before)
		return true;
	if (i->news && may_tell_news(feed, i))
		return true;
	if (i->acked_by[0] || feed->now - i->told.ts < (int64_t)feed->a->params.update_min_s)
		return false;
	return i->news || grown(i, headline);
}

/* Pages beyond the day's cap go to the digest, but decoys must not hide a theft. */
static void count_page(struct feed *feed, struct incident *i, const struct member *about)
{
	struct alerts *a = feed->a;
	int64_t day = feed->now / 86400;
	bool new_public = (i->opened || i->news == about) && about->last.dest &&
			  alert_finding_public(&about->last);

	if (day != a->page_day) {
		a->page_day = day;
		a->pages = 0;
	}
	i->digest = a->pages >= a->params.pages_per_day && !new_public &&
		    !alert_finding_share(&about->last);
	a->pages += !i->digest;
}

static int tell(struct feed *feed, struct incident *i, enum alert_event_kind kind,
		struct member *about, enum eg_level peak_before)
{
	bool silent = i->silence.until_ts && kind != ALERT_CLOSE &&
		      !incident_is_beyond(feed->a, i, about);
	bool page = kind != ALERT_CLOSE && i->level == EG_LEVEL_PAGE && !silent &&
		    (kind == ALERT_OPEN || peak_before < EG_LEVEL_PAGE || i->news == about ||
		     i->reopened || i->unsilenced);
	int err;

	if (page)
		count_page(feed, i, about);
	err = incident_tell(feed->a, i, kind, about, feed->now, silent);
	if (err)
		return err;
	i->silence.held |= silent;
	i->told.ts = feed->now;
	i->told.horizons |= 1U << about->last.horizon;
	i->told.series_id = about->series_id;
	i->told.score_milli = about->last.score_milli;
	i->told.tx_total = about->tx_total;
	i->news = NULL;
	about->turned = false;
	return 0;
}

static bool is_alike(uint64_t bytes, uint64_t reference)
{
	uint64_t slack = reference / ADOPT_SPREAD_PART;

	return bytes >= reference - slack && bytes - (reference - slack) <= 2 * slack;
}

/* A level that has come to stay: it is never adopted by itself, but people are asked. */
static bool may_ask(const struct feed *feed, struct incident *i, const struct member *about)
{
	struct steady_day *s = &i->steady;
	uint64_t bytes = about->last.day_bytes;

	if (about->last.kind == SERIES_BUDGET || about->last.kind == SERIES_READ ||
	    about->level == EG_LEVEL_NONE)
		return false;
	if (!s->bytes || !is_alike(bytes, s->bytes)) {
		s->bytes = bytes;
		s->since_ts = feed->now;
	}
	return !s->asked && feed->now - i->first_ts >= ADOPT_OPEN_S &&
	       feed->now - s->since_ts >= ADOPT_STEADY_S;
}

static int ask(struct feed *feed, struct incident *i, struct member *about)
{
	i->steady.asked = i->adopt = true;
	return tell(feed, i, ALERT_UPDATE, about, i->peak_level);
}

/* Decides what is to be said of one open incident. */
static int settle(struct feed *feed, struct incident *i)
{
	bool quiet = incident_measure(feed->a, i);
	enum eg_level peak_before = i->peak_level;
	struct member *about = incident_headline(i);
	int err = 0;

	i->peak_level = MAX(i->peak_level, i->level);
	if (!quiet)
		i->quiet_since = 0;
	else if (!i->quiet_since)
		i->quiet_since = feed->now;
	incident_count(feed->a, i);
	incident_silence(feed->a, i, feed->now);
	if (i->opened) {
		err = tell(feed, i, ALERT_OPEN, about, peak_before);
	} else if (quiet && feed->now - i->quiet_since >= clear_after(feed->a, i)) {
		i->closed_ts = feed->now;
		err = tell(feed, i, ALERT_CLOSE, about, peak_before);
	} else if (want_update(feed, i, about, peak_before)) {
		err = tell(feed, i, ALERT_UPDATE, i->news ? i->news : about, peak_before);
	} else if (may_ask(feed, i, about)) {
		err = ask(feed, i, about);
	}
	i->adopt = false;
	i->opened = i->reopened = i->unsilenced = false;
	return err;
}

static void mark_alerted(const struct incident *i, struct engine *engine)
{
	if (!engine || i->peak_level < EG_LEVEL_TICKET)
		return;
	for (const struct member *m = i->members; m; m = m->next)
		engine_mark_alerted(engine, m->series_id);
}

static int settle_all(struct feed *feed, struct engine *engine)
{
	struct incident *next;
	int err = 0;

	for (struct incident *i = feed->a->incidents; i && !err; i = next) {
		next = i->next;
		if (!i->closed_ts) {
			err = settle(feed, i);
			if (!i->closed_ts)
				mark_alerted(i, engine);
		} else if (feed->now - i->closed_ts > (int64_t)feed->a->params.reopen_s) {
			incident_free(feed->a, i);
		}
	}
	return err;
}

int alerts_feed(struct alerts *a, struct engine *engine, const struct tick *tick,
		const struct finding *findings, size_t count, alert_event_fn fn, void *ctx)
{
	struct feed feed = { a, tick, tick->ts + (int64_t)tick->interval_s };
	int err;

	a->tick_number++;
	if (!count && !a->incidents && !a->pending_count && !a->outbox_count)
		return 0; /* nearly every tick */
	err = alerts_take(&feed, findings, count);
	if (!err)
		err = settle_all(&feed, engine);
	return err ? err : outbox_flush(a, fn, ctx);
}
