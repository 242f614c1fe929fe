/* SPDX-License-Identifier: Apache-2.0
 *
 * One tick of the lifecycle: pending -> open -> update -> clearing -> closed, and
 * back again within reopen_s.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/incident.h"
#include "alert/severity.h"
#include "detect/engine.h"

struct feed {
	struct alerts *a;
	const struct tick *tick;
	int64_t now;
};

/* --- findings to members ------------------------------------------------- */

static const struct pending *find_pending(const struct alerts *a, uint64_t series_id)
{
	size_t low = 0, high = a->pending_count;

	while (low < high) { /* sorted: findings come in order of series_id */
		size_t mid = (low + high) / 2;

		if (a->pending[mid].series_id == series_id)
			return &a->pending[mid];
		if (a->pending[mid].series_id < series_id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Remembers the series for the next tick. Returns whether it is loud for good. */
static bool confirm(struct feed *feed, const struct finding *f, struct pending *ret)
{
	struct alerts *a = feed->a;
	const struct pending *before = find_pending(a, f->series_id);

	*ret = (struct pending){ .series_id = f->series_id, .first_ts = feed->tick->ts };
	if (before && before->last_ts + (int64_t)feed->tick->interval_s > feed->tick->ts)
		*ret = *before;
	ret->last_ts = feed->now;
	ret->seen_bytes += f->tx_bytes;
	ret->ticks++;
	if (ret->ticks >= 2 || f->score_milli >= PENDING_SKIP_MILLI ||
	    feed->tick->interval_s >= PENDING_SKIP_INTERVAL_S)
		return true;
	if (a->pending_next_count < ALERT_PENDING_MAX)
		a->pending_next[a->pending_next_count++] = *ret;
	return false;
}

static void member_loud(struct feed *feed, struct member *m, const struct finding *f)
{
	m->tick_number = feed->a->tick_number;
	m->level = f->level;
	m->ratio_milli = f->ratio_milli;
	if (f->level == EG_LEVEL_NONE)
		return; /* `last` keeps the numbers of its last loud tick */
	m->last = *f;
	if (f->read_bytes > m->read_total)
		m->read_total = f->read_bytes;
	m->incident->horizons |= 1U << f->horizon;
}

static bool new_dest(const struct finding *f)
{
	if (f->kind == SERIES_NOVEL)
		return true;
	for (size_t i = 0; i < f->point_count; i++)
		if (f->points[i].context == EG_CTX_NEW_DEST)
			return f->kind == SERIES_PAIR;
	return false;
}

static struct incident *find_home(struct feed *feed, const struct finding *f, int64_t first_ts)
{
	struct alerts *a = feed->a;
	bool shadow = f->kind == SERIES_HOST || f->kind == SERIES_READ;
	struct incident *closed = alerts_fold_closed(a, f, feed->now);
	struct incident *i = closed && !shadow ? NULL : alerts_fold(a, f, feed->now);
	char id[ALERT_ID_LEN + 1];

	if (i)
		return i;
	if (closed) {
		closed->closed_ts = closed->quiet_since = 0;
		closed->reopened = true;
		return closed;
	}
	alert_id_make(a->host, f, first_ts, id);
	i = incident_new(a, id);
	if (!i)
		return NULL;
	i->first_ts = first_ts;
	i->opened = true;
	return i;
}

/* A series that is loud for good joins an incident. */
static int activate(struct feed *feed, const struct finding *f, const struct pending *p)
{
	struct incident *i = find_home(feed, f, p->first_ts);
	struct alert_key key = finding_key(f);
	struct member *m = i ? incident_join(feed->a, i, f) : NULL;

	if (!m)
		return -ENOMEM;
	i->joined_ts = feed->now;
	if (!m->tx_total) {
		m->first_ts = p->first_ts;
		m->seen_bytes = p->seen_bytes;
		/* all that a new destination got is part of it; else what the horizon holds */
		m->tx_total = new_dest(f) ? f->day_bytes : f->value_bytes;
	} else {
		m->tx_total += f->tx_bytes;
		m->seen_bytes += f->tx_bytes;
	}
	if (m->tx_total < m->seen_bytes) /* rings count in KiB */
		m->tx_total = m->seen_bytes;
	member_loud(feed, m, f);
	if (incident_add_key(i, &key) && !i->opened && (!i->news || f->level > i->news->level))
		i->news = m;
	return 0;
}

struct activation {
	const struct finding *finding;
	struct pending pending;
};

/* The most specific series opens, the others fold into it. */
static int by_rank(const void *left, const void *right)
{
	const struct finding *x = ((const struct activation *)left)->finding;
	const struct finding *y = ((const struct activation *)right)->finding;

	if (finding_rank(x) != finding_rank(y))
		return finding_rank(x) < finding_rank(y) ? -1 : 1;
	if (x->score_milli != y->score_milli)
		return x->score_milli > y->score_milli ? -1 : 1;
	return x->series_id < y->series_id ? -1 : x->series_id > y->series_id;
}

static int take_findings(struct feed *feed, const struct finding *findings, size_t count)
{
	struct alerts *a = feed->a;
	_cleanup_free_ struct activation *loud = calloc(count + 1, sizeof(*loud));
	size_t loud_count = 0;
	int err = 0;

	if (!loud)
		return -ENOMEM;
	for (size_t n = 0; n < count; n++) {
		const struct finding *f = &findings[n];
		struct member *m = alerts_find_member(a, f->series_id);

		if (m && !m->incident->closed_ts) {
			m->tx_total += f->tx_bytes;
			m->seen_bytes += f->tx_bytes;
			member_loud(feed, m, f);
		} else if (f->level > EG_LEVEL_NONE && confirm(feed, f, &loud[loud_count].pending)) {
			loud[loud_count++].finding = f;
		}
	}
	qsort(loud, loud_count, sizeof(*loud), by_rank);
	for (size_t n = 0; n < loud_count && !err; n++)
		err = activate(feed, loud[n].finding, &loud[n].pending);
	return err;
}

/* --- members to events --------------------------------------------------- */

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
	if (about->series_id != i->told.series_id)
		return !(i->told.horizons & (1U << f->horizon));
	if (!(i->told.horizons & (1U << f->horizon)) &&
	    about->tx_total - i->told.tx_total > i->told.tx_total / 8)
		return true;
	return f->score_milli >= i->told.score_milli + UPDATE_SCORE_MILLI ||
	       about->tx_total / 2 >= i->told.tx_total;
}

static bool want_update(struct feed *feed, struct incident *i, const struct member *headline,
			enum eg_level peak_before)
{
	if (i->reopened || i->level > peak_before)
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
		const struct member *about, enum eg_level peak_before)
{
	bool page = kind != ALERT_CLOSE && i->level == EG_LEVEL_PAGE &&
		    (kind == ALERT_OPEN || peak_before < EG_LEVEL_PAGE || i->news == about ||
		     i->reopened);
	int err;

	if (page)
		count_page(feed, i, about);
	err = incident_tell(feed->a, i, kind, about, feed->now);
	if (err)
		return err;
	i->told.ts = feed->now;
	i->told.horizons |= 1U << about->last.horizon;
	i->told.series_id = about->series_id;
	i->told.score_milli = about->last.score_milli;
	i->told.tx_total = about->tx_total;
	i->news = NULL;
	return 0;
}

/* Decides what is to be said of one open incident. */
static int settle(struct feed *feed, struct incident *i)
{
	bool quiet = incident_measure(feed->a, i);
	enum eg_level peak_before = i->peak_level;
	const struct member *about = incident_headline(i);
	int err = 0;

	i->peak_level = MAX(i->peak_level, i->level);
	if (!quiet)
		i->quiet_since = 0;
	else if (!i->quiet_since)
		i->quiet_since = feed->now;
	if (i->opened) {
		err = tell(feed, i, ALERT_OPEN, about, peak_before);
	} else if (quiet && feed->now - i->quiet_since >= clear_after(feed->a, i)) {
		i->closed_ts = feed->now;
		err = tell(feed, i, ALERT_CLOSE, about, peak_before);
	} else if (want_update(feed, i, about, peak_before)) {
		err = tell(feed, i, ALERT_UPDATE, i->news ? i->news : about, peak_before);
	}
	i->opened = i->reopened = false;
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
	struct pending *swap;
	int err;

	a->tick_number++;
	if (!count && !a->incidents && !a->pending_count && !a->outbox_count)
		return 0; /* nearly every tick */
	a->pending_next_count = 0;
	err = take_findings(&feed, findings, count);
	swap = a->pending;
	a->pending = a->pending_next;
	a->pending_next = swap;
	a->pending_count = a->pending_next_count;
	if (!err)
		err = settle_all(&feed, engine);
	return err ? err : outbox_flush(a, fn, ctx);
}
