/* SPDX-License-Identifier: Apache-2.0
 *
 * --batch: the view's rows as JSON lines, CSV or text, for scripts.
 */
#ifndef TOP_BATCH_H
#define TOP_BATCH_H

#include "top/options.h"
#include "top/ui.h"

/* Appends one answer. `first`: CSV titles come with it. Pure. */
void batch_format(struct ui *ui, const struct options *o, bool first, struct buf *out);

/* Fetches and prints until done; returns the exit status. */
int batch_run(struct ui *ui, const struct options *o);

#endif
