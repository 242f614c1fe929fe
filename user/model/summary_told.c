/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of each kernel counter the summaries have told; see summary.h. Kept apart
 * from the daemon, it lets the next one go on where the last one ended: what a row
 * counted beyond it has not been told to anybody.
 */
#include <errno.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "model/flow_internal.h"
#include "model/summary.h"

enum { TOLD_VERSION = 1 };

static uint64_t flow_id(const struct flow_row *r)
{
	return XXH3_64bits_withSeed(&r->flow.key, sizeof(r->flow.key), r->instance);
}

void told_pack(struct buf *out, uint64_t id, uint64_t bytes)
{
	pack_u64(out, id);
	pack_u64(out, bytes);
}

int summary_told(const struct flowtab *t, struct buf *out)
{
	uint32_t count = 0;

	for (const struct flow_row *r = t->rows; r; r = r->hh.next)
		count += r->series && !r->flow.ended;
	pack_u32(out, TOLD_VERSION);
	pack_u64(out, t->unattributed_seen);
	pack_u64(out, t->summed_read_bytes);
	pack_u32(out, count);
	for (const struct flow_row *r = t->rows; r; r = r->hh.next)
		if (r->series && !r->flow.ended)
			told_pack(out, flow_id(r),
				  r->last.payload_bytes -
					  MIN(r->flow.interval_bytes, r->last.payload_bytes));
	reads_told(t, out);
	return out->error;
}

static int by_id(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* A count, then so many pairs. */
static int unpack_list(struct unpack *w, struct told **ret, size_t *ret_count)
{
	size_t count = unpack_u32(w);
	struct told *list;

	if (w->bad || count > (size_t)(w->end - w->p) / (2 * sizeof(uint64_t)))
		return -EBADMSG;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		list[i].id = unpack_u64(w);
		list[i].bytes = unpack_u64(w);
	}
	qsort(list, count, sizeof(*list), by_id);
	*ret = list;
	*ret_count = count;
	return 0;
}

uint64_t told_less(const struct told *list, size_t count, uint64_t id, uint64_t bytes)
{
	const struct told key = { .id = id };
	const struct told *found = bsearch(&key, list, count, sizeof(*list), by_id);

	return found ? bytes - MIN(found->bytes, bytes) : bytes;
}

/* Every row that is listed, also one that nobody was told of. */
static void resume_flows(struct flowtab *t, const struct told *list, size_t count,
			 uint64_t unattributed)
{
	uint64_t all = t->unattributed_seen - MIN(unattributed, t->unattributed_seen);

	for (struct flow_row *r = t->rows; r; r = r->hh.next) {
		struct flow *f = &r->flow;

		if (!r->series)
			continue;
		if (!f->ended)
			f->interval_bytes =
				MAX(f->interval_bytes,
				    told_less(list, count, flow_id(r), r->last.payload_bytes));
		all += f->interval_bytes;
	}
	t->summed_bytes = t->totals.egress_bytes - MIN(all, t->totals.egress_bytes);
}

int summary_resume(struct flowtab *t, const void *data, size_t len)
{
	struct unpack w = { .p = data, .end = (const unsigned char *)data + len };
	struct told *flows _cleanup_free_ = NULL, *readers _cleanup_free_ = NULL;
	uint64_t unattributed, read_bytes;
	size_t flow_count, reader_count;
	int r;

	w.version = unpack_u32(&w);
	unattributed = unpack_u64(&w);
	read_bytes = unpack_u64(&w);
	r = w.version == TOLD_VERSION ? unpack_list(&w, &flows, &flow_count) : -EBADMSG;
	if (r == 0)
		r = unpack_list(&w, &readers, &reader_count);
	if (r == 0 && (w.bad || w.p != w.end))
		r = -EBADMSG;
	if (r < 0)
		return r;
	resume_flows(t, flows, flow_count, unattributed);
	if (t->totals.reads_known) {
		reads_resume(t, readers, reader_count);
		t->summed_read_bytes = MIN(read_bytes, t->totals.read_total.read_bytes);
	}
	return 0;
}
