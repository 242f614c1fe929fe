/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's silence on an incident: a budget of bytes with an expiry, never a
 * blanket. What it keeps back stays on record, and once it is used up the incident
 * speaks again. It is the incident's own, or a word on all that matches.
 */
#include "alert/incident.h"
#include "alert/severity.h"
#include "detect/fixed.h"

/* Pairs are never parts of each other; the sums of an actor hold them all, and the host's
 * holds others' too: it counts where nobody is known. A sum that joins late holds what was counted already, so only what a tick adds is counted; of the
 * first one all that made it loud. */
void incident_count(const struct alerts *a, struct incident *i)
{
	uint64_t pairs = 0, sums = 0, host = 0;

	for (const struct member *m = i->members; m; m = m->next) {
		uint64_t bytes = i->opened ? m->tx_total : m->tick_bytes;

		if (m->tick_number != a->tick_number)
			continue;
		if (m->last.kind == SERIES_PAIR)
			pairs = fixed_add(pairs, bytes);
		else if (m->last.kind == SERIES_HOST)
			host = MAX(host, bytes);
		else if (m->last.kind != SERIES_READ && m->last.kind != SERIES_FAN)
			sums = MAX(sums, bytes);
	}
	i->sent_bytes = fixed_add(i->sent_bytes, pairs || sums ? MAX(pairs, sums) : host);
}

static bool is_specific(const struct finding *f)
{
	return f->kind == SERIES_PAIR || f->kind == SERIES_NOVEL;
}

/* The word on everything specific that is loud in it; without that, on its headline. */
static uint32_t find_word(const struct alerts *a, const struct incident *i)
{
	const struct member *headline = incident_headline(i);
	uint32_t word = 0;

	for (const struct member *m = i->members; m; m = m->next) {
		if (m->level == EG_LEVEL_NONE || !is_specific(&m->last))
			continue;
		word = words_silence(a->words, m->last.actor, m->last.dest);
		if (!word)
			return 0;
	}
	if (word || !headline || !headline->last.actor || headline->last.kind == SERIES_BUDGET)
		return word;
	return words_silence(a->words, headline->last.actor, NULL);
}

static void take_on(struct alerts *a, struct incident *i)
{
	uint32_t id = a->words ? find_word(a, i) : 0;
	const struct word *word = id ? words_find(a->words, id) : NULL;

	if (!word)
		return;
	i->silence = (struct silence){
		.until_ts = word->said.until_ts,
		.from_bytes = i->opened ? 0 : i->sent_bytes,
		.word = id,
	};
	snprintf(i->silence.by, sizeof(i->silence.by), "%s", word->by);
}

static bool holds(struct alerts *a, struct incident *i, int64_t now)
{
	struct silence *s = &i->silence;
	uint64_t bytes = i->sent_bytes;
	uint64_t since = bytes - MIN(bytes, s->from_bytes);

	if (now >= s->until_ts)
		return false;
	if (!s->word)
		return since <= s->bytes;
	s->from_bytes = MAX(bytes, s->from_bytes);
	return a->words && words_hush(a->words, s->word, since);
}

void incident_silence(struct alerts *a, struct incident *i, int64_t now)
{
	bool was_silent = i->silence.until_ts != 0, held = i->silence.held;

	if (!was_silent || !holds(a, i, now)) {
		i->silence = (struct silence){ .until_ts = 0 };
		take_on(a, i);
		if (i->silence.until_ts && !holds(a, i, now)) /* more at once than it allows */
			i->silence = (struct silence){ .until_ts = 0 };
		i->silence.held = held && i->silence.until_ts;
	}
	i->unsilenced = was_silent && !i->silence.until_ts && (held || i->level > EG_LEVEL_NONE);
}

/* Of an alert: a destination out there that it did not have. Of a match: what does not. */
bool incident_is_beyond(const struct alerts *a, const struct incident *i, const struct member *news)
{
	if (i->news != news || !news->last.dest)
		return false;
	if (i->silence.word)
		return !a->words || !words_silence(a->words, news->last.actor, news->last.dest);
	return alert_finding_public(&news->last);
}

uint64_t incident_silence_left(const struct alerts *a, const struct incident *i)
{
	const struct silence *s = &i->silence;
	const struct word *word = s->word && a->words ? words_find(a->words, s->word) : NULL;
	uint64_t bytes = i->sent_bytes;
	uint64_t since = bytes - MIN(bytes, s->from_bytes);

	if (s->word)
		return word ? word->said.bytes - MIN(word->used_bytes, word->said.bytes) : 0;
	return s->bytes - MIN(since, s->bytes);
}
