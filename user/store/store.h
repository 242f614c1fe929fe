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
	/* An audit entry of the store's own (a gap, damage), once it is written; NULL = nobody
	 * asks. Must not call the store. */
	void (*noted)(void *ctx, int64_t ts, const char *action, const char *detail);
	void *noted_ctx;
};

/* Opens, migrates (schema version), or sets a corrupt file aside under a dated
 * name and makes a new one. -EPROTO: made by a newer version (left untouched);
 * -EBUSY: another process has it open; -ENOSPC, -EACCES. Strings are copied. */
int store_open(const struct store_options *options, char **ret_aside, struct store **ret);
void store_close(struct store *s);

/* One transaction each. -ENOSPC (or -EIO): paused (store_paused() says so), the caller
 * goes on; the next call that succeeds ends the pause and leaves an audit entry of the
 * gap. -EUCLEAN: the file was found damaged: set aside, begun anew, noted in the audit. */
/* The same event_id twice is one row. */
int store_add_alert(struct store *s, const struct alert_event *event, const char *json);
/* What each series sent since the last call, booked on the minute that begins at
 * minute_ts. The first call after opening only takes the flows' totals as the base: call
 * it after the first tick, then once a minute. The 1000 largest series of a minute are
 * kept apart, the rest is one row "other" a scope. */
int store_add_rollup(struct store *s, int64_t minute_ts, const struct flowtab *table);
int store_add_audit(struct store *s, int64_t ts, uint32_t uid, const char *action,
		    const char *detail);
bool store_paused(const struct store *s);
/* By age and size; bounded work: call it about once a minute. */
int store_trim(struct store *s, int64_t now_ts);

/* JSON lines of alert events with ts >= since, oldest first, appended to out; if there
 * are more than limit, the newest of them. */
int store_alerts_json(struct store *s, int64_t since_ts, size_t limit, struct buf *out);
/* The same of the audit: what was changed, when, by whom. */
int store_audit_json(struct store *s, int64_t since_ts, size_t limit, struct buf *out);
/* Latest event of one incident (a unique prefix of its id will do): -ENOENT, -ENOTUNIQ. */
int store_alert_show(struct store *s, const char *alert_id, struct buf *out);
/* Roll-ups as JSON lines for the view. */
struct store_query {
	int64_t since, until;  /* since <= ts < until */
	uint32_t step_s;       /* bytes of so many seconds in one line; 0 = 60. From 3600 on, hours
				 are read, which go back further and cost less */
	uint64_t actor;        /* only this one; 0 = all */
	const char *group;     /* only this destination group; NULL = all */
	enum series_class cls; /* only to these destinations */
	bool sum;              /* one line a step (ts, tx, wire) of all that left the host */
};
/* -EFBIG: more than 16 MiB or half a second; out holds whole lines up to there. */
int store_history_json(struct store *s, const struct store_query *query, struct buf *out);

struct store_stats {
	uint64_t bytes, max_bytes; /* pages in use; the bound */
	uint64_t lost_writes;      /* transactions that a pause or damage took */
	uint64_t set_aside;        /* damaged files since the start */
	uint64_t size_trims;       /* times the oldest went because of the size bound */
};
void store_get_stats(const struct store *s, struct store_stats *ret);

#endif
