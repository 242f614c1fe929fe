/* SPDX-License-Identifier: Apache-2.0
 *
 * Local relays: what a pooler, a proxy or a tunnel sends out was given to it by a
 * database over a local socket, or through a pipe by what took it there. The link is
 * found for processes that an alert may be about, from the hand-off edges of the live table.
 */
#ifndef MODEL_RELAY_H
#define MODEL_RELAY_H

struct enrich;
struct flow;
struct flowtab;

/* Looks for the database process whose bytes this flow's process passes on, through up
 * to two further relays, and gives the process's ident its session (feeder, db_*). At
 * most once a second a process; of those that sent locally within the last minute, and of
 * what relay_watch() remembers.
 * Returns 1 if it looked, 0 if it was not due. */
int relay_trace(struct flowtab *t, struct enrich *enrich, const struct flow *flow);

/* A relay may take everything first and send it when the database has long forgotten:
 * of one database process a call that sends much locally, finds who takes it and has
 * enrich remember. Once a tick. */
void relay_watch(struct flowtab *t, struct enrich *enrich);

#endif
