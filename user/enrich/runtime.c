/* SPDX-License-Identifier: Apache-2.0
 *
 * Queue, thread and answers; see runtime.h. Questions wait in a fixed table; one that
 * found nothing is put again a few times, because a container sends before its runtime
 * has written it down.
 */
#include "enrich/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/table.h"
#include "config/runtimes.h"
#include "enrich/container_files.h"
#include "enrich/rootless.h"
#include "enrich/runtime_child.h"

enum {
	QUESTIONS_MAX = 256, /* waiting at once; the rest is asked when there is room */
	ANSWERS_MAX = 1024,  /* not yet taken */
	SECOND_MS = 1000,
};

static const unsigned int again_ms[] = { 1000, 5000, 30000 }; /* between tries */
static const unsigned int idle_ms = 10000; /* then the child is ended: it holds 10 MB */
static const unsigned int dead_ms = 15000; /* a socket that failed is left alone for */

struct question {
	char id[128]; /* "" = the slot is free */
	enum runtime runtime;
	uint32_t uid;
	unsigned int tries;
	uint64_t due_ms;
};

struct answer_node {
	struct runtime_answer answer;
	struct answer_node *prev, *next;
};

struct runtimes {
	struct runtime_socket sockets[RUNTIME_SOCKETS_MAX];
	uint64_t dead_until_ms[RUNTIME_SOCKETS_MAX]; /* the thread's */
	size_t socket_count;
	char *labels, *passwd_path, *fs_root;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	pthread_t thread;
	bool running;
	struct question questions[QUESTIONS_MAX];
	struct answer_node *answers;
	size_t answer_count;
	struct runtime_stats stats;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_MS + (uint64_t)t.tv_nsec / 1000000;
}

static char *copy(const char *s)
{
	return strdup(s ? s : "");
}

int runtimes_new(const struct runtime_options *options, struct runtimes **ret)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct runtimes *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (!r)
		return -ENOMEM;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->asked, &attr);
	pthread_condattr_destroy(&attr);
	r->labels = copy(options->labels);
	r->passwd_path = copy(options->passwd_path ? options->passwd_path : "/etc/passwd");
	r->fs_root = copy(options->fs_root);
	if (!r->labels || !r->passwd_path || !r->fs_root ||
	    runtime_sockets_parse(options->sockets, r->sockets, &r->socket_count, &why)) {
		runtimes_free(r);
		return why.len ? -EINVAL : -ENOMEM;
	}
	*ret = r;
	return 0;
}

void runtimes_free(struct runtimes *r)
{
	struct answer_node *a, *next;

	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	atomic_store(&r->stop, true);
	pthread_cond_broadcast(&r->asked);
	pthread_mutex_unlock(&r->lock);
	if (r->running)
		pthread_join(r->thread, NULL);
	DL_FOREACH_SAFE(r->answers, a, next)
	{
		runtime_facts_clear(&a->answer.facts);
		free(a);
	}
	pthread_cond_destroy(&r->asked);
	pthread_mutex_destroy(&r->lock);
	free(r->labels);
	free(r->passwd_path);
	free(r->fs_root);
	free(r);
}

/* --- the thread ------------------------------------------------------------------ */

/* A path may hide its engine: then everybody is asked. */
static bool may_know(enum runtime_speech speech, enum runtime runtime)
{
	switch (runtime) {
	case RUNTIME_DOCKER: return speech == SPEECH_DOCKER;
	case RUNTIME_PODMAN: return speech == SPEECH_PODMAN;
	case RUNTIME_CONTAINERD: return speech != SPEECH_PODMAN;
	case RUNTIME_CRIO: return speech == SPEECH_CRI;
	default: return true;
	}
}

/* Sockets in the order of the configuration until one knows the container. */
static int ask_sockets(struct runtimes *r, struct runtime_child *child, const struct question *q,
		       struct runtime_facts *facts)
{
	for (size_t i = 0; i < r->socket_count && !atomic_load(&r->stop); i++) {
		const struct runtime_socket *s = &r->sockets[i];
		int err;

		if (!may_know(s->speech, q->runtime) || now_ms() < r->dead_until_ms[i])
			continue;
		err = runtime_child_ask(child,
					&(struct runtime_question){ .speech = s->speech,
								    .socket = s->path,
								    .id = q->id,
								    .labels = r->labels },
					&r->stop, facts);
		if (err == 0)
			return 0;
		runtime_facts_clear(facts);
		if (err != -ENOENT)
			r->dead_until_ms[i] = now_ms() + dead_ms;
	}
	return -ENOENT;
}

static int find_out(struct runtimes *r, struct runtime_child *child, const struct question *q,
		    struct runtime_facts *facts)
{
	if (q->uid)
		return rootless_find(r->passwd_path, r->fs_root, q->uid, q->id, facts);
	return ask_sockets(r, child, q, facts);
}

/* With the lock held: the question due first, and when. */
static struct question *next_due(struct runtimes *r)
{
	struct question *best = NULL;

	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		struct question *q = &r->questions[i];

		if (q->id[0] && (!best || q->due_ms < best->due_ms))
			best = q;
	}
	return best;
}

/* Until the question is due, or another comes, or the child has been idle for long. */
static void wait_for_work(struct runtimes *r, const struct question *q, struct runtime_child *child)
{
	uint64_t until_ms = now_ms() + idle_ms;
	struct timespec until;

	if (!q && !child->pid) {
		pthread_cond_wait(&r->asked, &r->lock);
		return;
	}
	if (q && (!child->pid || q->due_ms < until_ms))
		until_ms = q->due_ms;
	until.tv_sec = (time_t)(until_ms / SECOND_MS);
	until.tv_nsec = (long)(until_ms % SECOND_MS) * 1000000;
	if (pthread_cond_timedwait(&r->asked, &r->lock, &until) == ETIMEDOUT &&
	    (!q || q->due_ms > until_ms))
		runtime_child_end(child);
}

/* With the lock held: an answer nobody takes is dropped, and asked for no more. */
static void put_answer(struct runtimes *r, const struct question *q, struct runtime_facts *facts)
{
	struct answer_node *a = r->answer_count < ANSWERS_MAX ? calloc(1, sizeof(*a)) : NULL;

	if (!a) {
		runtime_facts_clear(facts);
		r->stats.dropped++;
		return;
	}
	snprintf(a->answer.id, sizeof(a->answer.id), "%s", q->id);
	a->answer.uid = q->uid;
	a->answer.facts = *facts;
	DL_APPEND(r->answers, a);
	r->answer_count++;
	r->stats.answered++;
}

/* Without the lock while asking: the slot stays taken, so nobody else uses it. */
static void work_on(struct runtimes *r, struct runtime_child *child, struct question *q)
{
	struct question asked = *q;
	struct runtime_facts facts = { 0 };
	int err;

	pthread_mutex_unlock(&r->lock);
	err = find_out(r, child, &asked, &facts);
	pthread_mutex_lock(&r->lock);
	if (err == 0) {
		put_answer(r, &asked, &facts);
	} else if (q->tries < ARRAY_SIZE(again_ms)) {
		q->due_ms = now_ms() + again_ms[q->tries++];
		return;
	} else {
		r->stats.failed++;
	}
	q->id[0] = '\0';
}

static void *work(void *ctx)
{
	struct runtimes *r = ctx;
	struct runtime_child child = { 0 };

	pthread_mutex_lock(&r->lock);
	while (!atomic_load(&r->stop)) {
		struct question *q = next_due(r);

		if (q && q->due_ms <= now_ms())
			work_on(r, &child, q);
		else
			wait_for_work(r, q, &child);
	}
	pthread_mutex_unlock(&r->lock);
	runtime_child_end(&child);
	return NULL;
}

/* Signals are the main thread's. */
static bool run(struct runtimes *r)
{
	sigset_t all, before;

	if (r->running)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r->running = pthread_create(&r->thread, NULL, work, r) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r->running;
}

/* --- questions and answers ------------------------------------------------------- */

static bool anyone_to_ask(const struct runtimes *r, enum runtime runtime, uint32_t uid)
{
	if (uid)
		return true;
	for (size_t i = 0; i < r->socket_count; i++)
		if (may_know(r->sockets[i].speech, runtime))
			return true;
	return false;
}

int runtimes_ask(struct runtimes *r, enum runtime runtime, const char *id, uint32_t uid)
{
	struct question *slot = NULL;

	if (!container_id_is_hex(id) || !anyone_to_ask(r, runtime, uid))
		return -ENOENT;
	if (!run(r))
		return -EAGAIN;
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < QUESTIONS_MAX && !slot; i++)
		if (!r->questions[i].id[0])
			slot = &r->questions[i];
	if (slot) {
		*slot = (struct question){ .runtime = runtime, .uid = uid, .due_ms = now_ms() };
		snprintf(slot->id, sizeof(slot->id), "%s", id);
		r->stats.asked++;
		pthread_cond_signal(&r->asked);
	}
	pthread_mutex_unlock(&r->lock);
	return slot ? 0 : -EBUSY;
}

int runtimes_take(struct runtimes *r, struct runtime_answer *ret)
{
	struct answer_node *a;

	if (!r->running)
		return 0;
	pthread_mutex_lock(&r->lock);
	a = r->answers;
	if (a) {
		DL_DELETE(r->answers, a);
		r->answer_count--;
	}
	pthread_mutex_unlock(&r->lock);
	if (!a)
		return 0;
	*ret = a->answer;
	free(a);
	return 1;
}

void runtimes_get_stats(struct runtimes *r, struct runtime_stats *ret)
{
	pthread_mutex_lock(&r->lock);
	*ret = r->stats;
	pthread_mutex_unlock(&r->lock);
}
