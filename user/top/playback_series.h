/* SPDX-License-Identifier: Apache-2.0
 *
 * The sums of a trace so far, by series, as flow lines; for playback.c only.
 */
#ifndef TOP_PLAYBACK_SERIES_H
#define TOP_PLAYBACK_SERIES_H

#include "model/tick.h"

struct buf;
struct series_table;

int series_table_new(struct series_table **ret);
void series_table_free(struct series_table *t);

/* Adds a tick; forgets nothing. -ENOMEM. */
int series_table_add(struct series_table *t, const struct tick *tick);

/* One `flows` line a series and the total. */
void series_table_write(const struct series_table *t, struct buf *out);

#endif
