/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink's thread: batches, what became of each event, when to try again; see worker.h.
 */
#include "export/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/log.h"
#include "export/backoff.h"
#include "export/outlet.h"
#include "export/wanted.h"
#include "export/worker_private.h"
#include "sink/addressed.h"

enum { BATCH_MAX = 1000 }; /* of batch_events */

/* The next batch, in order. Under the lock. */
static size_t choose(struct worker *w, struct item **chosen, struct send_item *items)
{
	const struct params_sink *p = &w->config.params;
	size_t limit = w->alone || w->failures >= BACKOFF_CIRCUIT ? 1 : p->batch_events, n = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < w->queue.count && n < MIN(limit, (size_t)BATCH_MAX); i++) {
		struct item *item = queue_at(&w->queue, i);

		if (item->state != ITEM_WAITING)
			continue;
		if (!wanted(p, item->line, item->len)) {
			item->state = ITEM_DONE;
			w->stats.skipped++;
			continue;
		}
		item->len = addressed_strip(item->line, item->len);
		bytes += item->len;
		if (n > 0 && bytes > p->batch_bytes)
			break;
		chosen[n] = item;
		items[n++] = (struct send_item){ .line = item->line, .len = item->len };
	}
	return n;
}

static void fail(struct worker *w, const struct send_result *result)
{
	uint32_t random = 0, wait;

	w->failures++;
	(void)!getrandom(&random, sizeof(random), 0);
	wait = backoff_ms(w->failures, result->retry_after_ms, random);
	w->not_before_ms = worker_now_ms() + wait;
	if (strcmp(w->why, result->why) != 0 || w->failures == BACKOFF_CIRCUIT)
		log_warning("sink %s: %s; trying again in %" PRIu32 " ms", w->config.params.name,
			    result->why[0] ? result->why : "failed", wait);
	(void)snprintf(w->why, sizeof(w->why), "%s", result->why);
}

static void succeed(struct worker *w)
{
	if (w->failures)
		log_info("sink %s: works again", w->config.params.name);
	w->failures = 0;
	w->not_before_ms = 0;
	w->why[0] = '\0';
}

/* Looks after a connection that never answers. */
static void settle(struct worker *w)
{
	int64_t now = worker_now_ms();
	int r;

	if (!w->ops->settle || now < w->settled_ms + WORKER_SETTLE_MS)
		return;
	w->settled_ms = now;
	r = w->ops->settle(w->sender);
	if (r == -EAGAIN)
		return;
	pthread_mutex_lock(&w->lock);
	if (r < 0)
		w->stats.resent += queue_take_back(&w->queue);
	else
		w->stats.acked += queue_settle(&w->queue, now - w->config.params.window_ms);
	pthread_mutex_unlock(&w->lock);
}

static void reject(struct worker *w, struct item *item, const char *why)
{
	item->state = ITEM_DONE;
	w->stats.rejected++;
	if (item->sequence)
		outlet_send(w->outlet, LINK_REJECT, w->index, item->sequence, why, strlen(why));
}

/* Returns how many must be tried again. Only this thread changes states: no lock. */
static size_t apply(struct worker *w, struct item **chosen, const struct send_item *items, size_t n,
		    const struct send_result *result)
{
	int64_t now = worker_now_ms();
	size_t again = 0, split = 0, sent = 0, acked = 0;

	for (size_t i = 0; i < n; i++) {
		switch (items[i].verdict) {
		case SEND_DONE:
			chosen[i]->state = ITEM_DONE;
			acked++;
			sent++;
			break;
		case SEND_PENDING:
			chosen[i]->state = ITEM_PENDING;
			chosen[i]->since_ms = now;
			sent++;
			break;
		case SEND_REJECT:
			reject(w, chosen[i], items[i].why[0] ? items[i].why : result->why);
			break;
		case SEND_SPLIT: split++; break;
		case SEND_RETRY: again++; break;
		}
	}
	pthread_mutex_lock(&w->lock);
	w->alone = split ? split : w->alone ? w->alone - 1 : 0;
	w->stats.sent += sent;
	w->stats.acked += acked;
	w->stats.retries += again > 0;
	w->stats.rejected += result->unnamed;
	if (sent)
		w->stats.last_success_s = (int64_t)time(NULL);
	if (again)
		w->stats.resent += queue_take_back(&w->queue); /* before what came after it */
	pthread_mutex_unlock(&w->lock);
	return again;
}

/* The newest page only; what is refused is not kept. */
static void send_metrics(struct worker *w)
{
	struct buf page _cleanup_buf_ = BUF_INIT;
	struct send_result result = { 0 };
	int r;

	pthread_mutex_lock(&w->lock);
	page = w->metrics;
	w->metrics = (struct buf)BUF_INIT;
	pthread_mutex_unlock(&w->lock);
	if (!page.len)
		return;
	r = w->ops->send_metrics(w->sender, page.data, page.len, &result);
	if (r < 0 && !w->metrics_failed)
		log_warning("sink %s: metrics: %s", w->config.params.name, result.why);
	w->metrics_failed = r < 0;
}

static void send_batch(struct worker *w)
{
	struct item *chosen[BATCH_MAX];
	struct send_item items[BATCH_MAX];
	struct send_result result = { 0 };
	size_t n, again;

	pthread_mutex_lock(&w->lock);
	worker_wait(w);
	n = worker_now_ms() >= w->not_before_ms ? choose(w, chosen, items) : 0;
	pthread_mutex_unlock(&w->lock);
	if (n > 0) {
		w->ops->send(w->sender, items, n, &result);
		again = apply(w, chosen, items, n, &result);
		if (again == n || (again && result.retry_after_ms))
			fail(w, &result);
		else if (!again)
			succeed(w);
		if (result.why[0])
			(void)snprintf(w->why, sizeof(w->why), "%s", result.why);
	}
	send_metrics(w);
	settle(w);
	worker_acknowledge(w);
	pthread_mutex_lock(&w->lock);
	w->stats.open = w->failures >= BACKOFF_CIRCUIT;
	pthread_mutex_unlock(&w->lock);
	if (n > 0)
		worker_say_state(w, w->failures > 0 || result.why[0]);
}

static void *run(void *ctx)
{
	struct worker *w = ctx;
	int r, said = 0;

	while ((r = w->ops->open(&w->config.params, w->host, &w->sender)) < 0) {
		const struct timespec nap = { .tv_sec = 1 };

		if (r != said)
			log_error("sink %s: %s", w->config.params.name, strerror(-r));
		said = r;
		(void)nanosleep(&nap, NULL);
	}
	worker_say_state(w, true);
	outlet_send(w->outlet, LINK_CREDIT_MORE, w->index, LINK_CREDIT, NULL, 0);
	for (;;)
		send_batch(w);
	return NULL;
}

int worker_start(struct outlet *outlet, unsigned int index, struct sink_config *config,
		 const char *host, struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	if (!w)
		return -ENOMEM;
	w->outlet = outlet;
	w->index = index;
	w->config = *config;
	*config = (struct sink_config){ 0 };
	(void)snprintf(w->host, sizeof(w->host), "%s", host);
	w->ops = sender_find(w->config.params.type);
	if (!w->ops) {
		free(w);
		return -ENOTSUP;
	}
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->more, &attr);
	*ret = w;
	return -pthread_create(&w->thread, NULL, run, w);
}

int worker_push(struct worker *w, uint64_t sequence, const void *line, size_t len)
{
	int r;

	pthread_mutex_lock(&w->lock);
	r = queue_push(&w->queue, sequence, line, len, worker_now_ms());
	if (r < 0)
		w->stats.skipped++;
	else
		(void)pthread_cond_signal(&w->more);
	w->stats.queued = w->queue.count;
	pthread_mutex_unlock(&w->lock);
	return r;
}

void worker_metrics(struct worker *w, const void *text, size_t len)
{
	int64_t now = worker_now_ms();

	if (!w->ops->send_metrics || !*w->config.params.metrics_url)
		return;
	if (w->metrics_ms && now < w->metrics_ms + w->config.params.metrics_ms)
		return;
	w->metrics_ms = now;
	pthread_mutex_lock(&w->lock);
	buf_clear(&w->metrics);
	buf_add(&w->metrics, text, len);
	(void)pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}
