/* SPDX-License-Identifier: Apache-2.0
 *
 * What processes read of watched database files: totals by process, and the deltas of a
 * tick by actor. A reader need not send anything; a row of the tick that only reads has
 * no destination and no scope.
 */
#include <errno.h>
#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "model/flow_internal.h"

/* Ended readers listed at most; a database may fork for every connection. */
#define READERS_ENDED_MAX 65536u

struct process_key {
	uint64_t start_ns, tgid;
};

struct reader {
	struct process_key key;
	struct eg_reader_val total; /* what flows show */
	struct eg_reader_val last;  /* its kernel rows, summed, as seen last */
	struct eg_reader_val now;   /* ... in the sample being taken */
	uint64_t interval_bytes;    /* read since the last summary */
	uint64_t start_wall_ns;     /* when the process started; 0 = unknown */
	const struct ident *ident;
	struct series *series;
	uint64_t seen_tick;
	uint64_t ended_ns; /* CLOCK_REALTIME; 0 = listed by the kernel */
	uint32_t ident_generation;
	UT_hash_handle hh;
};

static void reader_free(struct flowtab *t, struct reader *r)
{
	flow_series_put(t, r->series);
	enrich_unhold(t->enrich, r->ident);
	HASH_DELETE(hh, t->readers, r);
	free(r);
}

void reads_free(struct flowtab *t)
{
	struct reader *r, *next;

	HASH_ITER(hh, t->readers, r, next)
		reader_free(t, r);
}

static int reader_resolve(struct flowtab *t, struct reader *r, const struct eg_reader_key *key)
{
	struct eg_flow_key owner = { .start_ns = key->start_ns,
				     .cgroup_id = key->cgroup_id,
				     .tgid = key->tgid,
				     .uid = key->uid,
				     .flags = key->tgid ? 0 : EG_FLOW_KERNEL };
	const struct ident *id = enrich_process(t->enrich, &owner);
	struct series *old = r->series;

	if (id != r->ident) {
		enrich_hold(t->enrich, id);
		if (r->ident)
			enrich_unhold(t->enrich, r->ident);
		r->ident = id;
	}
	r->ident_generation = id->generation;
	r->series = flow_series_of_reader(t, id);
	flow_series_put(t, old);
	return r->series ? 0 : -ENOMEM;
}

static struct reader *reader_get(struct flowtab *t, const struct eg_reader_key *key)
{
	struct process_key k = { key->start_ns, key->tgid };
	struct reader *r;

	HASH_FIND(hh, t->readers, &k, sizeof(k), r);
	if (r)
		return r;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->key = k;
	if (key->start_ns)
		r->start_wall_ns = t->boot_wall_ns + key->start_ns;
	HASH_ADD(hh, t->readers, key, sizeof(r->key), r);
	if (!TABLE_ADDED(r)) {
		free(r);
		return NULL;
	}
	if (reader_resolve(t, r, key))
		t->error = -ENOMEM;
	return r;
}

static void val_plus(struct eg_reader_val *sum, const struct eg_reader_val *v)
{
	sum->read_bytes += v->read_bytes;
	sum->calls += v->calls;
	sum->mapped_bytes += v->mapped_bytes;
}

/* A process may have several kernel rows: another user or cgroup is another row. */
static void rows_sum(struct flowtab *t, const struct sample *s)
{
	for (size_t i = 0; i < s->reader_count; i++) {
		struct reader *r = reader_get(t, &s->readers[i].key);

		if (!r) {
			t->error = -ENOMEM;
			continue;
		}
		if (r->seen_tick != t->totals.ticks)
			memset(&r->now, 0, sizeof(r->now));
		r->seen_tick = t->totals.ticks;
		val_plus(&r->now, &s->readers[i].val);
		if (r->ident->generation != r->ident_generation &&
		    reader_resolve(t, r, &s->readers[i].key))
			t->error = -ENOMEM;
	}
}

static void reader_take(struct flowtab *t, struct reader *r, bool baseline)
{
	struct eg_reader_val delta = r->now;

	/* less than before: some of its rows were drained, so it has ended */
	delta.read_bytes -= MIN(r->last.read_bytes, delta.read_bytes);
	delta.calls -= MIN(r->last.calls, delta.calls);
	delta.mapped_bytes -= MIN(r->last.mapped_bytes, delta.mapped_bytes);
	r->last = r->now;
	val_plus(&r->total, &delta);
	if (!baseline)
		r->interval_bytes += delta.read_bytes;
	if (delta.read_bytes && !baseline && r->series &&
	    tick_add_read(t, r->series, delta.read_bytes))
		t->error = -ENOMEM;
}

/* Read by processes that left the kernel's table between two samples, or that found no
 * room there: in the total only. */
void reads_take(struct flowtab *t, const struct sample *s, bool baseline)
{
	struct reader *r, *next;

	t->totals.reads_known = s->reads_known;
	t->totals.read_total = s->read_total_after;
	if (s->read_total_after.calls == t->reads_seen.calls &&
	    s->read_total_after.mapped_bytes == t->reads_seen.mapped_bytes &&
	    s->reader_count == t->reader_rows)
		return;
	t->reads_seen = s->read_total_after;
	t->boot_wall_ns = s->wall_ns - MIN(s->wall_ns, s->boot_ns);
	t->reader_rows = s->reader_count;
	rows_sum(t, s);
	HASH_ITER(hh, t->readers, r, next)
		if (r->seen_tick == t->totals.ticks)
			reader_take(t, r, baseline);
		else if (!r->ended_ns)
			r->ended_ns = s->wall_ns;
}

void reads_expire(struct flowtab *t, uint64_t wall_ns, uint64_t keep_ns)
{
	struct reader *r, *next;

	HASH_ITER(hh, t->readers, r, next)
		if (r->ended_ns &&
		    (HASH_COUNT(t->readers) > READERS_ENDED_MAX || wall_ns > r->ended_ns + keep_ns))
			reader_free(t, r);
}

uint64_t flowtab_read_bytes(const struct flowtab *t, const struct eg_flow_key *key)
{
	struct process_key k = { key->start_ns, key->tgid };
	const struct reader *r;

	HASH_FIND(hh, t->readers, &k, sizeof(k), r);
	return r ? r->total.read_bytes : 0;
}

static uint64_t worth(const struct read_row *r, bool interval)
{
	return interval ? r->interval_bytes : r->total_bytes;
}

/* The smallest of the rows kept makes room for a larger one: tops are small. */
size_t reads_top(const struct flowtab *t, bool interval, struct read_row *rows, size_t max)
{
	size_t count = 0;

	for (const struct reader *r = t->readers; r; r = r->hh.next) {
		struct read_row row = {
			.flow = { .key = { .tgid = (uint32_t)r->key.tgid,
					   .start_ns = r->key.start_ns },
				  .ident = r->ident,
				  .start_wall_ns = r->start_wall_ns },
			.interval_bytes = r->interval_bytes,
			.total_bytes = r->total.read_bytes,
		};
		size_t at = count < max ? count++ : max;

		if (!worth(&row, interval)) {
			count -= at < max;
			continue;
		}
		while (at > 0 && worth(&rows[at - 1], interval) < worth(&row, interval)) {
			if (at < max)
				rows[at] = rows[at - 1];
			at--;
		}
		if (at < max)
			rows[at] = row;
	}
	return count;
}

void reads_begin_interval(struct flowtab *t)
{
	for (struct reader *r = t->readers; r; r = r->hh.next)
		r->interval_bytes = 0;
}

static uint64_t reader_id(const struct reader *r)
{
	return XXH3_64bits(&r->key, sizeof(r->key));
}

void reads_told(const struct flowtab *t, struct buf *out)
{
	uint32_t count = 0;

	for (const struct reader *r = t->readers; r; r = r->hh.next)
		count += !r->ended_ns;
	pack_u32(out, count);
	for (const struct reader *r = t->readers; r; r = r->hh.next)
		if (!r->ended_ns)
			told_pack(out, reader_id(r), r->last.read_bytes, r->interval_bytes);
}

void reads_resume(struct flowtab *t, struct told *list, size_t count)
{
	for (struct reader *r = t->readers; r; r = r->hh.next)
		if (!r->ended_ns)
			r->interval_bytes =
				MAX(r->interval_bytes,
				    told_less(list, count, reader_id(r), r->last.read_bytes));
}
