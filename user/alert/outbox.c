/* SPDX-License-Identifier: Apache-2.0
 *
 * Events wait here until the receiver took them, so that a full disk delays an
 * alert and does not lose it.
 */
#include <stdlib.h>
#include <string.h>

#include "alert/incident.h"

static void entry_free(struct outbox_entry *e)
{
	free(e->subject);
	free(e->reason);
	free(e->technique);
	witness_release(e->witness);
}

static void drop_first(struct alerts *a, size_t count)
{
	if (!count)
		return;
	for (size_t i = 0; i < count; i++)
		entry_free(&a->outbox[i]);
	a->outbox_count -= count;
	memmove(a->outbox, a->outbox + count, a->outbox_count * sizeof(*a->outbox));
}

struct outbox_entry *outbox_add(struct alerts *a)
{
	struct outbox_entry *e;

	if (a->outbox_count == ALERT_OUTBOX_MAX) {
		drop_first(a, 1);
		a->dropped++;
	}
	if (a->outbox_count == a->outbox_cap) {
		size_t cap = a->outbox_cap ? a->outbox_cap * 2 : 8;

		e = reallocarray(a->outbox, cap, sizeof(*e));
		if (!e)
			return NULL;
		a->outbox = e;
		a->outbox_cap = cap;
	}
	e = &a->outbox[a->outbox_count++];
	memset(e, 0, sizeof(*e));
	return e;
}

int outbox_flush(struct alerts *a, alert_event_fn fn, void *ctx)
{
	size_t done = 0;
	int rc = 0;

	while (done < a->outbox_count && rc >= 0) {
		rc = fn ? fn(ctx, &a->outbox[done].event) : 0;
		done += rc >= 0;
	}
	if (done)
		drop_first(a, done);
	return rc < 0 ? rc : 0;
}

void outbox_clear(struct alerts *a)
{
	drop_first(a, a->outbox_count);
	free(a->outbox);
	a->outbox = NULL;
	a->outbox_cap = 0;
}
