/* SPDX-License-Identifier: Apache-2.0
 *
 * The live past: the hour before a moment, from the daemon's history, on the same
 * screens. Minutes are what history knows; TOTAL is the hour's.
 */
#ifndef TOP_PAST_H
#define TOP_PAST_H

#include "top/ui.h"

#define PAST_STEP_S 60
#define PAST_ALERTS_S (7 * 86400) /* alerts older than this are not listed at a moment */

/* Does what ui->seek asks of a live daemon, if anything: asks for the past, or returns
 * to the present. What goes wrong is said on the screen. */
void past_seek(struct ui *ui);

/* One beat of the clock: goes on while the past is being played. */
void past_beat(struct ui *ui);

/* The hour that was asked for. -ENOMEM. */
int past_answer(struct ui *ui, const struct ask *ask);

/* Takes an answer (history rows in s->flows, events in s->alerts) for the hour that ends
 * at `when`. Pure. -ENOMEM. */
int past_take(struct ui *ui, const struct snapshot *s, int64_t when);

/* Back to what the daemon says now. */
void past_leave(struct ui *ui);

/* Start of the first alert that opens after `when`, of events as JSON lines; 0 = none. */
int64_t past_next_alert(const struct buf *alerts, int64_t when);

#endif
