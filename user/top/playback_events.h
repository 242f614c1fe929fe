/* SPDX-License-Identifier: Apache-2.0
 *
 * What detection says about a trace: it runs once over the whole of it, by the very code
 * of `egressctl replay`; its events are then shown as time reaches them. For playback.c only.
 */
#ifndef TOP_PLAYBACK_EVENTS_H
#define TOP_PLAYBACK_EVENTS_H

#include <stdint.h>

struct buf;
struct params;
struct playback_events;

/* Runs detection over the trace. 0; -ENOMEM; else an errno, with words in `error` where the
 * trace is to blame. */
int playback_events_new(const char *path, const struct params *params, struct playback_events **ret,
			struct buf *error);
void playback_events_free(struct playback_events *e);

/* Adds the lines of the host's events after `since` until `now`; host NULL: of all. */
void playback_events_write(const struct playback_events *e, const char *host, int64_t since,
			   int64_t now, struct buf *out);

/* Time of the host's first event after `ts` that opens an alert; 0 = none. */
int64_t playback_events_next(const struct playback_events *e, const char *host, int64_t ts);

#endif
