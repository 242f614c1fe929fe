/* SPDX-License-Identifier: Apache-2.0
 *
 * One answer of the daemon: status, flows, alerts over the control socket. Blocking
 * with a deadline; the view calls it from its own thread (feed.h), --batch directly.
 */
#ifndef TOP_FETCH_H
#define TOP_FETCH_H

#include "top/ui.h"

struct client;

struct fetch {
	const char *socket_path; /* NULL = the default */
	unsigned int limit;      /* flows asked for; the rest comes as one row */
	struct client *client;   /* kept between answers; NULL = not connected */
};

/* Fills *s, which must be empty or from an earlier call. Returns the exit status of
 * the contract: 0, 1, 3 (no daemon), 4 (no permission); words in s->error. */
int fetch_snapshot(struct fetch *f, struct snapshot *s);
/* The hour before `when` (s->flows: history rows) and the alert events of the week before
 * and all since (s->alerts), on a connection of its own. As fetch_snapshot(). */
int fetch_past(const char *socket_path, int64_t when, struct snapshot *s);
/* Acknowledges an alert on a connection of its own; 0, or the exit status with the
 * reason in `words`. */
int fetch_ack(const char *socket_path, const char *alert_id, char *words, size_t size);
/* One question on a connection of its own; rows are appended. 0, or the exit status with
 * the reason in `words`. */
int fetch_rows(const char *socket_path, const char *request, struct buf *rows, char *words,
	       size_t size);
void fetch_close(struct fetch *f);

void snapshot_free(struct snapshot *s);

#endif
