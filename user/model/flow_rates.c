/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows that moved lately, and their rates over 1, 10 and 60 s.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/flow_internal.h"

#define SECOND_NS 1000000000ull

static const uint64_t window_ns[2] = { 10 * SECOND_NS, 60 * SECOND_NS };

/* An array: a list of ten thousand rows is read one cache miss after the other. */
int flow_rates_begin(struct flowtab *t, struct flow_row *r)
{
	if (r->active_at != ACTIVE_NONE)
		return 0;
	if (t->active_count == t->active_max) {
		size_t max = t->active_max ? t->active_max * 2 : 64;
		struct flow_row **rows = reallocarray(t->active, max, sizeof(struct flow_row *));

		if (!rows)
			return -ENOMEM;
		t->active = rows;
		t->active_max = max;
	}
	r->active_at = (uint32_t)t->active_count;
	t->active[t->active_count++] = r;
	return 0;
}

/* Leaves a hole, which the next flow_rates_refresh() closes. */
void flow_rates_end(struct flowtab *t, struct flow_row *r)
{
	if (r->active_at == ACTIVE_NONE)
		return;
	t->active[r->active_at] = NULL;
	r->active_at = ACTIVE_NONE;
}

void flow_rates_add(struct flow_row *r, uint64_t now_ns, uint64_t bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(window_ns); i++)
		rate_add(&r->windows[i], window_ns[i], now_ns, bytes);
}

uint64_t flow_per_second(uint64_t bytes, uint64_t ns)
{
	return ns ? (uint64_t)((double)bytes * 1e9 / (double)ns) : 0;
}

/* False when the row has come to rest. */
static bool row_refresh(struct flowtab *t, struct flow_row *r, uint64_t now_ns)
{
	struct flow *f = &r->flow;

	if (r->moved_tick != t->totals.ticks) /* its delta belongs to an earlier tick */
		memset(&f->delta, 0, sizeof(f->delta));
	if (f->delta.payload_bytes && f->ident && f->ident->is_database) {
		enrich_refresh(t->enrich, f->ident);
		flow_find_session(t, r);
	}
	f->rate_bps[0] = flow_per_second(f->delta.payload_bytes, t->elapsed_ns);
	for (size_t i = 0; i < ARRAY_SIZE(window_ns); i++)
		f->rate_bps[1 + i] = rate_read(&r->windows[i], window_ns[i], now_ns);
	return f->rate_bps[0] || f->rate_bps[1] || f->rate_bps[2] || f->delta.last_ns;
}

/* Deltas and rates of rows that moved lately; one that has come to rest leaves the list. */
void flow_rates_refresh(struct flowtab *t, uint64_t now_ns)
{
	size_t kept = 0;

	t->giver_count = 0;
	for (size_t i = 0; i < t->active_count; i++) {
		struct flow_row *r = t->active[i];

		if (!r)
			continue;
		if (!row_refresh(t, r, now_ns)) {
			r->active_at = ACTIVE_NONE;
			continue;
		}
		r->active_at = (uint32_t)kept;
		t->active[kept++] = r;
		t->giver_count += relay_may_give(&r->flow);
	}
	t->active_count = kept;
}
