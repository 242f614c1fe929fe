/* SPDX-License-Identifier: Apache-2.0
 *
 * Errands: the work runs in another thread, the descriptor tells when it is done, and what
 * it did is there when it is taken back; nothing is lost when it is not waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "base/errand.h"

struct job {
	sem_t may_end;
	int done; /* plain: only the handing over makes it safe to read */
	pthread_t by;
	sigset_t blocked;
};

static void work(void *ctx)
{
	struct job *j = ctx;

	while (sem_wait(&j->may_end) < 0)
		;
	j->by = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &j->blocked);
	j->done++;
}

static struct job job_ready(unsigned int may_end)
{
	struct job j = { .done = 0 };

	assert_int_equal(sem_init(&j.may_end, 0, may_end), 0);
	return j;
}

static bool readable(const struct errand *e, int timeout_ms)
{
	struct pollfd p = { .fd = e->fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

static void it_runs_aside_and_says_when_it_ended(void **state)
{
	struct job j = job_ready(0);
	struct errand e;

	(void)state;
	assert_int_equal(errand_open(&e), 0);
	assert_false(errand_ended(&e));
	for (int turn = 1; turn <= 3; turn++) {
		assert_int_equal(errand_start(&e, work, &j), 0);
		assert_false(errand_ended(&e));
		assert_false(readable(&e, 0));
		assert_int_equal(errand_start(&e, work, &j), -EBUSY);
		sem_post(&j.may_end);
		assert_true(readable(&e, -1));
		assert_true(errand_ended(&e));
		assert_int_equal(j.done, turn);
		assert_false(pthread_equal(j.by, pthread_self()));
		assert_int_equal(sigismember(&j.blocked, SIGTERM), 1);
		assert_false(errand_ended(&e)); /* once */
		assert_false(readable(&e, 0));
	}
	errand_close(&e);
	assert_int_equal(e.fd, -1);
}

static void waiting_takes_it_back_too(void **state)
{
	struct job j = job_ready(1);
	struct errand e;

	(void)state;
	assert_int_equal(errand_open(&e), 0);
	assert_false(errand_wait(&e));
	assert_int_equal(errand_start(&e, work, &j), 0);
	assert_true(errand_wait(&e));
	assert_int_equal(j.done, 1);
	assert_false(readable(&e, 0));
	assert_false(errand_ended(&e));
	errand_close(&e);
}

static void closing_waits(void **state)
{
	struct job j = job_ready(1);
	struct errand e;

	(void)state;
	assert_int_equal(errand_open(&e), 0);
	assert_int_equal(errand_start(&e, work, &j), 0);
	errand_close(&e);
	assert_int_equal(j.done, 1);
	errand_close(&e);
}

static void without_a_descriptor_nothing_begins(void **state)
{
	struct job j = job_ready(1);
	struct errand e = { .fd = -1 };

	(void)state;
	assert_int_equal(errand_start(&e, work, &j), -EAGAIN);
	assert_false(errand_ended(&e));
	assert_false(errand_wait(&e));
	assert_int_equal(j.done, 0);
	errand_close(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_runs_aside_and_says_when_it_ended),
		cmocka_unit_test(waiting_takes_it_back_too),
		cmocka_unit_test(closing_waits),
		cmocka_unit_test(without_a_descriptor_nothing_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
