/* SPDX-License-Identifier: Apache-2.0
 *
 * One answer of the daemon: status, flows, alerts over the control socket. Blocking
 * with a deadline; the view calls it from its own thread (feed.h), --batch directly.
 */
#ifndef TOP_FETCH_H
#define TOP_FETCH_H

#include <pthread.h>

#include "top/ui.h"

struct client;

struct fetch {
	const char *socket_path; /* NULL = the default */
	unsigned int limit;      /* flows asked for; the rest comes as one row */
	struct client *client;   /* kept between answers; NULL = not connected */
	pthread_mutex_t lock;    /* of client and stop; zero is unlocked */
	bool stop;
};

/* Fills *s, which must be empty or from an earlier call. Returns the exit status of
 * the contract: 0, 1, 3 (no daemon), 4 (no permission); words in s->error. */
int fetch_snapshot(struct fetch *f, struct snapshot *s);
/* Asks what `ask` asks, on a connection that is closed then; answers or error go there. */
void fetch_ask(struct fetch *f, struct ask *ask);
void fetch_close(struct fetch *f);

/* From another thread: what is under way ends at once, with an error; after fetch_stop()
 * all that follows too. */
void fetch_interrupt(struct fetch *f);
void fetch_stop(struct fetch *f);

void snapshot_free(struct snapshot *s);

#endif
