/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of the daemon at a steady pace from a thread of its own, so that keys are
 * never kept waiting by a slow or stopped daemon. Reconnects by itself.
 */
#ifndef TOP_FEED_H
#define TOP_FEED_H

#include <stdbool.h>

#include "top/fetch.h"

struct feed;

struct feed_options {
	const char *socket_path;
	unsigned int limit;
	unsigned int interval_ms;
};

/* `options` is copied, its strings are not. The caller blocks the signals the
 * thread must not get before this call. 0 or a negative errno. */
int feed_start(const struct feed_options *options, struct feed **ret);
void feed_stop(struct feed *f);

/* Readable while an answer waits. */
int feed_fd(const struct feed *f);

/* Swaps the newest answer into *s (whose memory is reused); false if there is none. */
bool feed_take(struct feed *f, struct snapshot *s);

#endif
