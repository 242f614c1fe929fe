/* SPDX-License-Identifier: Apache-2.0
 *
 * One host of a replay: its own engine and its own incidents, fed tick by tick.
 * Private to replay/.
 */
#ifndef REPLAY_HOST_H
#define REPLAY_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "alert/alert.h"
#include "detect/engine.h"
#include "egress/params.h"

struct replay_host {
	struct replay_host *next; /* by first appearance */
	const char *name;         /* the trace reader's: compared as a pointer */
	struct engine *engine;
	struct alerts *alerts;
	struct words *words; /* NULL: nothing was said */
	int64_t end_ts;      /* of the last tick; 0 = none */
};

struct replay_options;

int replay_host_new(const struct replay_options *options, struct names *names, const char *name,
		    struct replay_host **ret);
void replay_host_free(struct replay_host *h);

/* Feeds one tick; silent intervals before it are fed as zeros as long as an alert is
 * open, so that it closes when it would have live. */
int replay_host_feed(struct replay_host *h, const struct tick *tick, alert_event_fn fn, void *ctx);

#endif
