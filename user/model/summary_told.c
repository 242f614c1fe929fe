/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of each kernel counter the summaries have told; see summary.h. Kept apart
 * from the daemon, it lets the next one go on where the last one ended: what a row
 * counted beyond it has not been told to anybody. What a row had counted when this was
 * kept is in it too, so that a row that is gone by then owes what it had not told.
 */
#include <errno.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "model/flow_internal.h"
#include "model/summary.h"

enum { TOLD_VERSION = 2 };

/* As kept. `owed` is what no row of the list holds: of rows that have ended, of those
 * that were never listed, and what was owed already. */
struct kept {
	uint64_t unattributed, owed, owed_reads;
	uint64_t read_told, read_total;
	struct told *flows, *readers;
	size_t flow_count, reader_count;
};

static void kept_free(struct kept *k)
{
	free(k->flows);
	free(k->readers);
}
#define _cleanup_kept_ _cleanup_(kept_free)

static uint64_t flow_id(const struct flow_row *r)
{
	return XXH3_64bits_withSeed(&r->flow.key, sizeof(r->flow.key), r->instance);
}

void told_pack(struct buf *out, uint64_t id, uint64_t counted, uint64_t untold)
{
	pack_u64(out, id);
	pack_u64(out, counted - MIN(untold, counted));
	pack_u64(out, counted);
}

int summary_told(const struct flowtab *t, struct buf *out)
{
	uint64_t owed = t->totals.egress_bytes - t->summed_bytes + t->owed_bytes;
	uint32_t count = 0;

	for (const struct flow_row *r = t->rows; r; r = r->hh.next) {
		if (!r->series || r->flow.ended)
			continue;
		count++;
		owed -= MIN(owed, MIN(r->flow.interval_bytes, r->last.payload_bytes));
	}
	pack_u32(out, TOLD_VERSION);
	pack_u64(out, t->unattributed_seen);
	pack_u64(out, owed);
	pack_u64(out, t->owed_read_bytes);
	pack_u64(out, t->summed_read_bytes);
	pack_u64(out, t->totals.read_total.read_bytes);
	pack_u32(out, count);
	for (const struct flow_row *r = t->rows; r; r = r->hh.next)
		if (r->series && !r->flow.ended)
			told_pack(out, flow_id(r), r->last.payload_bytes, r->flow.interval_bytes);
	reads_told(t, out);
	return out->error;
}

static int by_id(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* A count, then so many counters. */
static int unpack_list(struct unpack *w, struct told **ret, size_t *ret_count)
{
	size_t count = unpack_u32(w);
	struct told *list;

	if (w->bad || count > (size_t)(w->end - w->p) / (3 * sizeof(uint64_t)))
		return -EBADMSG;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		list[i].id = unpack_u64(w);
		list[i].bytes = unpack_u64(w);
		list[i].counted = unpack_u64(w);
	}
	qsort(list, count, sizeof(*list), by_id);
	*ret = list;
	*ret_count = count;
	return 0;
}

static int kept_unpack(const void *data, size_t len, struct kept *ret)
{
	struct unpack w = { .p = data, .end = (const unsigned char *)data + len };
	int r;

	w.version = unpack_u32(&w);
	ret->unattributed = unpack_u64(&w);
	ret->owed = unpack_u64(&w);
	ret->owed_reads = unpack_u64(&w);
	ret->read_told = unpack_u64(&w);
	ret->read_total = unpack_u64(&w);
	r = w.version == TOLD_VERSION ? unpack_list(&w, &ret->flows, &ret->flow_count) : -EBADMSG;
	if (r == 0)
		r = unpack_list(&w, &ret->readers, &ret->reader_count);
	return r == 0 && (w.bad || w.p != w.end) ? -EBADMSG : r;
}

uint64_t told_less(struct told *list, size_t count, uint64_t id, uint64_t bytes)
{
	const struct told key = { .id = id };
	struct told *found = bsearch(&key, list, count, sizeof(*list), by_id);

	if (!found)
		return bytes;
	found->present = true;
	return bytes - MIN(found->bytes, bytes);
}

/* Of rows that nobody has asked for. */
static uint64_t owed_by_the_gone(const struct told *list, size_t count)
{
	uint64_t owed = 0;

	for (size_t i = 0; i < count; i++)
		if (!list[i].present)
			owed += list[i].counted - MIN(list[i].bytes, list[i].counted);
	return owed;
}

/* Every row that is listed, also one that nobody was told of. */
static void resume_flows(struct flowtab *t, const struct kept *k)
{
	uint64_t all = t->unattributed_seen - MIN(k->unattributed, t->unattributed_seen);

	for (struct flow_row *r = t->rows; r; r = r->hh.next) {
		struct flow *f = &r->flow;
		uint64_t untold;

		if (!r->series)
			continue;
		untold = told_less(k->flows, k->flow_count, flow_id(r), r->last.payload_bytes);
		if (!f->ended)
			f->interval_bytes = MAX(f->interval_bytes, untold);
		all += f->interval_bytes;
	}
	t->summed_bytes = t->totals.egress_bytes - MIN(all, t->totals.egress_bytes);
	t->owed_bytes = k->owed + owed_by_the_gone(k->flows, k->flow_count);
}

int summary_resume(struct flowtab *t, const void *data, size_t len)
{
	struct kept k _cleanup_kept_ = { 0 };
	int r = kept_unpack(data, len, &k);

	if (r < 0)
		return r;
	resume_flows(t, &k);
	t->owed_read_bytes = k.owed_reads;
	reads_resume(t, k.readers, k.reader_count);
	t->summed_read_bytes = MIN(k.read_told, t->totals.read_total.read_bytes);
	return 0;
}

int summary_inherit(struct flowtab *t, const void *data, size_t len)
{
	struct kept k _cleanup_kept_ = { 0 };
	int r = kept_unpack(data, len, &k);

	if (r < 0)
		return r;
	t->owed_bytes += k.owed + owed_by_the_gone(k.flows, k.flow_count);
	t->owed_read_bytes += k.owed_reads + k.read_total - MIN(k.read_told, k.read_total);
	return 0;
}
