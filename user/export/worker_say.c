/* SPDX-License-Identifier: Apache-2.0
 *
 * What a sink's thread tells the daemon: how it stands, what is done, what it has
 * room for.
 */
#include <string.h>

#include "base/jsonw.h"
#include "export/outlet.h"
#include "export/worker_private.h"

enum { STATE_MS = 1000 }; /* state to the daemon, at most so often */

void worker_say_state(struct worker *w, bool now)
{
	struct buf json _cleanup_buf_ = BUF_INIT;
	struct worker_stats s;

	if (!now && worker_now_ms() < w->state_ms + STATE_MS)
		return;
	w->state_ms = worker_now_ms();
	worker_get_stats(w, &s);
	jsonw_open(&json, '{');
	jsonw_str(&json, "sink.name", w->config.params.name);
	jsonw_str(&json, "sink.type", w->config.params.type);
	jsonw_str(&json, "sink.circuit", s.open ? "open" : "closed");
	jsonw_u64(&json, "sink.sent", s.sent);
	jsonw_u64(&json, "sink.acked", s.acked);
	jsonw_u64(&json, "sink.rejected", s.rejected);
	jsonw_u64(&json, "sink.retries", s.retries);
	jsonw_u64(&json, "sink.resent", s.resent);
	jsonw_u64(&json, "sink.skipped", s.skipped);
	jsonw_u64(&json, "sink.queued", s.queued);
	if (s.last_success_s)
		jsonw_time(&json, "sink.last_success", s.last_success_s);
	if (w->why[0])
		jsonw_str(&json, "sink.error", w->why);
	jsonw_close(&json, '}');
	if (!json.error)
		outlet_send(w->outlet, LINK_STATE, w->index, 0, json.data, json.len);
}

void worker_acknowledge(struct worker *w)
{
	uint64_t credit, last;

	pthread_mutex_lock(&w->lock);
	last = queue_pop_done(&w->queue, &credit);
	w->stats.queued = w->queue.count;
	pthread_mutex_unlock(&w->lock);
	if (last)
		outlet_send(w->outlet, LINK_ACK, w->index, last, NULL, 0);
	if (credit)
		outlet_send(w->outlet, LINK_CREDIT_MORE, w->index, credit, NULL, 0);
}

void worker_get_stats(struct worker *w, struct worker_stats *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	pthread_mutex_unlock(&w->lock);
}

const char *worker_name(const struct worker *w)
{
	return w->config.params.name;
}
