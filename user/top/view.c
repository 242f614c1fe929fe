/* SPDX-License-Identifier: Apache-2.0
 *
 * Grouping and sums; see view.h. Sorting is view_sort.c.
 */
#include <errno.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/vocab.h"
#include "top/view.h"
#include "top/view_sort.h"

struct keyed {
	uint64_t key, dst;
	const struct flow_row *row;
};

static uint64_t hash_text(const struct flow_row *row, enum text_field f, uint64_t seed)
{
	const char *s = row->text[f];

	return XXH3_64bits_withSeed(s ? s : "", s ? strlen(s) : 0, seed);
}

static uint64_t group_key(const struct flow_row *row, enum group group)
{
	uint64_t h = hash_text(row, T_COLUMN, (uint64_t)group + (row->other ? 1000 : 0));

	switch (group) {
	case G_WORKLOAD:
		h = hash_text(row, row->text[T_WORKLOAD] ? T_WORKLOAD : T_PROCESS, h);
		h = hash_text(row, T_USER, h);
		h = hash_text(row, T_CONTAINER_ID, h);
		h = hash_text(row, T_CONTAINER, h);
		return hash_text(row, T_SESSION, h);
	case G_PROCESS:
		h = XXH3_64bits_withSeed(&row->num[N_PID], sizeof(row->num[0]), h);
		return hash_text(row, T_START, hash_text(row, T_PROCESS, h));
	case G_USER: return hash_text(row, T_USER, h);
	case G_CONTAINER: return hash_text(row, T_CONTAINER, hash_text(row, T_CONTAINER_ID, h));
	case G_UNIT: return hash_text(row, T_UNIT, h);
	case G_DEST: return hash_text(row, T_DST, h);
	case G_DEST_GROUP: return hash_text(row, row->text[T_DST_GROUP] ? T_DST_GROUP : T_DST, h);
	case G_SESSION: return hash_text(row, T_SESSION, h);
	default: return row->id;
	}
}

static int by_key(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->dst != b->dst)
		return a->dst < b->dst ? -1 : 1;
	return 0;
}

static enum eg_scope row_scope(const struct flow_row *row)
{
	enum eg_scope scope;

	if (!row->text[T_SCOPE] || scope_parse(row->text[T_SCOPE], &scope) < 0)
		return EG_SCOPE_UNKNOWN;
	return scope;
}

static bool row_is_local(const struct flow_row *row)
{
	enum eg_scope scope = row_scope(row);

	return scope == EG_SCOPE_LOOPBACK || scope == EG_SCOPE_HOST_LOCAL;
}

/* Hand-off bytes of an IP socket are a cross-check of what left it: shown, they
 * would count the same bytes twice. Other families are billed by them. */
static bool row_is_shadow(const struct flow_row *row)
{
	static const char *const billed[] = { "unix", "vsock", "packet" };

	if (!row->text[T_COLUMN] || strcmp(row->text[T_COLUMN], "handoff") != 0 || row->other)
		return false;
	for (size_t i = 0; row->text[T_TRANSPORT] && i < ARRAY_SIZE(billed); i++)
		if (strcmp(row->text[T_TRANSPORT], billed[i]) == 0)
			return false;
	return true;
}

static bool row_is_handoff_rest(const struct flow_row *row)
{
	return row->other && row->text[T_COLUMN] && strcmp(row->text[T_COLUMN], "handoff") == 0;
}

void view_host_history(const struct flow_table *t, float ret[HISTORY_SLOTS])
{
	struct flow_row *row, *next;

	memset(ret, 0, HISTORY_SLOTS * sizeof(*ret));
	HASH_ITER(hh, t->rows, row, next) {
		if (row_is_shadow(row) || row_is_local(row) || row_is_handoff_rest(row))
			continue;
		for (size_t i = 0; i < HISTORY_SLOTS; i++)
			ret[i] += row->history[i];
	}
}

static bool row_is_empty_rest(const struct flow_row *row)
{
	return row->other && !row->num[N_PAYLOAD];
}

/* Facts stay true once seen: a column does not come and go. */
static void learn_facts(struct column_facts *facts, const struct flow_row *row)
{
	facts->ratio |= flow_knows(row, N_RATIO);
	facts->base |= flow_knows(row, N_BASE);
	facts->read |= flow_knows(row, N_READ);
	facts->container |= row->text[T_CONTAINER] || row->text[T_CONTAINER_ID];
}

static bool is_of_user(const struct flow_row *row, const char *user)
{
	return !user || !*user || (row->text[T_USER] && strcmp(row->text[T_USER], user) == 0);
}

/* The flows to show, with their group's key. */
static size_t select_flows(struct view *v, const struct flow_table *table,
			   const struct view_options *o, struct keyed *keyed)
{
	struct flow_row *row, *next;
	size_t n = 0;

	memset(v->scope_rate, 0, sizeof(v->scope_rate));
	v->hidden = 0;
	HASH_ITER(hh, table->rows, row, next) {
		if (row_is_shadow(row))
			continue;
		v->scope_rate[row_scope(row)] +=
			row->num[v->facts.minutes ? N_RATE_60S : N_RATE_1S];
		if (row->dismissed || row_is_empty_rest(row) ||
		    (!o->all_scopes && (row_is_local(row) || row_is_handoff_rest(row))))
			continue;
		if (!filter_match(o->filter, row) || !is_of_user(row, o->user)) {
			v->hidden++;
			continue;
		}
		learn_facts(&v->facts, row);
		keyed[n++] = (struct keyed){ group_key(row, o->group), row->dst_hash, row };
	}
	qsort(keyed, n, sizeof(*keyed), by_key);
	return n;
}

static void add_flow(struct view_row *g, const struct flow_row *first, const struct flow_row *row)
{
	for (int f = 0; f < N_COUNT; f++) {
		if (!flow_knows(row, f))
			continue;
		if (f == N_RATIO || f == N_BASE) /* of the workload, on each of its flows */
			g->num[f] = MAX(g->num[f], row->num[f]);
		else if (f == N_READ)
			; /* of the process, on each of its flows: sum_reads() */
		else if (fields_num_adds(f))
			g->num[f] += row->num[f];
		else if (!view_knows(g, f) || g->num[f] == row->num[f])
			g->num[f] = row->num[f];
		else
			g->num[f] = 0; /* several: no number stands for all */
		g->known |= 1u << f;
	}
	for (int f = 0; f < T_COUNT; f++) {
		const char *a = first->text[f], *b = row->text[f];

		if (a != b && (!a || !b || strcmp(a, b) != 0))
			g->same &= ~(1u << f);
	}
	g->level = MAX(g->level, row->level);
	g->ended = g->ended && row->ended;
}

static int by_size(const void *pa, const void *pb)
{
	const struct flow_row *a = *(const struct flow_row *const *)pa;
	const struct flow_row *b = *(const struct flow_row *const *)pb;

	if (a->num[N_RATE_10S] != b->num[N_RATE_10S])
		return a->num[N_RATE_10S] > b->num[N_RATE_10S] ? -1 : 1;
	if (a->num[N_PAYLOAD] != b->num[N_PAYLOAD])
		return a->num[N_PAYLOAD] > b->num[N_PAYLOAD] ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int by_process(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;

	return a->row->process_hash < b->row->process_hash
		       ? -1
		       : a->row->process_hash > b->row->process_hash;
}

/* What each process has read, once. Reorders the run. */
static uint64_t sum_reads(struct keyed *run, size_t count)
{
	uint64_t sum = 0, most = 0;

	qsort(run, count, sizeof(*run), by_process);
	for (size_t i = 0; i < count; i++) {
		if (i && run[i].row->process_hash != run[i - 1].row->process_hash) {
			sum += most;
			most = 0;
		}
		most = MAX(most, run[i].row->num[N_READ]);
	}
	return sum + most;
}

/* One run of equal keys becomes one row; its flows are already in v->flows. */
static struct view_row make_group(struct keyed *run, size_t count, const struct flow_row **flows)
{
	struct view_row g = { .id = run[0].key, .flows = flows, .flow_count = count };

	g.same = UINT32_MAX;
	g.ended = true;
	g.other = run[0].row->other;
	for (size_t i = 0; i < count; i++) {
		add_flow(&g, run[0].row, run[i].row);
		g.destinations += i == 0 || run[i].dst != run[i - 1].dst;
		flows[i] = run[i].row;
	}
	qsort(flows, count, sizeof(*flows), by_size);
	if (view_knows(&g, N_READ))
		g.num[N_READ] = sum_reads(run, count);
	return g;
}

static int reserve(struct view *v, size_t flows)
{
	if (flows > v->flow_room) {
		void *p = reallocarray(v->flows, flows, sizeof(*v->flows));

		if (!p)
			return -ENOMEM;
		v->flows = p;
		v->flow_room = flows;
	}
	if (2 * flows > v->room) { /* a tree shows a group and its flow */
		void *p = reallocarray(v->rows, 2 * flows, sizeof(*v->rows));

		if (!p)
			return -ENOMEM;
		v->rows = p;
		v->room = 2 * flows;
	}
	return 0;
}

/* Each group of several flows is followed by them. Works from the back, in place. */
static void grow_tree(struct view *v)
{
	size_t extra = 0, to;

	for (size_t i = 0; i < v->count; i++)
		extra += v->rows[i].flow_count > 1 ? v->rows[i].flow_count : 0;
	to = v->count + extra;
	for (size_t i = v->count; i-- > 0;) {
		struct view_row g = v->rows[i];

		for (size_t k = g.flow_count > 1 ? g.flow_count : 0; k-- > 0;) {
			struct keyed one = { g.flows[k]->id ^ g.id, g.flows[k]->dst_hash,
					     g.flows[k] };
			const struct flow_row **slot =
				&v->flows[g.flows - (const struct flow_row *const *)v->flows + k];

			v->rows[--to] = make_group(&one, 1, slot);
			v->rows[to].depth = 1;
		}
		v->rows[--to] = g;
	}
	v->count += extra;
}

int view_build(struct view *v, const struct flow_table *table, const struct view_options *o)
{
	_cleanup_free_ struct keyed *keyed = NULL;
	size_t n, start = 0;

	v->count = v->flow_count = 0;
	v->facts.group = o->group;
	v->facts.show = o->columns.show;
	v->facts.hide = o->columns.hide;
	if (reserve(v, table->count + 1) < 0)
		return -ENOMEM;
	keyed = calloc(table->count + 1, sizeof(*keyed));
	if (!keyed)
		return -ENOMEM;
	n = select_flows(v, table, o, keyed);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && keyed[i].key == keyed[start].key)
			continue;
		v->rows[v->count] = make_group(&keyed[start], i - start, &v->flows[start]);
		v->rows[v->count++].network = o->group == G_DEST_GROUP;
		start = i;
	}
	v->flow_count = n;
	if (view_sort(v, o) < 0) {
		v->count = 0;
		return -ENOMEM;
	}
	if (o->tree && o->group != G_FLOW)
		grow_tree(v);
	return 0;
}

void view_free(struct view *v)
{
	free(v->rows);
	free(v->flows);
	free(v->order);
	*v = (struct view){ 0 };
}
