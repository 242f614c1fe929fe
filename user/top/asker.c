/* SPDX-License-Identifier: Apache-2.0
 *
 * See asker.h. A lane is a thread with one question waiting and one answer ready; both
 * under its lock.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "top/asker.h"
#include "top/fetch.h"

struct lane {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct fetch fetch; /* the thread's own, but for fetch_interrupt() */
	struct ask waiting, ready;
	bool has_waiting, has_ready, stop;
	int event_fd; /* the asker's */
};

struct asker {
	struct lane lanes[ASK_KINDS];
	size_t started;
	int event_fd;
};

void ask_free(struct ask *ask)
{
	for (size_t i = 0; i < ASK_REQUESTS; i++) {
		buf_free(&ask->request[i]);
		buf_free(&ask->rows[i]);
	}
	*ask = (struct ask){ 0 };
}

static void publish(struct lane *l, struct ask *ask)
{
	uint64_t one = 1;

	ask_free(&l->ready);
	l->ready = *ask;
	l->has_ready = true;
	if (write(l->event_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is readable already */
}

static void *run(void *arg)
{
	struct lane *l = arg;
	struct ask ask;

	pthread_mutex_lock(&l->lock);
	while (!l->stop) {
		if (!l->has_waiting) {
			pthread_cond_wait(&l->wake, &l->lock);
			continue;
		}
		ask = l->waiting;
		l->waiting = (struct ask){ 0 };
		l->has_waiting = false;
		pthread_mutex_unlock(&l->lock);
		fetch_ask(&l->fetch, &ask);
		pthread_mutex_lock(&l->lock);
		publish(l, &ask);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static int lane_start(struct lane *l, const char *socket_path, int event_fd)
{
	l->fetch.socket_path = socket_path;
	l->event_fd = event_fd;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	return -pthread_create(&l->thread, NULL, run, l);
}

int asker_start(const char *socket_path, struct asker **ret)
{
	struct asker *a = calloc(1, sizeof(*a));
	int r = 0;

	if (!a)
		return -ENOMEM;
	a->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->event_fd < 0)
		r = -errno;
	for (; r == 0 && a->started < ASK_KINDS; a->started += r == 0)
		r = lane_start(&a->lanes[a->started], socket_path, a->event_fd);
	if (r < 0) {
		asker_stop(a);
		return r;
	}
	*ret = a;
	return 0;
}

static void lane_stop(struct lane *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	fetch_stop(&l->fetch);
	pthread_join(l->thread, NULL);
	ask_free(&l->waiting);
	ask_free(&l->ready);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
}

void asker_stop(struct asker *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->started; i++)
		lane_stop(&a->lanes[i]);
	if (a->event_fd >= 0)
		close(a->event_fd);
	free(a);
}

int asker_fd(const struct asker *a)
{
	return a->event_fd;
}

void asker_put(struct asker *a, struct ask *ask)
{
	struct lane *l = &a->lanes[ask->kind];

	pthread_mutex_lock(&l->lock);
	fetch_interrupt(&l->fetch); /* the older question; this one is not begun before unlock */
	ask_free(&l->waiting);
	l->waiting = *ask;
	l->has_waiting = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	*ask = (struct ask){ 0 };
}

bool asker_take(struct asker *a, struct ask *ret)
{
	uint64_t count;
	bool has = false;

	if (read(a->event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return false;
	for (size_t i = 0; !has && i < ASK_KINDS; i++) {
		struct lane *l = &a->lanes[i];

		pthread_mutex_lock(&l->lock);
		has = l->has_ready;
		if (has) {
			*ret = l->ready;
			l->ready = (struct ask){ 0 };
			l->has_ready = false;
		}
		pthread_mutex_unlock(&l->lock);
	}
	return has;
}
