/* SPDX-License-Identifier: Apache-2.0
 *
 * Selection, grouping and order of the live table, then JSON; see flow_json.h.
 */
#include "model/flow_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "model/flow_line.h"
#include "model/flow_internal.h"

static const char *const by_names[] = { "flow", "process",     "container",
					"user", "destination", "workload" };
static const char *const sort_names[] = { "rate", "total" };

static int find_name(const char *const *names, size_t count, const char *s)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], s) == 0)
			return (int)i;
	return -EINVAL;
}

int flow_by_parse(const char *s, enum flow_by *ret)
{
	int i = find_name(by_names, ARRAY_SIZE(by_names), s);

	if (i >= 0)
		*ret = (enum flow_by)i;
	return i < 0 ? i : 0;
}

int flow_sort_parse(const char *s, enum flow_sort *ret)
{
	int i = find_name(sort_names, ARRAY_SIZE(sort_names), s);

	if (i >= 0)
		*ret = (enum flow_sort)i;
	return i < 0 ? i : 0;
}

struct selection {
	const struct flow_query *query;
	const struct flowtab *table;
	bool reads_known;
	struct flow_line *rows;
	size_t count, cap;
	struct eg_flow_val shown[EG_COLUMNS];
};

static bool is_shown(const struct flow_query *q, const struct flow *f)
{
	if (q->scope != EG_SCOPE_UNKNOWN)
		return f->scope == q->scope && (q->all || !f->ended);
	return q->all ||
	       (!f->ended && f->scope != EG_SCOPE_LOOPBACK && f->scope != EG_SCOPE_HOST_LOCAL);
}

static int select_flow(void *ctx, const struct flow *f)
{
	struct selection *s = ctx;

	if (!is_shown(s->query, f))
		return 0;
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;
		struct flow_line *rows = reallocarray(s->rows, cap, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		s->rows = rows;
		s->cap = cap;
	}
	s->rows[s->count++] = (struct flow_line){
		.enrich = s->table->enrich,
		.flow = f,
		.sum = f->total,
		.rate_bps = { f->rate_bps[0], f->rate_bps[1], f->rate_bps[2] },
		.flows = 1,
		.read_bytes = flowtab_read_bytes(s->table, &f->key),
		.reads_known = s->reads_known && s->query->by != FLOW_BY_DESTINATION,
		.ended = f->ended,
	};
	return 0;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_rate(const void *a, const void *b)
{
	const struct flow_line *x = a, *y = b;
	int r = compare_u64(y->rate_bps[0], x->rate_bps[0]);

	if (!r)
		r = compare_u64(y->sum.payload_bytes, x->sum.payload_bytes);
	return r ? r : memcmp(&x->flow->key, &y->flow->key, sizeof(x->flow->key));
}

static int by_total(const void *a, const void *b)
{
	const struct flow_line *x = a, *y = b;
	int r = compare_u64(y->sum.payload_bytes, x->sum.payload_bytes);

	return r ? r : memcmp(&x->flow->key, &y->flow->key, sizeof(x->flow->key));
}

/* What is not printed: ended, hidden, beyond the limit, and what the table let go. */
static void add_other(const struct selection *s, const struct flowtab_totals *t, struct buf *out)
{
	for (size_t c = 0; c < EG_COLUMNS; c++) {
		struct eg_flow_val part = t->total[c];

		val_sub(&part, &t->unattributed[c]);
		val_sub(&part, &s->shown[c]);
		if (c == EG_COLUMN_EGRESS)
			flow_line_other(&part, "egress", out);
		if (c == EG_COLUMN_HANDOFF && part.calls)
			flow_line_other(&part, "handoff", out);
	}
}

/* Beyond the limit: each workload keeps its sum, its flows their scope. */
static void add_folded(struct selection *s, size_t limit, struct buf *out)
{
	struct flow_query query = *s->query;
	size_t count = flow_lines_group(s->rows + limit, s->count - limit, FLOW_BY_REST);

	query.by = FLOW_BY_REST;
	for (size_t i = limit; i < limit + count; i++) {
		s->rows[i].reads_known = false; /* its processes may be listed above */
		flow_line_json(&s->rows[i], &query, out);
		val_add(&s->shown[s->rows[i].flow->key.column], &s->rows[i].sum);
	}
}

/* Ancestors that were met, half empty. */
struct met {
	const struct ancestor **slots;
	size_t count, mask;
};

/* The place of `a`, or the empty one where it belongs. */
static const struct ancestor **met_at(const struct met *m, const struct ancestor *a)
{
	size_t at = (size_t)a->entity & m->mask; /* a hash already */

	while (m->slots[at] && m->slots[at] != a)
		at = (at + 1) & m->mask;
	return &m->slots[at];
}

static int met_grow(struct met *m)
{
	struct met larger = { .mask = m->slots ? 2 * m->mask + 1 : 255 };

	if (m->slots && 2 * m->count <= m->mask)
		return 0;
	larger.slots = calloc(larger.mask + 1, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; m->slots && i <= m->mask; i++)
		if (m->slots[i])
			*met_at(&larger, m->slots[i]) = m->slots[i];
	larger.count = m->count;
	free(m->slots);
	*m = larger;
	return 0;
}

/* Each process above the rows that are listed, once. */
static int add_ancestors(const struct selection *s, size_t limit, struct buf *out)
{
	struct met m = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < limit; i++) {
		const struct ancestor *a = s->rows[i].flow->ident->parent;

		for (; a && (r = met_grow(&m)) == 0 && !*met_at(&m, a); a = a->parent) {
			*met_at(&m, a) = a;
			m.count++;
			flow_line_ancestor(a, out);
		}
	}
	free(m.slots);
	return r;
}

static void add_total(const struct flowtab_totals *t, struct buf *out)
{
	const struct eg_flow_val *total = &t->total[EG_COLUMN_EGRESS];
	const struct eg_flow_val *unattributed = &t->unattributed[EG_COLUMN_EGRESS];
	struct eg_flow_val attributed = *total;

	val_sub(&attributed, unattributed);
	jsonw_open(out, '{');
	jsonw_key(out, "total");
	jsonw_open(out, '{');
	jsonw_u64(out, "payload_bytes", total->payload_bytes);
	jsonw_u64(out, "attributed_bytes", attributed.payload_bytes);
	jsonw_u64(out, "unattributed_bytes", unattributed->payload_bytes);
	jsonw_u64(out, "wire_bytes", total->wire_bytes);
	jsonw_u64(out, "retransmit_bytes", total->retrans_bytes);
	jsonw_u64(out, "packets", total->packets);
	jsonw_u64(out, "handoff_bytes", t->total[EG_COLUMN_HANDOFF].payload_bytes);
	if (t->reads_known) {
		jsonw_u64(out, "file_read_bytes", t->read_total.read_bytes);
		jsonw_u64(out, "file_mapped_bytes", t->read_total.mapped_bytes);
	}
	if (t->residual.known)
		jsonw_u64(out, "residual_bytes", t->residual.bytes);
	jsonw_u64(out, "rate_1s", t->egress_rate_bps);
	jsonw_bool(out, "exact", !t->inexact);
	jsonw_bool(out, "invariant_ok", t->invariant_ok);
	jsonw_key(out, "lost");
	jsonw_open(out, '{');
	jsonw_u64(out, "flow_map_full", t->losses.flow_map_full);
	jsonw_u64(out, "storage_refused", t->losses.storage_refused);
	jsonw_u64(out, "ring_full", t->losses.ring_full);
	jsonw_u64(out, "recursion_misses", t->losses.recursion_misses);
	jsonw_u64(out, "clock_back", t->losses.clock_back);
	jsonw_u64(out, "readers_full", t->losses.readers_full);
	jsonw_u64(out, "file_misses", t->losses.file_misses);
	jsonw_close(out, '}');
	jsonw_close(out, '}');
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

int flow_json_list(const struct flowtab *t, const struct flow_query *query, struct buf *out)
{
	struct selection s = { .query = query, .table = t };
	struct flowtab_totals totals;
	size_t limit;
	int r;

	flowtab_get_totals(t, &totals);
	s.reads_known = totals.reads_known;
	r = flowtab_each(t, select_flow, &s);

	if (r < 0) {
		free(s.rows);
		return r;
	}
	if (query->by != FLOW_BY_FLOW)
		s.count = flow_lines_group(s.rows, s.count, query->by);
	if (s.count)
		qsort(s.rows, s.count, sizeof(*s.rows),
		      query->sort == FLOW_SORT_TOTAL ? by_total : by_rate);
	limit = query->limit && query->limit < s.count ? query->limit : s.count;
	for (size_t i = 0; i < limit; i++) {
		flow_line_json(&s.rows[i], query, out);
		val_add(&s.shown[s.rows[i].flow->key.column], &s.rows[i].sum);
	}
	if (query->ancestors && (query->by == FLOW_BY_FLOW || query->by == FLOW_BY_PROCESS))
		r = add_ancestors(&s, limit, out);
	if (query->fold)
		add_folded(&s, limit, out);
	add_other(&s, &totals, out);
	add_total(&totals, out);
	free(s.rows);
	return r < 0 ? r : out->error;
}
