/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink's events in the exporter, in the order of the spool. The cursor moves over
 * what is done at the front, so that a crash anywhere sends again rather than leaves
 * out. Bounded by the credit that was given. No lock: the worker has one.
 */
#ifndef EXPORT_QUEUE_H
#define EXPORT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "sink/link.h"

enum {
	QUEUE_LOOSE = 8, /* events without a sequence: sent if there is room */
	QUEUE_MAX = LINK_CREDIT + QUEUE_LOOSE,
};

enum item_state { ITEM_WAITING, ITEM_PENDING, ITEM_DONE };

struct item {
	uint64_t sequence; /* 0 = none */
	int64_t since_ms;  /* came, or was written */
	size_t len;
	enum item_state state;
	char line[];
};

struct queue {
	struct item *ring[QUEUE_MAX];
	size_t head, count, loose;
};

struct item *queue_at(const struct queue *q, size_t index);

/* Copies the line. -ENOBUFS: no room; -ENOMEM. */
int queue_push(struct queue *q, uint64_t sequence, const void *line, size_t len, int64_t now_ms);

/* Takes what is done off the front. Returns the last sequence of it (0 = none), and in
 * *ret_credit how many had one. */
uint64_t queue_pop_done(struct queue *q, uint64_t *ret_credit);

/* What was written to a connection that is gone waits again; returns how many. */
size_t queue_take_back(struct queue *q);

/* What was written before `before_ms` is done; returns how many. */
size_t queue_settle(struct queue *q, int64_t before_ms);

/* What waits and is pending; when the first that waits came. */
struct queue_state {
	size_t waiting, pending;
	int64_t oldest_ms;
};
void queue_look(const struct queue *q, struct queue_state *ret);

#endif
