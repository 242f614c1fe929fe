/* SPDX-License-Identifier: Apache-2.0
 *
 * /metrics: the daemon's snapshot and the sinks' own numbers, as Prometheus text or
 * OpenMetrics. Labels are sinks' names: bounded.
 */
#ifndef EXPORT_METRICS_H
#define EXPORT_METRICS_H

#include <stddef.h>

struct buf;
struct event_base;
struct metrics;
struct worker;

/* Serves HTTP on a listening socket (takes fd); -1: on none, the page is made for the
 * sinks only. */
int metrics_open(struct event_base *base, int fd, struct metrics **ret);
void metrics_close(struct metrics *m);

/* The daemon's part, copied; and the sinks (borrowed). */
void metrics_set(struct metrics *m, const void *text, size_t len);
void metrics_add_worker(struct metrics *m, struct worker *w);

/* The whole page as Prometheus text. */
void metrics_page(const struct metrics *m, struct buf *out);

/* Prometheus text as OpenMetrics: families lose _total in HELP and TYPE, "# EOF" ends.
 * Pure. */
void metrics_to_openmetrics(const char *text, size_t len, struct buf *out);

#endif
