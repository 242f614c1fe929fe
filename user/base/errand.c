/* SPDX-License-Identifier: Apache-2.0
 *
 * See errand.h. The descriptor is an eventfd; joining the thread is what hands its work over.
 */
#include "base/errand.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int errand_open(struct errand *e)
{
	*e = (struct errand){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	return e->fd < 0 ? -errno : 0;
}

static void *run(void *ctx)
{
	const uint64_t one = 1;
	struct errand *e = ctx;

	e->work(e->ctx);
	(void)!write(e->fd, &one, sizeof(one)); /* cannot fail below 2^64 */
	return NULL;
}

int errand_start(struct errand *e, void (*work)(void *ctx), void *ctx)
{
	sigset_t all, before;
	int r;

	if (e->out)
		return -EBUSY;
	e->work = work;
	e->ctx = ctx;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the loop's */
	r = e->fd < 0 ? EAGAIN : pthread_create(&e->thread, NULL, run, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	e->out = r == 0;
	return -r;
}

bool errand_wait(struct errand *e)
{
	uint64_t count;

	if (!e->out)
		return false;
	pthread_join(e->thread, NULL);
	e->out = false;
	(void)!read(e->fd, &count, sizeof(count)); /* as if nothing had been said */
	return true;
}

bool errand_ended(struct errand *e)
{
	uint64_t count;

	if (!e->out || read(e->fd, &count, sizeof(count)) < 0)
		return false;
	return errand_wait(e);
}

void errand_close(struct errand *e)
{
	(void)errand_wait(e);
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
}
