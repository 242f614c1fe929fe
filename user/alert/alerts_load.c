/* SPDX-License-Identifier: Apache-2.0
 *
 * Saved incidents read back, into new ones that replace the old only when every byte made
 * sense.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_state.h"
#include "alert/finding_pack.h"
#include "alert/incident.h"
#include "base/pack.h"

#define STATE_TS_MAX (UINT64_C(1) << 40)

enum { STATE_COUNT_MAX = 1 << 20 /* of members: more is no state of ours */ };

/* Unix seconds, or a day number: never near the ends of int64_t. */
static int64_t get_ts(struct unpack *w)
{
	uint64_t v = unpack_u64(w);

	w->bad = w->bad || v > STATE_TS_MAX;
	return w->bad ? 0 : (int64_t)v;
}

static enum eg_level get_level(struct unpack *w)
{
	uint8_t level = unpack_u8(w);

	w->bad = w->bad || level >= EG_LEVEL_COUNT;
	return w->bad ? EG_LEVEL_NONE : (enum eg_level)level;
}

static enum alert_event_kind get_kind(struct unpack *w)
{
	uint8_t kind = unpack_u8(w);

	w->bad = w->bad || kind > ALERT_CLOSE;
	return w->bad ? ALERT_OPEN : (enum alert_event_kind)kind;
}

static void get_id(struct unpack *w, char ret[ALERT_ID_LEN + 1])
{
	const char *id = unpack_str(w);

	if (strspn(id, "0123456789abcdef") != ALERT_ID_LEN || id[ALERT_ID_LEN])
		w->bad = true;
	else
		memcpy(ret, id, ALERT_ID_LEN + 1);
}

static int get_member(struct unpack *w, struct alerts *a, struct incident *i, struct names *names)
{
	struct finding f;
	struct member *m;

	finding_get(w, names, &f);
	if (w->bad || alerts_find_member(a, f.series_id))
		return -EBADMSG;
	m = incident_join(a, i, &f);
	if (!m)
		return -ENOMEM;
	m->tx_total = unpack_u64(w);
	m->read_total = unpack_u64(w);
	m->seen_bytes = unpack_u64(w);
	m->first_ts = get_ts(w);
	m->level = get_level(w);
	m->ratio_milli = unpack_u32(w);
	if (w->version > 2)
		witness_vote_get(w, &m->vote);
	return 0;
}

static void get_told(struct unpack *w, struct told *ret)
{
	ret->ts = get_ts(w);
	ret->series_id = unpack_u64(w);
	ret->tx_total = unpack_u64(w);
	ret->score_milli = (int32_t)unpack_u32(w);
	ret->horizons = unpack_u32(w);
}

static void get_keys(struct unpack *w, struct incident *i)
{
	size_t count = unpack_u32(w);

	if (count > ALERT_KEYS_MAX) {
		w->bad = true;
		return;
	}
	i->key_count = count;
	for (size_t n = 0; n < count; n++) {
		i->keys[n].actor_id = unpack_u64(w);
		i->keys[n].dest_id = unpack_u64(w);
	}
}

static void get_silence(struct unpack *w, struct silence *ret)
{
	ret->until_ts = get_ts(w);
	ret->bytes = unpack_u64(w);
	ret->from_bytes = unpack_u64(w);
	if (w->version > 4)
		ret->word = unpack_u32(w);
	ret->held = unpack_u8(w) != 0;
	snprintf(ret->by, sizeof(ret->by), "%s", unpack_str(w));
}

static int get_incident(struct unpack *w, struct alerts *a, struct names *names)
{
	char id[ALERT_ID_LEN + 1] = "";
	struct incident *i;
	uint32_t members;
	int err = 0;

	get_id(w, id);
	i = incident_new(a, id);
	if (!i)
		return -ENOMEM;
	i->first_ts = get_ts(w);
	i->joined_ts = get_ts(w);
	i->quiet_since = get_ts(w);
	i->closed_ts = get_ts(w);
	i->horizons = unpack_u32(w);
	i->level = get_level(w);
	i->peak_level = get_level(w);
	get_told(w, &i->told);
	i->new_keys_since = get_ts(w);
	i->new_keys = unpack_u32(w);
	snprintf(i->acked_by, sizeof(i->acked_by), "%s", unpack_str(w));
	if (w->version > 4)
		i->sent_bytes = unpack_u64(w);
	if (w->version > 3)
		get_silence(w, &i->silence);
	if (w->version > 5) {
		i->steady.bytes = unpack_u64(w);
		i->steady.since_ts = get_ts(w);
		i->steady.asked = unpack_u8(w) != 0;
	}
	i->last_kind = get_kind(w);
	i->last_sequence = unpack_u64(w);
	i->last_ts = get_ts(w);
	i->digest = unpack_u8(w) != 0;
	get_keys(w, i);
	members = unpack_u32(w);
	/* only a closed incident may have lost all its series to others */
	if (w->bad || members > STATE_COUNT_MAX || (!members && !i->closed_ts))
		return -EBADMSG;
	while (members-- && !err)
		err = get_member(w, a, i, names);
	return err ? err : w->bad ? -EBADMSG : 0;
}

static int get_event(struct unpack *w, struct alerts *a, struct names *names)
{
	struct outbox_entry *entry = outbox_add(a);
	struct alert_event *e;

	if (!entry)
		return -ENOMEM;
	e = &entry->event;
	e->host = a->host;
	e->kind = get_kind(w);
	get_id(w, e->alert_id);
	e->sequence = unpack_u64(w);
	e->ts = get_ts(w);
	event_id_make(e->alert_id, e->sequence, e->ts, e->event_id);
	e->first_ts = get_ts(w);
	e->level = get_level(w);
	e->peak_level = get_level(w);
	finding_get(w, names, &e->headline);
	e->tx_total = unpack_u64(w);
	e->read_total = unpack_u64(w);
	e->subject = entry->subject = strdup(unpack_str(w));
	e->reason = entry->reason = strdup(unpack_str(w));
	e->technique = entry->technique = strdup(unpack_str(w));
	e->folded = unpack_u32(w);
	e->digest = unpack_u8(w) != 0;
	snprintf(e->acked_by, sizeof(e->acked_by), "%s", unpack_str(w));
	if (w->version > 3) {
		e->silenced = unpack_u8(w) != 0;
		snprintf(e->silenced_by, sizeof(e->silenced_by), "%s", unpack_str(w));
		e->silenced_until = get_ts(w);
		e->silenced_bytes = unpack_u64(w);
	}
	if (w->version > 5)
		e->adopt = unpack_u8(w) != 0;
	if (w->version > 2)
		e->witness = entry->witness = witness_get(w);
	if (w->version > 6) {
		e->loud_ts = get_ts(w);
		e->destinations = unpack_u32(w);
	}
	if (!entry->subject || !entry->reason || !entry->technique)
		return -ENOMEM;
	return w->bad ? -EBADMSG : 0;
}

static int get_all(struct unpack *w, struct alerts *a, struct names *names)
{
	uint32_t count;
	int err = 0;

	if (unpack_u32(w) != ALERTS_STATE_MAGIC)
		return -EBADMSG;
	w->version = unpack_u32(w);
	if (w->version < 2 || w->version > ALERTS_STATE_VERSION)
		return -EBADMSG;
	a->sequence = unpack_u64(w);
	a->dropped = unpack_u64(w);
	a->page_day = get_ts(w);
	a->pages = unpack_u32(w);
	count = unpack_u32(w);
	while (count-- && !w->bad && !err)
		err = get_incident(w, a, names);
	count = err ? 0 : unpack_u32(w);
	while (count-- && !w->bad && !err)
		err = get_event(w, a, names);
	return err ? err : w->bad || w->p != w->end ? -EBADMSG : 0;
}

int alerts_load(struct alerts *a, const void *data, size_t len, struct names *names)
{
	struct unpack w = { .p = data, .end = (const unsigned char *)data + len };
	struct alerts *fresh, swap;
	int err = alerts_new(&a->params, a->host, &fresh);

	if (err)
		return err;
	err = get_all(&w, fresh, names);
	if (!err) {
		fresh->words = a->words;
		swap = *a;
		*a = *fresh;
		*fresh = swap;
		if (!a->incidents)
			a->incidents_end = &a->incidents;
		for (size_t i = 0; i < a->outbox_count; i++)
			a->outbox[i].event.host = a->host;
	}
	if (!fresh->incidents)
		fresh->incidents_end = &fresh->incidents;
	alerts_free(fresh);
	return err;
}
