/* SPDX-License-Identifier: Apache-2.0
 *
 * What an alert's series sent over time, beside what it was allowed: the bytes of each
 * step, and at each step what the alert's horizon held, which is the number that is
 * judged. Planned and added up here, asked of the daemon by past_fetch().
 */
#ifndef CTL_PAST_H
#define CTL_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct ctl;
struct json_object;

#define PAST_STEPS_MAX 4096 /* shown; nearly three days of minutes */
#define PAST_LEAD_MAX 32    /* steps before, that the first windows reach back to */

struct past {
	int64_t since, until;      /* shown: since <= ts < until */
	uint32_t step_s;           /* of one number below */
	uint32_t window_s;         /* a multiple of step_s; the horizon, at least a step */
	const char *window;        /* "10 min" */
	size_t count, lead;        /* steps shown; steps before them */
	uint64_t *tx;              /* lead + count: bytes of each step */
	uint64_t *judged;          /* count: what the window to each step's end held */
	bool counts;               /* judged are destinations, not bytes */
	bool allowed_known;        /* the next two */
	uint64_t allowed, usual;   /* of one window */
	int64_t first_ts, last_ts; /* it was loud */
	bool has_series;           /* there is a history of it at all */
	const char *note;          /* what to know when looking at it; may be "" */
};
void past_free(struct past *p);
#define _cleanup_past_ _cleanup_(past_free)

/* What to look at, from the alert's own numbers; pure. -ENOMEM. */
int past_plan(struct json_object *alert, int64_t now, struct past *ret);
/* Takes one answer line in; lines that make no sense are passed over. */
void past_take(struct past *p, struct json_object *row);
/* Sums windows up when all is taken. */
void past_finish(struct past *p);

/* The alert's past as the daemon has it. Exit status; what went wrong has been said. A
 * daemon that keeps no history gives none (has_series false, note says it). */
int past_fetch(const struct ctl *ctl, struct json_object *alert, struct past *ret);

/* Columns from steps: the highest window that ends in each column, and the bytes sent
 * in it. width >= 1; returns columns used (<= width). */
size_t past_columns(const struct past *p, size_t width, uint64_t *judged, uint64_t *tx);

#endif
