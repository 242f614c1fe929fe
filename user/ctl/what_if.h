/* SPDX-License-Identifier: Apache-2.0
 *
 * The pieces of `egressctl what-if`: history as a trace, incidents of one replay, and
 * what differs between the incidents of two.
 */
#ifndef CTL_WHAT_IF_H
#define CTL_WHAT_IF_H

#include <stdint.h>
#include <stdio.h>

#include "ctl/ctl.h"
#include "egress/types.h"

/* One incident of a replay. */
struct incident {
	char *id, *host, *rule, *subject, *reason; /* owned; the last event's words */
	int64_t first_ts, last_ts;                 /* Unix seconds */
	enum eg_level level;                       /* the highest it reached */
	uint64_t tx_total;                         /* bytes */
};
struct incidents {
	struct incident *item;
	size_t count, cap;
	uint64_t rows; /* of the trace that was judged */
};
#define _cleanup_incidents_ _cleanup_(incidents_free)
void incidents_free(struct incidents *list);

/* One line of `replay --json`. 0, or -ENOMEM, -EBADMSG. */
int incidents_add_line(struct incidents *list, const char *line, size_t len);

enum difference_kind {
	DIFFERENCE_NONE,
	DIFFERENCE_COMES, /* only under the new configuration */
	DIFFERENCE_GOES,  /* only under the present one */
	DIFFERENCE_LEVEL, /* in both, at another level */
};
struct difference {
	enum difference_kind kind;
	const struct incident *now, *then; /* present and new; NULL where there is none */
};

/* Pairs incidents of the same host, rule and subject that overlap in time, and gives
 * each difference, and each pair without one, to fn in order of time. Stops at nonzero. */
typedef int (*difference_fn)(void *ctx, const struct difference *d);
int incidents_compare(const struct incidents *now, const struct incidents *then, difference_fn fn,
		      void *ctx);

/* The daemon's roll-ups since then as a trace, minute by minute, into a file without a
 * name. Exit status; what went wrong has been said. */
int what_if_fetch(const struct ctl *ctl, int64_t since, FILE *trace);

#endif
