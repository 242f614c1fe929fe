/* SPDX-License-Identifier: Apache-2.0
 *
 * An alert event on its way: disk first, then people. What could not be written is
 * counted and shown all the same.
 */
#include <errno.h>
#include <string.h>

#include "alert/alert.h"
#include "base/log.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "serve/serve.h"
#include "sink/console.h"
#include "sink/spool.h"
#include "store/store.h"

enum { SHOW_MAX = 64 }; /* lines a tick: more wait for the next one */

/* True when it is on disk, from where the console takes it. */
static bool keep_on_disk(struct manager *m, const struct buf *json)
{
	uint64_t sequence;
	int r = m->spool ? spool_append(m->spool, json->data, json->len, &sequence) : -ENODEV;

	if (r < 0 && m->alerts_not_on_disk++ == 0)
		log_error("alert could not be written to the spool: %s; it is shown, but a crash "
			  "may lose it",
			  strerror(-r));
	return r == 0;
}

static bool under_journal(void)
{
	return getenv("JOURNAL_STREAM") != NULL;
}

static void show_unkept(const struct buf *json)
{
	struct buf line _cleanup_buf_ = BUF_INIT;

	console_format(json->data, json->len, under_journal(), &line);
	if (!line.error)
		log_line(line.data, line.len);
}

void emit_show(struct manager *m)
{
	if (m->spool && console_drain(m->spool, STDERR_FILENO, under_journal(), SHOW_MAX) < 0)
		log_debug("alerts wait in the spool: standard error takes no more");
}

/* Silenced: history keeps it, nobody is told. */
static int keep_record(struct manager *m, const struct alert_event *event, const struct buf *json)
{
	if (m->store && store_add_alert(m->store, event, json->data) < 0)
		log_debug("history is paused; a silenced event is not recorded");
	return 0;
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
	if (event->silenced)
		return keep_record(m, event, &json);
	if (!keep_on_disk(m, &json))
		show_unkept(&json);
	if (m->store && store_add_alert(m->store, event, json.data) < 0)
		log_debug("history is paused; the alert is in the spool");
	if (event->kind == ALERT_OPEN)
		m->saved_ts = 0; /* the state goes to disk this tick: a crash keeps the id */
	if (event->kind == ALERT_OPEN && (unsigned int)event->level < EG_LEVEL_COUNT &&
	    (unsigned int)event->headline.kind < MANAGER_RULES)
		m->alerts_total[event->headline.kind][event->level]++;
	exporter_poke(m->exporter);
	serve_publish(m->serve, "subscribe", json.data, json.len);
	return 0;
}
