/* SPDX-License-Identifier: Apache-2.0
 *
 * An alert event on its way: disk first, then people. What could not be written is
 * counted and shown all the same.
 */
#include <errno.h>
#include <string.h>

#include "alert/alert.h"
#include "base/log.h"
#include "base/vocab.h"
#include "daemon/manager.h"
#include "serve/serve.h"
#include "sink/spool.h"
#include "store/store.h"

static const char *const event_words[] = { "open", "update", "close" };

static void keep_on_disk(struct manager *m, const struct buf *json)
{
	uint64_t sequence;
	int r = m->spool ? spool_append(m->spool, json->data, json->len, &sequence) : -ENODEV;

	if (r == 0)
		return;
	if (m->alerts_not_on_disk++ == 0)
		log_error(
			"alert could not be written to the spool: %s; it is shown, but a crash may lose it",
			strerror(-r));
}

int emit_alert(void *manager, const struct alert_event *event)
{
	struct buf json _cleanup_buf_ = BUF_INIT;
	struct manager *m = manager;
	int r = alert_event_json(event, &json);

	if (r == 0)
		r = json.error;
	if (r < 0)
		return r;
	keep_on_disk(m, &json);
	if (m->store && store_add_alert(m->store, event, json.data) < 0)
		log_debug("history is paused; the alert is in the spool");
	log_at(event->level >= EG_LEVEL_TICKET ? LOG_L_WARNING : LOG_L_INFO, "%s %s [%.8s] %s",
	       level_name(event->level), event_words[event->kind], event->alert_id, event->reason);
	serve_publish(m->serve, "subscribe", json.data, json.len);
	return 0;
}
