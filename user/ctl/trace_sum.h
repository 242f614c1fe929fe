/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a trace's interval longer: rows of one series within it become one. Pure.
 */
#ifndef CTL_TRACE_SUM_H
#define CTL_TRACE_SUM_H

#include <stddef.h>
#include <stdint.h>

struct trace_sum;
/* Gets each line of the longer trace, without '\n'. Nonzero ends the call. */
typedef int (*trace_sum_fn)(void *ctx, const char *line, size_t len);

int trace_sum_new(uint32_t interval_s, trace_sum_fn fn, void *ctx, struct trace_sum **ret);
void trace_sum_free(struct trace_sum *s);

/* One line of the trace as it comes: the header, then rows in time order. A row that
 * begins a new interval gives out the one before. 0; what fn returned; -EBADMSG: no
 * trace; -EINVAL: the interval is no multiple of the header's. */
int trace_sum_add(struct trace_sum *s, const char *line, size_t len);
/* Gives out what is left. */
int trace_sum_flush(struct trace_sum *s);

#endif
