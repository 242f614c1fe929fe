/* SPDX-License-Identifier: Apache-2.0
 *
 * History in SQLite (WAL): roll-ups per series and minute, alert events, audit.
 * Bounded in size and age. A full disk pauses history, never counting or alerting.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alert/alert.h"
#include "model/flowtab.h"

struct buf;
struct store;

struct store_options {
	const char *path;   /* database file, mode 0600 */
	uint64_t max_bytes; /* max_page_count is set from it */
	uint32_t max_days;
};

/* Opens, migrates (schema version), or sets a corrupt file aside under a dated
 * name and makes a new one. -EPROTO: made by a newer version (left untouched). */
int store_open(const struct store_options *options, char **ret_aside, struct store **ret);
void store_close(struct store *s);

/* One transaction each. -ENOSPC: paused (store_paused() says so), the caller goes on. */
int store_add_alert(struct store *s, const struct alert_event *event, const char *json);
int store_add_rollup(struct store *s, int64_t minute_ts, const struct flowtab *table);
int store_add_audit(struct store *s, int64_t ts, uint32_t uid, const char *action,
		    const char *detail);
bool store_paused(const struct store *s);
int store_trim(struct store *s, int64_t now_ts); /* by age and size; bounded work */

/* JSON lines of alert events with ts >= since, oldest first, appended to out. */
int store_alerts_json(struct store *s, int64_t since_ts, size_t limit, struct buf *out);
/* Latest event of one incident (a unique prefix of its id will do): -ENOENT, -ENOTUNIQ. */
int store_alert_show(struct store *s, const char *alert_id, struct buf *out);
/* Roll-ups as JSON lines between two times, for the view and `record`. */
int store_history_json(struct store *s, int64_t since_ts, int64_t until_ts, struct buf *out);

#endif
