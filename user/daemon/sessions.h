/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking database servers for their sessions: one unprivileged child (egressd-sessions)
 * a server, so that one that hangs holds up nobody. Nothing here waits: what a child
 * writes is read as it comes, a child that is late is ended and started again later.
 */
#ifndef DAEMON_SESSIONS_H
#define DAEMON_SESSIONS_H

struct buf;
struct enrich;
struct event_base;
struct params_sessions;
struct sessions;

/* *ret NULL when no server is named. Parameters are borrowed. -ENOMEM, -E2BIG: more
 * servers than ENRICH_DB_SERVERS. */
int sessions_open(struct event_base *base, struct enrich *enrich,
		  const struct params_sessions *params, const char *user, struct sessions **ret);
void sessions_close(struct sessions *s); /* ends the children; NULL is fine, here and below */

/* One JSON object a server: for `status`. */
void sessions_status(const struct sessions *s, struct buf *out);

#endif
