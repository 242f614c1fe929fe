/* SPDX-License-Identifier: Apache-2.0
 *
 * Reverse names of peers, asked of a resolver by the event loop: nothing waits for an
 * answer. Off unless configured, because a question tells the resolver whom this host
 * talks to.
 */
#ifndef DAEMON_REVERSE_H
#define DAEMON_REVERSE_H

struct enrich;
struct event_base;
struct reverse;

/* resolver: "192.0.2.53" or "192.0.2.53:5353", "" = those of /etc/resolv.conf. -EINVAL:
 * no resolver. */
int reverse_open(struct event_base *base, const char *resolver, struct enrich *enrich,
		 struct reverse **ret);
void reverse_close(struct reverse *r); /* before its enrich and event_base go */

/* Asks what enrich wants to know. Once a tick. NULL is fine. */
void reverse_tick(struct reverse *r);

#endif
