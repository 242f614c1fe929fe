/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of the spool to the exporter, a sink at a time as far as it has room; see
 * exporter.h. What the spool gave up is said by an event in its place.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "daemon/exporter_private.h"
#include "sink/spool.h"

enum { FEED_RECORDS = 64 }; /* of one sink at a time */

int exporter_send(struct exporter *e, enum link_type type, unsigned int sink, uint64_t sequence,
		  const void *payload, size_t len)
{
	struct buf frame _cleanup_buf_ = BUF_INIT;
	int r = link_add(&frame, type, sink, sequence, payload, len);

	if (r == 0 && bufferevent_write(e->link, frame.data, frame.len) < 0)
		r = -ENOMEM;
	return r;
}

/* Records between two that are given up: one event in their place. */
static int send_gap(struct exporter *e, struct target *t, uint64_t from, uint64_t to)
{
	struct buf line _cleanup_buf_ = BUF_INIT, why _cleanup_buf_ = BUF_INIT;
	struct buf id _cleanup_buf_ = BUF_INIT;

	buf_addf(&id, "gap-%s-%s-%" PRIu64 "-%" PRIu64, e->o.host, t->name, from, to);
	buf_addf(&why,
		 "%" PRIu64 " events (%" PRIu64 " to %" PRIu64
		 ") were given up before %s could take them: the spool was full or damaged.",
		 to - from + 1, from, to, t->name);
	jsonw_open(&line, '{');
	jsonw_time(&line, "@timestamp", (int64_t)time(NULL));
	jsonw_i64(&line, "ts", (int64_t)time(NULL));
	jsonw_str(&line, "host", e->o.host);
	jsonw_str(&line, "event.id", id.data ? id.data : "gap");
	jsonw_str(&line, "event", "gap");
	jsonw_u64(&line, "gap.from", from);
	jsonw_u64(&line, "gap.to", to);
	jsonw_u64(&line, "gap.records", to - from + 1);
	jsonw_str(&line, "reason", why.data ? why.data : "gap");
	jsonw_close(&line, '}');
	log_warning("sink %s: %s", t->name, why.data ? why.data : "gap");
	return line.error ? line.error
			  : exporter_send(e, LINK_RECORD, t->number, to, line.data, line.len);
}

/* 0 = nothing more for now. */
static int feed_one(struct exporter *e, struct target *t)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	uint64_t sequence;
	int r = spool_read(e->o.spool, t->next, &record, &sequence);

	if (r == -ENOENT)
		return 0;
	/* A sink that never had anything is not told of what was before it. */
	if (r == 0 && sequence > t->next && t->next > 1) {
		r = send_gap(e, t, t->next, sequence - 1);
		t->next = sequence;
		t->credit--;
		return r < 0 ? r : 1;
	}
	if (r == 0)
		r = exporter_send(e, LINK_RECORD, t->number, sequence, record.data, record.len);
	if (r < 0) {
		log_error("spool: record %" PRIu64 " for %s: %s", t->next, t->name, strerror(-r));
		return 0;
	}
	t->next = sequence + 1;
	t->credit--;
	return 1;
}

void exporter_feed(struct exporter *e)
{
	const struct evbuffer *out;

	if (!e->link || !e->o.spool)
		return;
	out = bufferevent_get_output(e->link);
	for (size_t i = 0; i < e->count; i++) {
		struct target *t = &e->targets[i];

		for (int n = 0; t->ready && t->credit && n < FEED_RECORDS &&
				evbuffer_get_length(out) < EXPORTER_FEED_HIGH;
		     n++)
			if (feed_one(e, t) <= 0)
				break;
	}
}
