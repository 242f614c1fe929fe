/* SPDX-License-Identifier: Apache-2.0
 *
 * The first half of a tick: findings become members of incidents. A series has to
 * be loud twice (pending) unless it is very loud or the tick is long.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/incident.h"
#include "detect/fixed.h"

static struct pending *find_pending(struct alerts *a, uint64_t series_id)
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
	struct pending *before = find_pending(a, f->series_id);

	*ret = (struct pending){ .series_id = f->series_id, .first_ts = feed->tick->ts };
	if (before && before->last_ts + (int64_t)feed->tick->interval_s >= feed->tick->ts) {
		*ret = *before;
		before->vote = (struct witness_vote){ NULL, 0 };
	}
	ret->last_ts = feed->now;
	ret->seen_bytes = fixed_add(ret->seen_bytes, f->tx_bytes);
	ret->ticks++;
	witness_vote(&ret->vote, feed->tick, f);
	if (ret->ticks >= 2 || f->score_milli >= PENDING_SKIP_MILLI ||
	    feed->tick->interval_s >= PENDING_SKIP_INTERVAL_S)
		return true;
	if (a->pending_next_count < ALERT_PENDING_MAX)
		a->pending_next[a->pending_next_count++] = *ret;
	else
		witness_vote_clear(&ret->vote);
	return false;
}

/* What its series sent in this tick; the sums saturate, never wrap. */
static void member_count(struct member *m, const struct finding *f)
{
	m->tx_total = fixed_add(m->tx_total, f->tx_bytes);
	m->seen_bytes = fixed_add(m->seen_bytes, f->tx_bytes);
}

static void member_loud(struct feed *feed, struct member *m, const struct finding *f)
{
	m->tick_number = feed->a->tick_number;
	m->tick_bytes = f->tx_bytes;
	m->level = f->level;
	m->ratio_milli = f->ratio_milli;
	if (f->level == EG_LEVEL_NONE)
		return; /* `last` keeps the numbers of its last loud tick */
	m->last = *f;
	m->loud_ts = feed->now;
	if (f->read_bytes > m->read_total)
		m->read_total = f->read_bytes;
	m->incident->horizons |= 1U << f->horizon;
}

/* A mixed series whose bytes now go elsewhere than people were told. */
static void member_turned(struct member *m)
{
	struct alert_key key = finding_key(&m->last);

	if (m->level > EG_LEVEL_NONE && incident_add_key(m->incident, &key))
		m->turned = true;
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

/* Closed ones are kept to be opened again, but not without bound. */
static void make_room(struct alerts *a)
{
	struct incident *i = a->incidents;

	while (i && !i->closed_ts)
		i = i->next;
	if (i && a->incident_count >= ALERT_INCIDENTS_MAX)
		incident_free(a, i);
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
	make_room(a);
	i = incident_new(a, id);
	if (!i)
		return NULL;
	i->first_ts = first_ts;
	i->opened = true;
	return i;
}

/* A destination or an actor the incident did not have; the host's and the actor's own
 * sums measure what is there already. */
static bool is_news(const struct incident *i, const struct alert_key *key)
{
	if (key->dest_id)
		return !incident_has_key(i, key) && i->key_count < ALERT_KEYS_MAX;
	return key->actor_id && !incident_has_actor(i, key->actor_id);
}

/* A series that is loud for good joins an incident. */
static int activate(struct feed *feed, const struct finding *f, struct pending *p)
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
		member_count(m, f);
	}
	if (m->tx_total < m->seen_bytes) /* rings count in KiB */
		m->tx_total = m->seen_bytes;
	witness_vote_clear(&m->vote);
	m->vote = p->vote;
	p->vote = (struct witness_vote){ NULL, 0 };
	member_loud(feed, m, f);
	if (is_news(i, &key) && !i->opened && (!i->news || f->level > i->news->level))
		i->news = m;
	(void)incident_add_key(i, &key);
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

static int take_all(struct feed *feed, const struct finding *findings, size_t count)
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
			member_count(m, f);
			member_loud(feed, m, f);
			member_turned(m);
			if (f->level > EG_LEVEL_NONE)
				witness_vote(&m->vote, feed->tick, f);
		} else if (f->level > EG_LEVEL_NONE &&
			   confirm(feed, f, &loud[loud_count].pending)) {
			loud[loud_count++].finding = f;
		}
	}
	qsort(loud, loud_count, sizeof(*loud), by_rank);
	for (size_t n = 0; n < loud_count && !err; n++)
		err = activate(feed, loud[n].finding, &loud[n].pending);
	for (size_t n = 0; n < loud_count; n++)
		witness_vote_clear(&loud[n].pending.vote);
	return err;
}

int alerts_take(struct feed *feed, const struct finding *findings, size_t count)
{
	struct alerts *a = feed->a;
	struct pending *swap = a->pending;
	int err;

	a->pending_next_count = 0;
	err = take_all(feed, findings, count);
	pending_clear(a);
	a->pending = a->pending_next;
	a->pending_next = swap;
	a->pending_count = a->pending_next_count;
	return err;
}
