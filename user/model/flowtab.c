/* SPDX-License-Identifier: Apache-2.0
 *
 * The live table; see flowtab.h. Per sample row: find (by position first, then by
 * hash), compare, and only if it changed do anything more. `other` is what the kernel
 * drained less what listed rows account for, so the sum is the kernel's by construction.
 */
#define XXH_INLINE_ALL
#include <errno.h>
#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "model/flow_internal.h"

#define SECOND_NS 1000000000ull

int flowtab_new(struct enrich *enrich, struct names *names, struct flowtab **ret)
{
	struct flowtab *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->enrich = enrich;
	t->names = names;
	t->totals.invariant_ok = true;
	*ret = t;
	return 0;
}

static void row_free(struct flowtab *t, struct flow_row *r)
{
	flow_unresolve(t, r);
	HASH_DELETE(hh, t->rows, r);
	free(r->peer);
	free(r);
}

void flowtab_free(struct flowtab *t)
{
	struct flow_row *r, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->rows, r, next)
		row_free(t, r);
	reads_free(t);
	free(t->hint);
	free(t->active);
	free(t->tick_rows);
	free(t);
}

/* --- one row ------------------------------------------------------------------ */

static struct flow_row *row_find(struct flowtab *t, size_t i, const struct eg_flow_key *key,
				 unsigned int *ret_hash)
{
	struct flow_row *r = i < t->hint_count ? t->hint[i] : NULL;

	if (r && memcmp(&r->flow.key, key, sizeof(*key)) == 0)
		return r;
	*ret_hash = (unsigned int)XXH3_64bits(key, sizeof(*key));
	HASH_FIND_BYHASHVALUE(hh, t->rows, key, sizeof(*key), *ret_hash, r);
	return r;
}

static struct flow_row *row_add(struct flowtab *t, const struct sample *s,
				const struct eg_flow_key *key, unsigned int hash)
{
	struct flow_row *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->active_at = ACTIVE_NONE;
	r->flow.key = *key;
	r->flow.first_wall_ns = s->wall_ns;
	if (key->start_ns && s->wall_ns > s->boot_ns)
		r->flow.start_wall_ns = s->wall_ns - s->boot_ns + key->start_ns;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->rows, &r->flow.key, sizeof(*key), hash, r);
	if (!TABLE_ADDED(r)) {
		free(r);
		return NULL;
	}
	t->live_count++;
	if (flow_resolve(t, r))
		t->error = -ENOMEM;
	return r;
}

/* The kernel row is gone: what it counted stays in the flow's total, as its base. */
static void row_bank(struct flowtab *t, struct flow_row *r)
{
	val_add(&t->base_sum[r->flow.key.column], &r->last);
	memset(&r->last, 0, sizeof(r->last));
}

static void row_return(struct flowtab *t, struct flow_row *r)
{
	DL_DELETE(t->ended, r);
	t->ended_count--;
	t->live_count++;
	r->flow.ended = false;
	r->flow.rate_bps[0] = 0;
}

static void row_change(struct flowtab *t, struct flow_row *r, const struct sample *s,
		       const struct sample_row *in, bool baseline)
{
	const struct eg_flow_val *now = &in->val;
	struct flow *f = &r->flow;

	if (in->instance != r->instance || val_below(now, &r->last))
		row_bank(t, r); /* drained and made again since the last sample */
	r->instance = in->instance;
	f->delta = *now;
	val_sub(&f->delta, &r->last);
	r->last = *now;
	r->moved_tick = t->totals.ticks;
	val_add(&f->total, &f->delta);
	f->last_wall_ns = s->wall_ns - MIN(s->wall_ns, s->boot_ns - MIN(s->boot_ns, now->last_ns));
	if (f->first_wall_ns > f->last_wall_ns)
		f->first_wall_ns = f->last_wall_ns;
	if (baseline) {
		memset(&f->delta, 0, sizeof(f->delta));
		return;
	}
	if (f->ident &&
	    (f->ident->generation != r->ident_generation ||
	     names_generation(t->names) != r->names_generation) &&
	    flow_resolve(t, r))
		t->error = -ENOMEM;
	if (flow_rates_begin(t, r))
		t->error = -ENOMEM;
	if (f->delta.payload_bytes == 0)
		return;
	flow_rates_add(r, s->boot_ns, f->delta.payload_bytes);
	if (r->series) {
		t->totals.egress_bytes += f->delta.payload_bytes;
		f->interval_bytes += f->delta.payload_bytes;
		if (tick_add(t, r, f->scope, f->delta.payload_bytes))
			t->error = -ENOMEM;
	}
}

static void row_end(struct flowtab *t, struct flow_row *r, const struct sample *s)
{
	flow_rates_end(t, r);
	row_bank(t, r);
	memset(&r->flow.delta, 0, sizeof(r->flow.delta));
	memset(r->flow.rate_bps, 0, sizeof(r->flow.rate_bps));
	r->flow.ended = true;
	r->ended_ns = s->wall_ns;
	DL_APPEND(t->ended, r);
	t->ended_count++;
	t->live_count--;
}

static void row_forget(struct flowtab *t, struct flow_row *r)
{
	DL_DELETE(t->ended, r);
	t->ended_count--;
	val_sub(&t->base_sum[r->flow.key.column], &r->flow.total);
	val_add(&t->expired_sum[r->flow.key.column], &r->flow.total);
	val_add(&t->totals.other[r->flow.key.column], &r->flow.total);
	row_free(t, r);
}

/* --- one sample ----------------------------------------------------------------- */

static int hint_reserve(struct flowtab *t, size_t count)
{
	struct flow_row **hint;

	if (count <= t->hint_max)
		return 0;
	hint = reallocarray(t->hint, count + count / 2, sizeof(struct flow_row *));
	if (!hint)
		return -ENOMEM;
	t->hint = hint;
	t->hint_max = count + count / 2;
	return 0;
}

static void take_rows(struct flowtab *t, const struct sample *s, bool baseline)
{
	size_t matched = 0;

	for (size_t i = 0; i < s->row_count; i++) {
		const struct sample_row *in = &s->rows[i];
		unsigned int hash = 0;
		struct flow_row *r;

		r = in->key.column < EG_COLUMNS ? row_find(t, i, &in->key, &hash) : NULL;
		t->hint[i] = NULL;
		if (in->key.column >= EG_COLUMNS)
			continue; /* no kernel program of this version writes one */
		if (!r)
			r = row_add(t, s, &in->key, hash);
		t->hint[i] = r;
		if (!r) {
			t->error = -ENOMEM;
			continue;
		}
		matched++;
		if (r->flow.ended)
			row_return(t, r);
		r->seen_tick = t->totals.ticks;
		if (in->val.last_ns != r->last.last_ns || in->instance != r->instance ||
		    memcmp(&in->val, &r->last, sizeof(r->last)) != 0)
			row_change(t, r, s, in, baseline);
	}
	t->hint_count = s->row_count;
	if (matched == t->live_count)
		return;
	for (struct flow_row *r = t->rows; r; r = r->hh.next)
		if (!r->flow.ended && r->seen_tick != t->totals.ticks)
			row_end(t, r, s);
}

/* Bytes that are in no row. What was drained and is explained by no row we knew (a
 * key drained and made anew between two samples) is counted under HOST too. */
static void take_rest(struct flowtab *t, const struct sample *s, bool baseline)
{
	uint64_t unattributed = s->unattributed[EG_COLUMN_EGRESS].payload_bytes, rest = 0;

	if (unattributed > t->unattributed_seen)
		rest = unattributed - t->unattributed_seen;
	t->unattributed_seen = MAX(unattributed, t->unattributed_seen);
	for (unsigned int c = 0; c < EG_COLUMNS; c++) {
		struct eg_flow_val residue = s->drained[c];

		val_sub(&residue, &t->base_sum[c]);
		t->totals.other[c] = residue;
		val_sub(&residue, &t->expired_sum[c]);
		if (residue.payload_bytes <= t->residue_seen[c])
			continue;
		if (c == EG_COLUMN_EGRESS && !baseline)
			rest += residue.payload_bytes - t->residue_seen[c];
		t->residue_seen[c] = residue.payload_bytes;
	}
	t->totals.egress_bytes += rest;
	if (rest && !baseline && tick_add(t, NULL, EG_SCOPE_PUBLIC, rest))
		t->error = -ENOMEM;
}

/* The past of adopted counters: listed in full, and one gap row for detection. */
static void take_baseline(struct flowtab *t)
{
	uint64_t past = t->unattributed_seen;

	for (struct flow_row *r = t->rows; r; r = r->hh.next)
		if (r->series)
			past += r->flow.total.payload_bytes;
	t->totals.egress_bytes = past;
	t->summed_bytes = past;
	if (past == 0)
		return;
	if (tick_add(t, NULL, EG_SCOPE_PUBLIC, past))
		t->error = -ENOMEM;
	else
		t->tick_rows[t->tick_count - 1].tx_unknown = true;
}

static void take_totals(struct flowtab *t, const struct sample *s)
{
	struct flowtab_totals *sum = &t->totals;
	uint64_t payload[EG_COLUMNS] = { 0 };
	bool ok = s->invariant_ok;

	for (size_t i = 0; i < s->row_count; i++)
		if (s->rows[i].key.column < EG_COLUMNS)
			payload[s->rows[i].key.column] += s->rows[i].val.payload_bytes;
	for (unsigned int c = 0; c < EG_COLUMNS; c++) {
		uint64_t all =
			payload[c] + s->drained[c].payload_bytes + s->unattributed[c].payload_bytes;

		ok = ok && s->total_before[c].payload_bytes <= all &&
		     all <= s->total_after[c].payload_bytes;
		sum->total[c] = s->total_after[c];
		sum->unattributed[c] = s->unattributed[c];
	}
	sum->losses = s->losses;
	sum->residual = s->residual;
	sum->inexact = s->inexact;
	sum->reads_inexact = s->reads_inexact;
	sum->invariant_ok = ok;
	sum->ticks_invariant_broken += !ok;
	sum->ticks_inexact += s->inexact;
}

int flowtab_update(struct flowtab *t, const struct sample *s, struct tick *tick)
{
	bool baseline = t->totals.ticks == 0;
	uint64_t egress_before = t->totals.egress_bytes;

	if (hint_reserve(t, s->row_count))
		return -ENOMEM;
	t->error = 0;
	t->tick_count = 0;
	t->elapsed_ns = baseline || s->boot_ns < t->boot_ns ? 0 : s->boot_ns - t->boot_ns;
	t->boot_ns = s->boot_ns;
	t->totals.ticks++;
	take_rows(t, s, baseline);
	take_rest(t, s, baseline);
	reads_take(t, s, baseline);
	if (baseline)
		t->summed_read_bytes = s->read_total_after.read_bytes;
	if (baseline)
		take_baseline(t);
	else
		t->totals.egress_rate_bps =
			flow_per_second(t->totals.egress_bytes - egress_before, t->elapsed_ns);
	flow_rates_refresh(t, s->boot_ns);
	take_totals(t, s);
	tick->rows = t->tick_rows;
	tick->row_count = t->tick_count;
	tick->gap = baseline || s->inexact;
	return t->error;
}

void flowtab_expire(struct flowtab *t, uint64_t wall_ns, unsigned int keep_s)
{
	uint64_t keep_ns = keep_s * SECOND_NS;

	while (t->ended &&
	       (t->ended_count > FLOWTAB_ENDED_MAX ||
		(wall_ns > t->ended->ended_ns && wall_ns - t->ended->ended_ns > keep_ns)))
		row_forget(t, t->ended);
	reads_expire(t, wall_ns, keep_ns);
}

size_t flowtab_count(const struct flowtab *t)
{
	return HASH_COUNT(t->rows);
}

int flowtab_each(const struct flowtab *t, flow_fn fn, void *ctx)
{
	for (const struct flow_row *r = t->rows; r; r = r->hh.next) {
		int ret = fn(ctx, &r->flow);

		if (ret)
			return ret;
	}
	return 0;
}

void flowtab_get_totals(const struct flowtab *t, struct flowtab_totals *ret)
{
	*ret = t->totals;
}
