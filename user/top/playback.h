/* SPDX-License-Identifier: Apache-2.0
 *
 * A recorded trace shown like a daemon's answers: each tick becomes a snapshot, with
 * the alerts that detection, run over the trace first, had raised by then. No
 * daemon, no root.
 */
#ifndef TOP_PLAYBACK_H
#define TOP_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "top/ui.h"

struct playback;

/* Runs detection over the whole trace and stands before its first tick. "-" is standard
 * input, kept in memory. -EINVAL or another errno with words in `error`. A trace of several
 * hosts shows the first. */
int playback_open(const char *path, struct playback **ret, struct buf *error);
void playback_close(struct playback *p);

/* Makes the next tick the present one and fills *s: 1; 0 at the end of the trace
 * (*s untouched); a negative errno. */
int playback_step(struct playback *p, struct snapshot *s);

/* The last tick that ends at or before `ts`, or the first there is, becomes the present one; going back
 * reads the trace anew. As playback_step(). */
int playback_seek(struct playback *p, int64_t ts, struct snapshot *s);

/* The next host of the trace (the first after the last) is the one that is shown; the next
 * step or seek starts from the beginning of the trace. Returns how many there are. */
size_t playback_next_host(struct playback *p);

/* End of the present tick, its length, and the end of the first that opens an
 * alert after `ts` (0 = none). */
int64_t playback_now(const struct playback *p);
uint32_t playback_interval_s(const struct playback *p);
int64_t playback_next_alert(const struct playback *p, int64_t ts);

#endif
