/* SPDX-License-Identifier: Apache-2.0
 *
 * When a sink's thread has something to do: a batch is full or old enough, a wait is
 * over, a connection without answers is to be looked at, metrics have come.
 */
#include <time.h>

#include "base/units.h"
#include "export/worker_private.h"

enum { IDLE_MS = 3600000 }; /* it is woken by what comes */

int64_t worker_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How long until there is something to do; 0 = now. Under the lock. */
static int64_t idle_ms(const struct worker *w, int64_t now)
{
	const struct params_sink *p = &w->config.params;
	struct queue_state q;
	int64_t wait = IDLE_MS;

	if (w->metrics.len)
		return 0;
	queue_look(&w->queue, &q);
	if (q.waiting) {
		int64_t due = q.waiting >= p->batch_events ? now : q.oldest_ms + p->linger_ms;

		wait = MAX(due, w->not_before_ms) - now;
	}
	if (q.pending)
		wait = MIN(wait, w->settled_ms + WORKER_SETTLE_MS - now);
	return MAX(wait, (int64_t)0);
}

void worker_wait(struct worker *w)
{
	int64_t now = worker_now_ms(), wait;

	while ((wait = idle_ms(w, now)) > 0) {
		int64_t until = now + wait;
		const struct timespec t = { .tv_sec = (time_t)(until / 1000),
					    .tv_nsec = (long)(until % 1000) * 1000000 };

		(void)pthread_cond_timedwait(&w->more, &w->lock, &t);
		now = worker_now_ms();
	}
}
