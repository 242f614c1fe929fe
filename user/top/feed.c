/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread that asks; see feed.h. Shared with the screen: one finished answer
 * under a mutex and an eventfd that says it is there.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "top/feed.h"

struct feed {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* ends the pause between answers early */
	struct fetch fetch;  /* the thread's own */
	struct snapshot ready;
	bool has_ready, stop;
	unsigned int interval_ms;
	int event_fd;
};

static void timespec_add_ms(struct timespec *t, unsigned int ms)
{
	t->tv_sec += ms / 1000;
	t->tv_nsec += (long)(ms % 1000) * 1000000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_sec++;
		t->tv_nsec -= 1000000000;
	}
}

static void publish(struct feed *f, struct snapshot *s)
{
	struct snapshot old;
	uint64_t one = 1;

	pthread_mutex_lock(&f->lock);
	old = f->ready;
	f->ready = *s;
	f->has_ready = true;
	pthread_mutex_unlock(&f->lock);
	*s = old;
	if (write(f->event_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is readable already */
}

/* Waits for the next turn; false when it is time to end. */
static bool pause_until(struct feed *f, const struct timespec *when)
{
	bool stop;

	pthread_mutex_lock(&f->lock);
	while (!f->stop && pthread_cond_timedwait(&f->wake, &f->lock, when) != ETIMEDOUT)
		;
	stop = f->stop;
	pthread_mutex_unlock(&f->lock);
	return !stop;
}

static void *run(void *arg)
{
	struct feed *f = arg;
	struct snapshot s = { 0 };
	struct timespec next, now;

	clock_gettime(CLOCK_MONOTONIC, &next);
	do {
		(void)fetch_snapshot(&f->fetch, &s);
		publish(f, &s);
		timespec_add_ms(&next, f->interval_ms);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > next.tv_sec) /* stopped or slow: do not catch up in a burst */
			next = now;
	} while (pause_until(f, &next));
	snapshot_free(&s);
	return NULL;
}

int feed_start(const struct feed_options *options, struct feed **ret)
{
	struct feed *f = calloc(1, sizeof(*f));
	pthread_condattr_t attr;
	int r;

	if (!f)
		return -ENOMEM;
	f->fetch = (struct fetch){ .socket_path = options->socket_path, .limit = options->limit };
	f->interval_ms = options->interval_ms;
	f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->event_fd < 0) {
		r = -errno;
		free(f);
		return r;
	}
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->wake, &attr);
	pthread_condattr_destroy(&attr);
	r = pthread_create(&f->thread, NULL, run, f);
	if (r != 0) {
		close(f->event_fd);
		free(f);
		return -r;
	}
	*ret = f;
	return 0;
}

void feed_stop(struct feed *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
	fetch_stop(&f->fetch); /* a daemon that does not answer keeps nobody from leaving */
	pthread_join(f->thread, NULL);
	fetch_close(&f->fetch);
	snapshot_free(&f->ready);
	close(f->event_fd);
	pthread_cond_destroy(&f->wake);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

int feed_fd(const struct feed *f)
{
	return f->event_fd;
}

bool feed_take(struct feed *f, struct snapshot *s)
{
	struct snapshot old = *s;
	uint64_t count;
	bool has;

	if (read(f->event_fd, &count, sizeof(count)) < 0)
		return false;
	pthread_mutex_lock(&f->lock);
	has = f->has_ready;
	if (has) {
		*s = f->ready;
		f->ready = old;
		f->has_ready = false;
	}
	pthread_mutex_unlock(&f->lock);
	return has;
}
