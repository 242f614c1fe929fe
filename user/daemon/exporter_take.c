/* SPDX-License-Identifier: Apache-2.0
 *
 * What the exporter says: acknowledgements, credit, refusals, state; see exporter.h. It
 * has no privileges and is not believed further than that.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "daemon/deadletter.h"
#include "daemon/exporter_private.h"
#include "sink/addressed.h"
#include "sink/spool.h"

void exporter_keep_cursors(struct exporter *e)
{
	for (size_t i = 0; e->o.spool && i < e->count; i++) {
		struct target *t = &e->targets[i];
		int r;

		if (t->acked <= t->kept)
			continue;
		r = spool_ack(e->o.spool, t->name, t->acked);
		if (r < 0)
			log_warning("sink %s: cursor: %s; events will come twice", t->name,
				    strerror(-r));
		t->kept = t->acked;
	}
}

static void bury(struct exporter *e, struct target *t, uint64_t sequence, const char *why,
		 size_t len)
{
	struct buf record _cleanup_buf_ = BUF_INIT, reason _cleanup_buf_ = BUF_INIT;
	uint64_t found = 0;
	int r = e->o.spool ? spool_read(e->o.spool, sequence, &record, &found) : -ENODEV;

	utf8_add(&reason, why, len);
	t->rejected++;
	if (r == 0)
		record.len = addressed_strip(record.data, record.len);
	if (r == 0 && found == sequence)
		r = deadletter_add(e->o.state_dir, t->name, sequence,
				   reason.data ? reason.data : "", record.data, record.len);
	log_error("sink %s refused event %" PRIu64 " for good (%s); %s", t->name, sequence,
		  reason.data ? reason.data : "", r == 0 ? "see dead-letter.jsonl" : strerror(-r));
}

/* What a process without privileges says is kept only if it is one JSON object. */
static void take_state(struct target *t, const char *json, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(4);
	struct json_object *o = tokener ? json_tokener_parse_ex(tokener, json, (int)len) : NULL;

	if (json_object_is_type(o, json_type_object)) {
		free(t->state);
		t->state = strdup(json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	json_object_put(o);
	if (tokener)
		json_tokener_free(tokener);
}

/* A sink that has caught up is noted at once, so that the spool counts nothing of it as
 * given up; one that is at it, by the timer. */
static void take_ack(struct exporter *e, struct target *t, uint64_t sequence)
{
	struct spool_stats spool = { 0 };

	t->acked = sequence;
	if (e->o.spool)
		spool_get_stats(e->o.spool, &spool);
	if (sequence + 1 == spool.next_sequence)
		exporter_keep_cursors(e);
}

static int take_frame(struct exporter *e, const struct link_header *h, const char *payload)
{
	struct target *t = NULL;

	for (size_t i = 0; i < e->count; i++)
		if (e->targets[i].ready && e->targets[i].number == h->sink)
			t = &e->targets[i];
	if (!t)
		return -EBADMSG;
	switch (h->type) {
	case LINK_CREDIT_MORE:
		if (h->sequence > LINK_CREDIT || t->credit + h->sequence > LINK_CREDIT)
			return -EBADMSG;
		t->credit += h->sequence;
		return 0;
	case LINK_ACK:
		if (h->sequence < t->acked || h->sequence >= t->next)
			return -EBADMSG;
		take_ack(e, t, h->sequence);
		return 0;
	case LINK_REJECT:
		if (h->sequence >= t->next)
			return -EBADMSG;
		bury(e, t, h->sequence, payload, h->length);
		return 0;
	case LINK_STATE: take_state(t, payload, h->length); return 0;
	default: return -EBADMSG;
	}
}

int exporter_take(struct exporter *e)
{
	struct evbuffer *in = bufferevent_get_input(e->link);
	int n = 0, r = 0;

	while (r == 0 && evbuffer_get_length(in) >= LINK_HEADER_BYTES) {
		size_t have = evbuffer_get_length(in);
		const char *data = (const char *)evbuffer_pullup(in, -1);
		struct link_header h;

		n = data ? link_parse(data, have, &h) : -ENOMEM;
		if (n <= 0)
			break;
		r = take_frame(e, &h, data + LINK_HEADER_BYTES);
		(void)evbuffer_drain(in, (size_t)n);
	}
	return r < 0 ? r : MIN(n, 0);
}

void exporter_status(const struct exporter *e, struct buf *out)
{
	struct spool_stats spool = { 0 };

	if (!e)
		return;
	if (e->o.spool)
		spool_get_stats(e->o.spool, &spool);
	for (size_t i = 0; i < e->count; i++) {
		const struct target *t = &e->targets[i];

		jsonw_open(out, '{');
		jsonw_str(out, "sink.name", t->name);
		jsonw_str(out, "sink.promise", t->promise);
		jsonw_bool(out, "sink.ready", t->ready && e->link);
		jsonw_u64(out, "sink.behind",
			  spool.next_sequence ? spool.next_sequence - 1 - t->acked : 0);
		jsonw_u64(out, "sink.dead_letters", t->rejected);
		if (t->state) {
			jsonw_key(out, "sink.state");
			buf_add_str(out, t->state);
		}
		jsonw_close(out, '}');
	}
}
