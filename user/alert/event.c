/* SPDX-License-Identifier: Apache-2.0
 *
 * An event out of an incident's present state, with its words.
 */
#include <errno.h>
#include <string.h>

#include "alert/incident.h"
#include "base/vocab.h"

/* What of the incident is louder than the member the event speaks of. */
static const char *louder_member(const struct incident *i, const struct member *about)
{
	static const char *const what[SERIES_KINDS] = {
		[SERIES_HOST] = "The host as a whole",
		[SERIES_ACTOR] = "All that this actor sent",
		[SERIES_READ] = "What it read",
		[SERIES_PAIR] = "Another destination",
		[SERIES_NOVEL] = "All that it sent to new destinations",
		[SERIES_FAN] = "The number of destinations",
		[SERIES_BUDGET] = "A budget",
	};

	for (const struct member *m = i->members; m; m = m->next)
		if (m->level == i->level && m->last.level > about->last.level &&
		    m->last.kind < SERIES_KINDS)
			return what[m->last.kind];
	return NULL;
}

static void silence_fields(const struct alerts *a, const struct incident *i, struct alert_event *e)
{
	const struct silence *s = &i->silence;

	if (!s->until_ts)
		return;
	memcpy(e->silenced_by, s->by, sizeof(e->silenced_by));
	e->silenced_until = s->until_ts;
	e->silenced_bytes = incident_silence_left(a, i);
	e->silenced_word = s->word;
}

static int64_t last_loud(const struct incident *i)
{
	int64_t last = 0;

	for (const struct member *m = i->members; m; m = m->next)
		last = MAX(last, m->loud_ts);
	return last;
}

/* Those it was told of, or that were counted where there are many. */
static uint32_t destinations(const struct incident *i)
{
	uint32_t counted = 0, named = 0;

	for (const struct member *m = i->members; m; m = m->next)
		if (m->last.kind == SERIES_FAN)
			counted = (uint32_t)MIN(m->last.value_bytes, (uint64_t)UINT32_MAX);
	for (size_t n = 0; n < i->key_count; n++) {
		bool seen = i->keys[n].dest_id == 0;

		for (size_t before = 0; before < n && !seen; before++)
			seen = i->keys[before].dest_id == i->keys[n].dest_id;
		named += !seen;
	}
	return MAX(counted, named);
}

static void incident_fields(const struct alerts *a, const struct incident *i,
			    const struct member *about, struct alert_event *e)
{
	memset(e, 0, sizeof(*e));
	e->kind = i->last_kind;
	memcpy(e->alert_id, i->id, sizeof(e->alert_id));
	event_id_make(i->id, i->last_sequence, i->last_ts, e->event_id);
	e->sequence = i->last_sequence;
	e->ts = i->last_ts;
	e->first_ts = i->first_ts;
	e->loud_ts = last_loud(i);
	e->host = a->host;
	e->level = i->level > EG_LEVEL_NONE ? i->level : i->peak_level;
	e->peak_level = i->peak_level;
	e->headline = about->last;
	e->tx_total = about->tx_total;
	e->read_total = about->read_total;
	e->technique = alert_technique(&about->last, i->horizons);
	e->folded = (uint32_t)(i->member_count - 1);
	e->destinations = destinations(i);
	e->digest = i->digest;
	memcpy(e->acked_by, i->acked_by, sizeof(e->acked_by));
	e->adopt = i->adopt;
	silence_fields(a, i, e);
	e->witness = about->vote.leader;
}

int incident_event(const struct alerts *a, const struct incident *i, const struct member *about,
		   struct alert_event *ret, struct buf *subject, struct buf *reason)
{
	struct reason_extra extra = {
		.since_s = (uint64_t)(MAX(i->last_ts, about->loud_ts) - about->first_ts),
		.seen_bytes = about->seen_bytes,
		.louder = louder_member(i, about),
		.news = i->last_kind == ALERT_UPDATE && about == i->news,
		.unsilenced = i->unsilenced,
		.word = a->words && about->last.kind == SERIES_BUDGET
				? words_find(a->words, finding_word_id(&about->last))
				: NULL,
	};

	incident_fields(a, i, about, ret);
	alert_subject(subject, &about->last, a->host, witness_address(about->vote.leader));
	alert_reason(reason, ret, &extra);
	if (subject->error || reason->error)
		return -ENOMEM;
	ret->subject = subject->data;
	ret->reason = reason->data;
	return 0;
}

int incident_tell(struct alerts *a, struct incident *i, enum alert_event_kind kind,
		  const struct member *about, int64_t now, bool silent)
{
	struct outbox_entry *e = outbox_add(a);
	_cleanup_buf_ struct buf subject = BUF_INIT, reason = BUF_INIT;
	int err;

	if (!e)
		return -ENOMEM;
	i->last_kind = kind;
	i->last_ts = now;
	i->last_sequence = ++a->sequence;
	err = incident_event(a, i, about, &e->event, &subject, &reason);
	if (err) {
		a->outbox_count--;
		return err;
	}
	e->event.silenced = silent;
	e->event.subject = e->subject = TAKE_PTR(subject.data);
	e->event.reason = e->reason = TAKE_PTR(reason.data);
	e->event.witness = e->witness = witness_hold(about->vote.leader);
	return 0;
}
