/* SPDX-License-Identifier: Apache-2.0
 *
 * Who stands below whom, and what each branch is worth; see view_forest.h. Each flow is
 * looked at once: what a branch is sorted by is added up on the way to its root.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/view_forest.h"

void forest_free(struct forest *f)
{
	free(f->nodes);
	free(f->order);
	free(f->items);
	free(f->spare);
	tally_free(&f->places);
	tally_free(&f->ancestors);
}

/* Room for every process and, in both columns, every ancestor. */
static int forest_new(struct forest *f, const struct flow_table *table)
{
	f->room = f->v->group_count + 2 * table->ancestors.count + 1;
	if (f->room >= FOREST_NONE - 1)
		return -ENOMEM;
	f->nodes = calloc(f->room, sizeof(*f->nodes));
	f->order = calloc(f->room, sizeof(*f->order));
	f->items = calloc(f->room, sizeof(*f->items));
	f->spare = calloc(f->room, sizeof(*f->spare));
	if (!f->nodes || !f->order || !f->items || !f->spare || tally_new(&f->places, f->room) < 0)
		return -ENOMEM;
	return tally_new(&f->ancestors, table->ancestors.count + 1);
}

static struct node *add_node(struct forest *f, uint64_t id)
{
	struct node *n = &f->nodes[f->count++];

	n->id = id;
	n->parent = n->child = n->next = FOREST_NONE;
	*tally_at(&f->places, id) = f->count;
	return n;
}

static void list_senders(struct forest *f)
{
	for (size_t i = 0; i < f->v->group_count; i++) {
		const struct slice *g = &f->v->groups[i];
		const struct flow_row *row = f->v->flows[g->first];
		struct node *n = add_node(f, g->id);

		n->own = *g;
		n->column = texts_hash(row->text[T_COLUMN]);
		n->parent_hash = row->text[T_ENTITY] ? row->parent_hash : 0;
		n->other = row->other;
	}
}

/* The node a node hangs below, made if it is an ancestor that has none yet; FOREST_NONE: it is a
 * root. May be called for nodes that are made meanwhile. */
static uint32_t find_parent(struct forest *f, const struct flow_table *table, const struct node *n)
{
	uint64_t id = view_mix(n->column, n->parent_hash), column = n->column, *place;
	struct node *above;
	size_t at;

	if (!n->parent_hash)
		return FOREST_NONE;
	place = tally_at(&f->places, id);
	if (*place)
		return (uint32_t)(*place - 1);
	at = *tally_at(&f->ancestors, n->parent_hash);
	if (!at || f->count == f->room)
		return FOREST_NONE;
	above = add_node(f, id);
	above->ancestor = &table->ancestors.all[at - 1];
	above->parent_hash = above->ancestor->parent;
	above->column = column;
	return (uint32_t)(f->count - 1);
}

static void link_parents(struct forest *f, const struct flow_table *table)
{
	for (size_t i = 0; i < table->ancestors.count; i++)
		*tally_at(&f->ancestors, table->ancestors.all[i].id) = i + 1;
	for (size_t i = 0; i < f->count; i++) {
		uint32_t parent = find_parent(f, table, &f->nodes[i]);

		f->nodes[i].parent = parent == i ? FOREST_NONE : parent;
	}
}

/* Sets depths and lists all nodes, the upper before the lower. A ring (answers may say
 * anything) is cut where it is met. */
static void order_nodes(struct forest *f)
{
	size_t listed = 0;

	for (size_t i = 0; i < f->count; i++)
		f->nodes[i].depth = FOREST_NONE;
	for (size_t i = 0; i < f->count; i++) {
		size_t path = 0; /* from here up, at the end of order[] */
		uint32_t at = (uint32_t)i, depth = 0;

		for (; at != FOREST_NONE && f->nodes[at].depth == FOREST_NONE;
		     at = f->nodes[at].parent) {
			f->nodes[at].depth = FOREST_NONE - 1;
			f->order[f->room - ++path] = at;
		}
		if (at != FOREST_NONE && f->nodes[at].depth == FOREST_NONE - 1) {
			f->nodes[f->order[f->room - path]].parent = FOREST_NONE;
			at = FOREST_NONE;
		}
		if (at != FOREST_NONE)
			depth = f->nodes[at].depth + 1;
		for (; path; path--, depth++) {
			at = f->order[f->room - path];
			f->nodes[at].depth = depth;
			f->order[listed++] = at;
		}
	}
}

/* What the column adds up to over the process's flows. */
static void weigh_value(const struct forest *f, struct node *n, enum num_field field)
{
	const struct flow_row *const *flows = f->v->flows + n->own.first;
	struct worth *w = &n->worth;

	for (size_t i = 0; i < n->own.count; i++) {
		const struct flow_row *row = flows[i];

		if (i + FLOW_AHEAD < n->own.count)
			__builtin_prefetch(&flows[i + FLOW_AHEAD]->num[field]);
		w->minute += f->options->sort == C_SPARK ? row->minute : 0;
		if (!flow_knows(row, field))
			continue;
		w->known = true;
		if (field == N_READ || !fields_num_adds(field)) /* the process's, on each flow */
			w->value = MAX(w->value, row->num[field]);
		else
			w->value += row->num[field];
	}
}

static void weigh_own(const struct forest *f, struct node *n)
{
	const struct flow_brief *briefs = f->v->briefs + n->own.first;
	struct worth *w = &n->worth;

	for (size_t i = 0; i < n->own.count; i++) {
		w->rate += briefs[i].rate_60s;
		w->payload += briefs[i].payload;
		w->level = MAX(w->level, briefs[i].level);
		w->live |= !briefs[i].ended;
		w->ratio = MAX(w->ratio, briefs[i].ratio);
	}
	if (f->options->sort != C_SIGN)
		weigh_value(f, n, view_sort_num(f->options->sort));
}

static void weigh_branches(struct forest *f)
{
	enum num_field field = view_sort_num(f->options->sort);

	for (size_t i = 0; i < f->count; i++)
		weigh_own(f, &f->nodes[i]);
	for (size_t i = f->count; i-- > 0;) {
		const struct node *n = &f->nodes[f->order[i]];
		struct worth *up = n->parent == FOREST_NONE ? NULL : &f->nodes[n->parent].worth;

		if (!up)
			continue;
		up->rate += n->worth.rate;
		up->payload += n->worth.payload;
		up->minute += n->worth.minute;
		up->level = MAX(up->level, n->worth.level);
		up->live |= n->worth.live;
		up->ratio = MAX(up->ratio, n->worth.ratio);
		if (fields_num_adds(field)) {
			up->known |= n->worth.known;
			up->value += n->worth.value;
		} else if (field == N_RATIO || field == N_BASE) {
			up->known |= n->worth.known;
			up->value = MAX(up->value, n->worth.value);
		}
	}
}

int forest_grow(struct forest *f, const struct flow_table *table)
{
	if (forest_new(f, table) < 0)
		return -ENOMEM;
	list_senders(f);
	link_parents(f, table);
	order_nodes(f);
	weigh_branches(f);
	return 0;
}
