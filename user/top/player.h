/* SPDX-License-Identifier: Apache-2.0
 *
 * Moves a replay: at its pace, and where the user's keys want it to go.
 */
#ifndef TOP_PLAYER_H
#define TOP_PLAYER_H

#include "top/playback.h"

/* One beat of the clock: ui->speed intervals on, unless paused. 0 or a negative errno. */
int player_tick(struct playback *p, struct ui *ui, struct snapshot *s);

/* Does what ui->seek asks, if anything. 0 or a negative errno. */
int player_seek(struct playback *p, struct ui *ui, struct snapshot *s);

#endif
