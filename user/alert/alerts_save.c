/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents as saved bytes: a restart during a theft goes on with the same alert,
 * and events that nobody took yet are not lost. alerts_load.c reads them in the same order; a
 * change of either raises ALERTS_STATE_VERSION.
 */
#include "alert/alerts_state.h"
#include "alert/finding_pack.h"
#include "alert/incident.h"
#include "base/pack.h"

static void put_member(struct buf *out, const struct member *m)
{
	finding_put(out, &m->last);
	pack_u64(out, m->tx_total);
	pack_u64(out, m->read_total);
	pack_u64(out, m->seen_bytes);
	pack_u64(out, (uint64_t)m->first_ts);
	pack_u8(out, (uint8_t)m->level);
	pack_u32(out, m->ratio_milli);
	witness_vote_put(out, &m->vote);
}

static void put_told(struct buf *out, const struct told *t)
{
	pack_u64(out, (uint64_t)t->ts);
	pack_u64(out, t->series_id);
	pack_u64(out, t->tx_total);
	pack_u32(out, (uint32_t)t->score_milli);
	pack_u32(out, t->horizons);
}

static void put_silence(struct buf *out, const struct silence *s)
{
	pack_u64(out, (uint64_t)s->until_ts);
	pack_u64(out, s->bytes);
	pack_u64(out, s->from_bytes);
	pack_u32(out, s->word);
	pack_u8(out, s->held);
	pack_str(out, s->by);
}

static void put_incident(struct buf *out, const struct incident *i)
{
	pack_str(out, i->id);
	pack_u64(out, (uint64_t)i->first_ts);
	pack_u64(out, (uint64_t)i->joined_ts);
	pack_u64(out, (uint64_t)i->quiet_since);
	pack_u64(out, (uint64_t)i->closed_ts);
	pack_u32(out, i->horizons);
	pack_u8(out, (uint8_t)i->level);
	pack_u8(out, (uint8_t)i->peak_level);
	put_told(out, &i->told);
	pack_u64(out, (uint64_t)i->new_keys_since);
	pack_u32(out, i->new_keys);
	pack_str(out, i->acked_by);
	pack_u64(out, i->sent_bytes);
	put_silence(out, &i->silence);
	pack_u64(out, i->steady.bytes);
	pack_u64(out, (uint64_t)i->steady.since_ts);
	pack_u8(out, i->steady.asked);
	pack_u8(out, (uint8_t)i->last_kind);
	pack_u64(out, i->last_sequence);
	pack_u64(out, (uint64_t)i->last_ts);
	pack_u8(out, i->digest);
	pack_u32(out, (uint32_t)i->key_count);
	for (size_t n = 0; n < i->key_count; n++) {
		pack_u64(out, i->keys[n].actor_id);
		pack_u64(out, i->keys[n].dest_id);
	}
	pack_u32(out, (uint32_t)i->member_count);
	for (const struct member *m = i->members; m; m = m->next)
		put_member(out, m);
}

static void put_event(struct buf *out, const struct alert_event *e)
{
	pack_u8(out, (uint8_t)e->kind);
	pack_str(out, e->alert_id);
	pack_u64(out, e->sequence);
	pack_u64(out, (uint64_t)e->ts);
	pack_u64(out, (uint64_t)e->first_ts);
	pack_u8(out, (uint8_t)e->level);
	pack_u8(out, (uint8_t)e->peak_level);
	finding_put(out, &e->headline);
	pack_u64(out, e->tx_total);
	pack_u64(out, e->read_total);
	pack_str(out, e->subject);
	pack_str(out, e->reason);
	pack_str(out, e->technique);
	pack_u32(out, e->folded);
	pack_u8(out, e->digest);
	pack_str(out, e->acked_by);
	pack_u8(out, e->silenced);
	pack_str(out, e->silenced_by);
	pack_u64(out, (uint64_t)e->silenced_until);
	pack_u64(out, e->silenced_bytes);
	pack_u8(out, e->adopt);
	witness_put(out, e->witness);
	pack_u64(out, (uint64_t)e->loud_ts);
	pack_u32(out, e->destinations);
}

int alerts_save(const struct alerts *a, struct buf *out)
{
	pack_u32(out, ALERTS_STATE_MAGIC);
	pack_u32(out, ALERTS_STATE_VERSION);
	pack_u64(out, a->sequence);
	pack_u64(out, a->dropped);
	pack_u64(out, (uint64_t)a->page_day);
	pack_u32(out, a->pages);
	pack_u32(out, (uint32_t)a->incident_count);
	for (const struct incident *i = a->incidents; i; i = i->next)
		put_incident(out, i);
	pack_u32(out, (uint32_t)a->outbox_count);
	for (size_t n = 0; n < a->outbox_count; n++)
		put_event(out, &a->outbox[n].event);
	return out->error;
}
