/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents as saved bytes: a restart during a theft goes on with the same alert,
 * and events that nobody took yet are not lost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/finding_wire.h"
#include "alert/incident.h"
#include "alert/wire.h"

enum {
	STATE_VERSION = 1,
	STATE_MAGIC = 0x4c414745, /* "EGAL" */
	STATE_COUNT_MAX = 1 << 20, /* of incidents or members: more is no state of ours */
};

static void put_member(struct buf *out, const struct member *m)
{
	finding_put(out, &m->last);
	wire_put_u64(out, m->tx_total);
	wire_put_u64(out, m->read_total);
	wire_put_u64(out, (uint64_t)m->first_ts);
	wire_put_u8(out, (uint8_t)m->level);
	wire_put_u32(out, m->ratio_milli);
}

static void put_told(struct buf *out, const struct told *t)
{
	wire_put_u64(out, (uint64_t)t->ts);
	wire_put_u64(out, t->series_id);
	wire_put_u64(out, t->tx_total);
	wire_put_u32(out, (uint32_t)t->score_milli);
	wire_put_u32(out, t->horizons);
}

static void put_incident(struct buf *out, const struct incident *i)
{
	wire_put_str(out, i->id);
	wire_put_u64(out, (uint64_t)i->first_ts);
	wire_put_u64(out, (uint64_t)i->joined_ts);
	wire_put_u64(out, (uint64_t)i->quiet_since);
	wire_put_u64(out, (uint64_t)i->closed_ts);
	wire_put_u32(out, i->horizons);
	wire_put_u8(out, (uint8_t)i->level);
	wire_put_u8(out, (uint8_t)i->peak_level);
	put_told(out, &i->told);
	wire_put_u64(out, (uint64_t)i->new_keys_since);
	wire_put_u32(out, i->new_keys);
	wire_put_str(out, i->acked_by);
	wire_put_u8(out, (uint8_t)i->last_kind);
	wire_put_u64(out, i->last_sequence);
	wire_put_u64(out, (uint64_t)i->last_ts);
	wire_put_u8(out, i->digest);
	wire_put_u32(out, (uint32_t)i->key_count);
	for (size_t n = 0; n < i->key_count; n++) {
		wire_put_u64(out, i->keys[n].actor_id);
		wire_put_u64(out, i->keys[n].dest_id);
	}
	wire_put_u32(out, (uint32_t)i->member_count);
	for (const struct member *m = i->members; m; m = m->next)
		put_member(out, m);
}

static void put_event(struct buf *out, const struct alert_event *e)
{
	wire_put_u8(out, (uint8_t)e->kind);
	wire_put_str(out, e->alert_id);
	wire_put_u64(out, e->sequence);
	wire_put_u64(out, (uint64_t)e->ts);
	wire_put_u64(out, (uint64_t)e->first_ts);
	wire_put_u8(out, (uint8_t)e->level);
	wire_put_u8(out, (uint8_t)e->peak_level);
	finding_put(out, &e->headline);
	wire_put_u64(out, e->tx_total);
	wire_put_u64(out, e->read_total);
	wire_put_str(out, e->subject);
	wire_put_str(out, e->reason);
	wire_put_str(out, e->technique);
	wire_put_u32(out, e->folded);
	wire_put_u8(out, e->digest);
}

int alerts_save(const struct alerts *a, struct buf *out)
{
	wire_put_u32(out, STATE_MAGIC);
	wire_put_u32(out, STATE_VERSION);
	wire_put_u64(out, a->sequence);
	wire_put_u64(out, a->dropped);
	wire_put_u64(out, (uint64_t)a->page_day);
	wire_put_u32(out, a->pages);
	wire_put_u32(out, (uint32_t)a->incident_count);
	for (const struct incident *i = a->incidents; i; i = i->next)
		put_incident(out, i);
	wire_put_u32(out, (uint32_t)a->outbox_count);
	for (size_t n = 0; n < a->outbox_count; n++)
		put_event(out, &a->outbox[n].event);
	return out->error;
}

static enum eg_level get_level(struct wire *w)
{
	uint8_t level = wire_u8(w);

	w->bad = w->bad || level >= EG_LEVEL_COUNT;
	return w->bad ? EG_LEVEL_NONE : (enum eg_level)level;
}

static enum alert_event_kind get_kind(struct wire *w)
{
	uint8_t kind = wire_u8(w);

	w->bad = w->bad || kind > ALERT_CLOSE;
	return w->bad ? ALERT_OPEN : (enum alert_event_kind)kind;
}

static void get_id(struct wire *w, char ret[ALERT_ID_LEN + 1])
{
	const char *id = wire_str(w);

	if (strspn(id, "0123456789abcdef") != ALERT_ID_LEN || id[ALERT_ID_LEN])
		w->bad = true;
	else
		memcpy(ret, id, ALERT_ID_LEN + 1);
}

static int get_member(struct wire *w, struct alerts *a, struct incident *i, struct names *names)
{
	struct finding f;
	struct member *m;

	finding_get(w, names, &f);
	if (w->bad || alerts_find_member(a, f.series_id))
		return -EBADMSG;
	m = incident_join(a, i, &f);
	if (!m)
		return -ENOMEM;
	m->tx_total = wire_u64(w);
	m->read_total = wire_u64(w);
	m->first_ts = (int64_t)wire_u64(w);
	m->level = get_level(w);
	m->ratio_milli = wire_u32(w);
	return 0;
}

static void get_told(struct wire *w, struct told *ret)
{
	ret->ts = (int64_t)wire_u64(w);
	ret->series_id = wire_u64(w);
	ret->tx_total = wire_u64(w);
	ret->score_milli = (int32_t)wire_u32(w);
	ret->horizons = wire_u32(w);
}

static void get_keys(struct wire *w, struct incident *i)
{
	size_t count = wire_u32(w);

	if (count > ALERT_KEYS_MAX) {
		w->bad = true;
		return;
	}
	i->key_count = count;
	for (size_t n = 0; n < count; n++) {
		i->keys[n].actor_id = wire_u64(w);
		i->keys[n].dest_id = wire_u64(w);
	}
}

static int get_incident(struct wire *w, struct alerts *a, struct names *names)
{
	char id[ALERT_ID_LEN + 1] = "";
	struct incident *i;
	uint32_t members;
	int err = 0;

	get_id(w, id);
	i = incident_new(a, id);
	if (!i)
		return -ENOMEM;
	i->first_ts = (int64_t)wire_u64(w);
	i->joined_ts = (int64_t)wire_u64(w);
	i->quiet_since = (int64_t)wire_u64(w);
	i->closed_ts = (int64_t)wire_u64(w);
	i->horizons = wire_u32(w);
	i->level = get_level(w);
	i->peak_level = get_level(w);
	get_told(w, &i->told);
	i->new_keys_since = (int64_t)wire_u64(w);
	i->new_keys = wire_u32(w);
	snprintf(i->acked_by, sizeof(i->acked_by), "%s", wire_str(w));
	i->last_kind = get_kind(w);
	i->last_sequence = wire_u64(w);
	i->last_ts = (int64_t)wire_u64(w);
	i->digest = wire_u8(w) != 0;
	get_keys(w, i);
	members = wire_u32(w);
	if (w->bad || members < 1 || members > STATE_COUNT_MAX)
		return -EBADMSG;
	while (members-- && !err)
		err = get_member(w, a, i, names);
	return err ? err : w->bad ? -EBADMSG : 0;
}

static int get_event(struct wire *w, struct alerts *a, struct names *names)
{
	struct outbox_entry *entry = outbox_add(a);
	struct alert_event *e;

	if (!entry)
		return -ENOMEM;
	e = &entry->event;
	e->host = a->host;
	e->kind = get_kind(w);
	get_id(w, e->alert_id);
	e->sequence = wire_u64(w);
	event_id_make(e->alert_id, e->sequence, e->event_id);
	e->ts = (int64_t)wire_u64(w);
	e->first_ts = (int64_t)wire_u64(w);
	e->level = get_level(w);
	e->peak_level = get_level(w);
	finding_get(w, names, &e->headline);
	e->tx_total = wire_u64(w);
	e->read_total = wire_u64(w);
	e->subject = entry->subject = strdup(wire_str(w));
	e->reason = entry->reason = strdup(wire_str(w));
	e->technique = entry->technique = strdup(wire_str(w));
	e->folded = wire_u32(w);
	e->digest = wire_u8(w) != 0;
	if (!entry->subject || !entry->reason || !entry->technique)
		return -ENOMEM;
	return w->bad ? -EBADMSG : 0;
}

static int get_all(struct wire *w, struct alerts *a, struct names *names)
{
	uint32_t count;
	int err = 0;

	if (wire_u32(w) != STATE_MAGIC || wire_u32(w) != STATE_VERSION)
		return -EBADMSG;
	a->sequence = wire_u64(w);
	a->dropped = wire_u64(w);
	a->page_day = (int64_t)wire_u64(w);
	a->pages = wire_u32(w);
	count = wire_u32(w);
	while (count-- && !w->bad && !err)
		err = get_incident(w, a, names);
	count = err ? 0 : wire_u32(w);
	while (count-- && !w->bad && !err)
		err = get_event(w, a, names);
	return err ? err : w->bad || w->p != w->end ? -EBADMSG : 0;
}

int alerts_load(struct alerts *a, const void *data, size_t len, struct names *names)
{
	struct wire w = { .p = data, .end = (const unsigned char *)data + len };
	struct alerts *fresh, swap;
	int err = alerts_new(&a->params, a->host, &fresh);

	if (err)
		return err;
	err = get_all(&w, fresh, names);
	if (!err) {
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
