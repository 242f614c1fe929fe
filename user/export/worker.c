/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink's thread; see worker.h. The queue keeps the order of the spool: the cursor
 * moves over what is done at its front, so that a crash anywhere sends again rather
 * than leaves out.
 */
#include "export/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "base/vocab.h"
#include "export/backoff.h"
#include "export/outlet.h"
#include "sink/sender.h"

enum {
	BATCH_MAX = 1000, /* of batch_events */
	LOOSE_MAX = 8,    /* records without a sequence in the queue */
	SETTLE_MS = 250,  /* how often a connection without answers is looked at */
	STATE_MS = 1000,  /* state to the daemon, at most so often */
	QUEUE = LINK_CREDIT + LOOSE_MAX,
};

enum item_state { ITEM_WAITING, ITEM_PENDING, ITEM_DONE };

struct item {
	uint64_t sequence;
	int64_t since_ms; /* came, or was written */
	size_t len;
	enum item_state state;
	char line[];
};

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
	struct item *queue[QUEUE];
	size_t head, count, loose;
	struct worker_stats stats;
	/* of the thread alone: */
	unsigned int failures;
	size_t alone; /* so many events are sent one by one */
	int64_t not_before_ms, settled_ms, state_ms;
	char why[256];
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct item *item_at(const struct worker *w, size_t i)
{
	return w->queue[(w->head + i) % QUEUE];
}

/* Is this one to be sent at all? */
static bool wanted(const struct worker *w, const struct item *item)
{
	const struct params_sink *p = &w->config.params;
	struct record r _cleanup_record_ = { 0 };
	enum eg_level level = EG_LEVEL_NOTICE, least = EG_LEVEL_NOTICE;
	const char *word;

	if (record_parse(item->line, item->len, &r) < 0)
		return true; /* the sender says why not */
	if (r.kind == RECORD_HEARTBEAT)
		return p->heartbeat;
	if (r.kind != RECORD_ALERT)
		return true;
	word = record_str(&r, "alert.peak_level");
	if (word)
		(void)level_parse(word, &level);
	(void)level_parse(p->level, &least);
	return level >= least;
}

/* How long until there is something to do; 0 = now. Under the lock. */
static int64_t idle_ms(const struct worker *w, int64_t now)
{
	const struct params_sink *p = &w->config.params;
	int64_t wait = 3600000, oldest = 0;
	size_t waiting = 0, pending = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct item *item = item_at(w, i);

		pending += item->state == ITEM_PENDING;
		if (item->state == ITEM_WAITING && waiting++ == 0)
			oldest = item->since_ms;
	}
	if (waiting) {
		int64_t due = waiting >= p->batch_events ? now : oldest + p->linger_ms;

		wait = MAX(due, w->not_before_ms) - now;
	}
	if (pending)
		wait = MIN(wait, w->settled_ms + SETTLE_MS - now);
	return MAX(wait, (int64_t)0);
}

static void wait_for_work(struct worker *w)
{
	int64_t now = now_ms(), wait;

	while ((wait = idle_ms(w, now)) > 0) {
		int64_t until = now + wait;
		const struct timespec t = { .tv_sec = (time_t)(until / 1000),
					    .tv_nsec = (long)(until % 1000) * 1000000 };

		(void)pthread_cond_timedwait(&w->more, &w->lock, &t);
		now = now_ms();
	}
}

/* The next batch, in order. Under the lock. */
static size_t choose(struct worker *w, struct item **chosen, struct send_item *items)
{
	const struct params_sink *p = &w->config.params;
	size_t limit = w->alone || w->failures >= BACKOFF_CIRCUIT ? 1 : p->batch_events, n = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < w->count && n < MIN(limit, (size_t)BATCH_MAX); i++) {
		struct item *item = item_at(w, i);

		if (item->state != ITEM_WAITING)
			continue;
		if (!wanted(w, item)) {
			item->state = ITEM_DONE;
			w->stats.skipped++;
			continue;
		}
		bytes += item->len;
		if (n > 0 && bytes > p->batch_bytes)
			break;
		chosen[n] = item;
		items[n++] = (struct send_item){ .line = item->line, .len = item->len };
	}
	return n;
}

/* Takes what is done off the queue's front. Returns the sequence to acknowledge. */
static uint64_t pop_done(struct worker *w, uint64_t *ret_credit)
{
	uint64_t last = 0;

	*ret_credit = 0;
	while (w->count > 0 && item_at(w, 0)->state == ITEM_DONE) {
		struct item *item = item_at(w, 0);

		if (item->sequence) {
			last = item->sequence;
			++*ret_credit;
		} else {
			w->loose--;
		}
		free(item);
		w->head = (w->head + 1) % QUEUE;
		w->count--;
	}
	w->stats.queued = w->count;
	return last;
}

static void say_state(struct worker *w, bool now)
{
	struct buf json _cleanup_buf_ = BUF_INIT;
	struct worker_stats s;

	if (!now && now_ms() < w->state_ms + STATE_MS)
		return;
	w->state_ms = now_ms();
	worker_get_stats(w, &s);
	jsonw_open(&json, '{');
	jsonw_str(&json, "sink.name", w->config.params.name);
	jsonw_str(&json, "sink.type", w->config.params.type);
	jsonw_str(&json, "sink.circuit", s.open ? "open" : "closed");
	jsonw_u64(&json, "sink.sent", s.sent);
	jsonw_u64(&json, "sink.acked", s.acked);
	jsonw_u64(&json, "sink.rejected", s.rejected);
	jsonw_u64(&json, "sink.retries", s.retries);
	jsonw_u64(&json, "sink.resent", s.resent);
	jsonw_u64(&json, "sink.skipped", s.skipped);
	jsonw_u64(&json, "sink.queued", s.queued);
	if (s.last_success_s)
		jsonw_time(&json, "sink.last_success", s.last_success_s);
	if (w->why[0])
		jsonw_str(&json, "sink.error", w->why);
	jsonw_close(&json, '}');
	if (!json.error)
		outlet_send(w->outlet, LINK_STATE, w->index, 0, json.data, json.len);
}

/* Acknowledges what is done. Without the lock: the outlet may block. */
static void acknowledge(struct worker *w)
{
	uint64_t credit, last;

	pthread_mutex_lock(&w->lock);
	last = pop_done(w, &credit);
	pthread_mutex_unlock(&w->lock);
	if (last)
		outlet_send(w->outlet, LINK_ACK, w->index, last, NULL, 0);
	if (credit)
		outlet_send(w->outlet, LINK_CREDIT_MORE, w->index, credit, NULL, 0);
}

static void fail(struct worker *w, const struct send_result *result)
{
	uint32_t random = 0, wait;

	w->failures++;
	(void)!getrandom(&random, sizeof(random), 0);
	wait = backoff_ms(w->failures, result->retry_after_ms, random);
	w->not_before_ms = now_ms() + wait;
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

/* What was written to a connection that is gone. Under the lock. */
static void take_back_pending(struct worker *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct item *item = item_at(w, i);

		if (item->state == ITEM_PENDING) {
			item->state = ITEM_WAITING;
			w->stats.resent++;
		}
	}
}

/* Looks after a connection that never answers. */
static void settle(struct worker *w)
{
	int64_t now = now_ms();
	int r;

	if (!w->ops->settle || now < w->settled_ms + SETTLE_MS)
		return;
	w->settled_ms = now;
	r = w->ops->settle(w->sender);
	if (r == -EAGAIN)
		return;
	pthread_mutex_lock(&w->lock);
	if (r < 0)
		take_back_pending(w);
	for (size_t i = 0; r == 0 && i < w->count; i++) {
		struct item *item = item_at(w, i);

		if (item->state == ITEM_PENDING &&
		    now >= item->since_ms + w->config.params.window_ms) {
			item->state = ITEM_DONE;
			w->stats.acked++;
		}
	}
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
	int64_t now = now_ms();
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
	if (sent)
		w->stats.last_success_s = (int64_t)time(NULL);
	if (again)
		take_back_pending(w); /* before what came after it */
	pthread_mutex_unlock(&w->lock);
	return again;
}

static void send_batch(struct worker *w)
{
	struct item *chosen[BATCH_MAX];
	struct send_item items[BATCH_MAX];
	struct send_result result = { 0 };
	size_t n, again;

	pthread_mutex_lock(&w->lock);
	wait_for_work(w);
	n = now_ms() >= w->not_before_ms ? choose(w, chosen, items) : 0;
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
	settle(w);
	acknowledge(w);
	pthread_mutex_lock(&w->lock);
	w->stats.open = w->failures >= BACKOFF_CIRCUIT;
	pthread_mutex_unlock(&w->lock);
	if (n > 0)
		say_state(w, w->failures > 0 || result.why[0]);
}

static void *run(void *ctx)
{
	struct worker *w = ctx;
	int r;

	while ((r = w->ops->open(&w->config.params, w->host, &w->sender)) < 0) {
		const struct timespec nap = { .tv_sec = 1 };

		log_error("sink %s: %s", w->config.params.name, strerror(-r));
		(void)nanosleep(&nap, NULL);
	}
	say_state(w, true);
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
	struct item *item = malloc(sizeof(*item) + len + 1);
	int r = 0;

	if (!item)
		return -ENOMEM;
	*item = (struct item){ .sequence = sequence, .since_ms = now_ms(), .len = len };
	memcpy(item->line, line, len);
	item->line[len] = '\0';
	pthread_mutex_lock(&w->lock);
	if (w->count == QUEUE || (!sequence && w->loose == LOOSE_MAX)) {
		r = -ENOBUFS;
		w->stats.skipped++;
	} else {
		w->queue[(w->head + w->count++) % QUEUE] = item;
		w->loose += !sequence;
		w->stats.queued = w->count;
		(void)pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	if (r < 0)
		free(item);
	return r;
}

void worker_get_stats(struct worker *w, struct worker_stats *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	pthread_mutex_unlock(&w->lock);
}

const char *worker_name(const struct worker *w)
{
	return w->config.params.name;
}
