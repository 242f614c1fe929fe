/* SPDX-License-Identifier: Apache-2.0
 *
 * What a receiver refused for good, with its reason: STATE_DIR/dead-letter.jsonl, and
 * the one before it when that was full. A line each; bounded.
 */
#ifndef DAEMON_DEADLETTER_H
#define DAEMON_DEADLETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One refused record behind the others, on disk when it returns. */
int deadletter_add(const char *state_dir, const char *sink, uint64_t sequence, const char *reason,
		   const char *record, size_t len);

struct deadletter {
	const char *time, *sink, *reason; /* "" when missing */
	const char *record;               /* the event, one line */
	uint64_t sequence;                /* in the spool */
};
/* Called for each, oldest first. deadletter_take(): > 0 takes it out of the file. */
typedef int (*deadletter_fn)(void *ctx, const struct deadletter *d);

int deadletter_each(const char *state_dir, deadletter_fn fn, void *ctx);
/* The files are rewritten without what fn took: a crash before leaves all of it. */
int deadletter_take(const char *state_dir, deadletter_fn fn, void *ctx);

#endif
