/* SPDX-License-Identifier: Apache-2.0
 *
 * An errand: one piece of work that may take long, done by a thread of its own while the
 * event loop goes on. What it works on has one owner at a time: the thread, from
 * errand_start() until errand_ended() or errand_wait() says that it is back. The thread has
 * the capabilities and filters of the one that starts it, and takes no signals.
 */
#ifndef BASE_ERRAND_H
#define BASE_ERRAND_H

#include <pthread.h>
#include <stdbool.h>

struct errand {
	pthread_t thread;
	int fd; /* for the event loop: readable when the work is done; -1 = not open */
	bool out;
	void (*work)(void *ctx);
	void *ctx;
};

/* Before anything else; errand_close() is allowed without it on { .fd = -1 }. -errno. */
int errand_open(struct errand *e);
/* Begins it. -EBUSY: another is out; -EAGAIN: no thread can be had, nothing has begun. */
int errand_start(struct errand *e, void (*work)(void *ctx), void *ctx);
/* True once for each, when its work is done; never blocks for longer than a thread takes
 * to leave. */
bool errand_ended(struct errand *e);
/* Blocks until the work is done. True if there was any. */
bool errand_wait(struct errand *e);
/* As errand_wait(), and closes. */
void errand_close(struct errand *e);

#endif
