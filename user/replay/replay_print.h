/* SPDX-License-Identifier: Apache-2.0
 *
 * What a replay prints: events as they come, a summary at the end. Private to
 * replay/.
 */
#ifndef REPLAY_PRINT_H
#define REPLAY_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "alert/alert.h"
#include "base/buf.h"

struct replay_report {
	FILE *out;
	bool json;
	struct buf line;
	uint64_t rows, ticks;
	size_t hosts, series;
	int64_t first_ts, end_ts;
	uint64_t events[ALERT_CLOSE + 1]; /* by kind */
	uint64_t alerts[EG_LEVEL_COUNT];  /* incidents by the highest level they reached */
	const char *const *ignored;       /* columns passed over */
	size_t ignored_count;
	struct incident_level *levels; /* uthash by alert.id */
};

/* An alert_event_fn; ctx is the report. -EIO or the errno of writing. */
int replay_print_event(void *ctx, const struct alert_event *event);
int replay_print_summary(struct replay_report *report);
void replay_report_free(struct replay_report *report);

#endif
