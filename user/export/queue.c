/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring of a sink's events; see queue.h.
 */
#include "export/queue.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

struct item *queue_at(const struct queue *q, size_t index)
{
	return q->ring[(q->head + index) % QUEUE_MAX];
}

int queue_push(struct queue *q, uint64_t sequence, const void *line, size_t len, int64_t now_ms)
{
	struct item *item;

	if (q->count == QUEUE_MAX || (!sequence && q->loose == QUEUE_LOOSE))
		return -ENOBUFS;
	item = malloc(sizeof(*item) + len + 1);
	if (!item)
		return -ENOMEM;
	*item = (struct item){ .sequence = sequence, .since_ms = now_ms, .len = len };
	memcpy(item->line, line, len);
	item->line[len] = '\0';
	q->ring[(q->head + q->count++) % QUEUE_MAX] = item;
	q->loose += !sequence;
	return 0;
}

uint64_t queue_pop_done(struct queue *q, uint64_t *ret_credit)
{
	uint64_t last = 0;

	*ret_credit = 0;
	while (q->count > 0 && queue_at(q, 0)->state == ITEM_DONE) {
		struct item *item = queue_at(q, 0);

		if (item->sequence) {
			last = item->sequence;
			++*ret_credit;
		} else {
			q->loose--;
		}
		free(item);
		q->head = (q->head + 1) % QUEUE_MAX;
		q->count--;
	}
	return last;
}

size_t queue_take_back(struct queue *q)
{
	size_t n = 0;

	for (size_t i = 0; i < q->count; i++) {
		struct item *item = queue_at(q, i);

		if (item->state != ITEM_PENDING)
			continue;
		item->state = ITEM_WAITING;
		n++;
	}
	return n;
}

size_t queue_settle(struct queue *q, int64_t before_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < q->count; i++) {
		struct item *item = queue_at(q, i);

		if (item->state != ITEM_PENDING || item->since_ms > before_ms)
			continue;
		item->state = ITEM_DONE;
		n++;
	}
	return n;
}

void queue_look(const struct queue *q, struct queue_state *ret)
{
	*ret = (struct queue_state){ 0 };
	for (size_t i = 0; i < q->count; i++) {
		const struct item *item = queue_at(q, i);

		ret->pending += item->state == ITEM_PENDING;
		if (item->state == ITEM_WAITING && ret->waiting++ == 0)
			ret->oldest_ms = item->since_ms;
	}
}
