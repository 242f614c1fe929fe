/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of a sink's worker share and nobody else sees.
 */
#ifndef EXPORT_WORKER_PRIVATE_H
#define EXPORT_WORKER_PRIVATE_H

#include <pthread.h>

#include "base/buf.h"
#include "export/queue.h"
#include "export/worker.h"
#include "sink/sender.h"

enum { WORKER_SETTLE_MS = 250 }; /* how often a connection without answers is looked at */

struct worker {
	struct outlet *outlet;
	unsigned int index;
	struct sink_config config;
	char host[256];
	const struct sender_ops *ops;
	struct sender *sender;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	/* under the lock: */
	struct queue queue;
	struct worker_stats stats;
	struct buf metrics; /* the newest page; empty = none to send */
	/* of the thread alone: */
	unsigned int failures;
	size_t alone; /* so many events are sent one by one */
	int64_t not_before_ms, settled_ms, state_ms;
	bool metrics_failed; /* said */
	char why[256];
	/* of the thread that hands over alone: */
	int64_t metrics_ms;
};

/* worker_wait.c */
int64_t worker_now_ms(void);

/* worker_say.c: what the daemon hears. State at most once a second unless `now`;
 * acknowledgement and credit for what is done at the queue's front. Not under the
 * lock: the outlet may block. */
void worker_say_state(struct worker *w, bool now);
void worker_acknowledge(struct worker *w);

/* worker_wait.c. Under the lock: until there is something to do. */
void worker_wait(struct worker *w);

#endif
