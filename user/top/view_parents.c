/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of processes: each below the one that started it, with what all of its branch
 * sent. Processes that send nothing stand there for those below them. Sums beside those it
 * is sorted by are made when a row is looked at.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/view_forest.h"

#define DEPTH_MAX 255u /* what is deeper stands at this depth */

/* Its own text where it sends, its name where it does not. */
static const char *node_text(const struct forest *f, const struct node *n, enum text_field field)
{
	const char *text;

	if (n->ancestor)
		text = field == T_PROCESS ? n->ancestor->name : NULL;
	else
		text = f->v->flows[n->own.first]->text[field];
	return text ? text : "-";
}

static void node_keys(const struct forest *f, const struct node *n, uint64_t key[SORT_KEYS])
{
	enum column sort = f->options->sort;
	enum text_field field = view_sort_text(sort);
	const struct worth *w = &n->worth;
	uint64_t value = w->value;

	if (field != T_COUNT) {
		view_text_keys(node_text(f, n, field), key);
	} else if (sort == C_SIGN) {
		key[0] = ~((uint64_t)w->level << 61 | (uint64_t)w->live << 60 | w->ratio);
		key[1] = ~w->rate;
		key[2] = ~w->payload;
	} else if (sort == C_SPARK) {
		key[1] = ~(uint64_t)MAX(w->minute, 0.0);
	} else {
		if (sort == C_PID || sort == C_VIA)
			value = ~value;
		if (sort == C_PID && n->ancestor)
			value = ~(uint64_t)n->ancestor->pid;
		key[0] = !w->known && !(sort == C_PID && n->ancestor);
		key[1] = key[0] ? 0 : ~value;
		key[2] = ~w->payload;
	}
	for (int i = 0; f->options->invert && i < SORT_KEYS; i++)
		key[i] = ~key[i];
}

/* All nodes in the order of siblings, the rest rows last. */
static int sort_nodes(struct forest *f)
{
	_cleanup_free_ struct slice *ids = NULL;
	bool frozen = f->options->freeze && f->v->order_count;
	size_t n = 0, last = f->count;

	for (size_t i = 0; i < f->count; i++) {
		struct sort_item *item = &f->items[f->nodes[i].other ? --last : n++];

		*item = (struct sort_item){ .place = i };
		if (!frozen)
			node_keys(f, &f->nodes[i], item->key);
	}
	if (frozen) {
		ids = calloc(f->count + 1, sizeof(*ids));
		if (!ids)
			return -ENOMEM;
		for (size_t i = 0; i < f->count; i++)
			ids[i].id = f->nodes[i].id;
		if (view_frozen_keys(f->v, ids, f->items, n) < 0)
			return -ENOMEM;
	}
	view_sort_items(f->items, f->spare, n);
	return 0;
}

/* Children in the order of their items: the last is put first, then what goes before it. */
static void link_children(struct forest *f)
{
	f->root = FOREST_NONE;
	for (size_t i = f->count; i-- > 0;) {
		uint32_t at = (uint32_t)f->items[i].place;
		struct node *n = &f->nodes[at];
		uint32_t *first = n->parent == FOREST_NONE ? &f->root : &f->nodes[n->parent].child;

		n->next = *first;
		*first = at;
	}
}

static int add_flow_rows(struct forest *f, const struct node *n, uint32_t depth)
{
	const struct flow_row **flows = f->v->laid + n->first;

	if (!view_shows_flows(f->options, n->id) || (n->own.count == 1 && n->child == FOREST_NONE))
		return 0;
	view_sort_run(flows, n->own.count);
	for (size_t i = 0; i < n->own.count; i++) {
		struct view_row *row = view_add_row(f->v);

		if (!row)
			return -ENOMEM;
		row->id = view_mix(n->id, flows[i]->id);
		row->flows = flows + i;
		row->flow_count = row->own = 1;
		row->depth = (uint8_t)MIN(depth + 1, DEPTH_MAX);
	}
	return 0;
}

/* Its flows into their place; its row, and those of its flows, if it is to be seen. */
static int enter(struct forest *f, struct node *n, bool seen)
{
	struct view_row *row;

	n->first = f->laid;
	if (n->own.count)
		memcpy(f->v->laid + f->laid, f->v->flows + n->own.first,
		       n->own.count * sizeof(*f->v->laid));
	f->laid += n->own.count;
	if (!seen)
		return 0;
	row = view_add_row(f->v);
	if (!row)
		return -ENOMEM;
	n->row = f->v->count;
	row->id = n->id;
	row->own = n->own.count;
	row->depth = (uint8_t)MIN(n->depth, DEPTH_MAX);
	if (n->ancestor) {
		row->name = n->ancestor->name ? n->ancestor->name : "unknown";
		row->pid = n->ancestor->pid;
		row->exited = n->ancestor->exited;
	}
	row->closed = n->child != FOREST_NONE && view_is_closed(f->options, n->id);
	return row->closed ? 0 : add_flow_rows(f, n, n->depth);
}

/* All of its branch is laid. */
static void leave(struct forest *f, const struct node *n)
{
	struct view_row *row = n->row ? &f->v->rows[n->row - 1] : NULL;

	if (!row)
		return;
	row->flows = f->v->laid + n->first;
	row->flow_count = f->laid - n->first;
	row->whole = n->child == FOREST_NONE && !view_shows_flows(f->options, n->id);
}

/* Down and right through all trees; below a closed row nothing is seen. */
static int lay(struct forest *f)
{
	uint32_t at = f->root, closed = FOREST_NONE;
	int r = 0;

	while (r == 0 && at != FOREST_NONE) {
		struct node *n = &f->nodes[at];

		r = enter(f, n, closed == FOREST_NONE);
		if (closed == FOREST_NONE && n->child != FOREST_NONE &&
		    view_is_closed(f->options, n->id))
			closed = at;
		if (n->child != FOREST_NONE) {
			at = n->child;
			continue;
		}
		for (; at != FOREST_NONE; at = f->nodes[at].parent) {
			leave(f, &f->nodes[at]);
			if (closed == at)
				closed = FOREST_NONE;
			if (f->nodes[at].next != FOREST_NONE)
				break;
		}
		at = at == FOREST_NONE ? FOREST_NONE : f->nodes[at].next;
	}
	return r;
}

static int remember(struct forest *f)
{
	_cleanup_free_ struct slice *ids = calloc(f->count + 1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < f->count; i++)
		ids[i].id = f->nodes[f->items[i].place].id;
	return view_remember(f->v, ids, f->count);
}

int view_place_parents(struct view *v, const struct flow_table *table, const struct view_options *o)
{
	_cleanup_(forest_free) struct forest f = { .v = v, .options = o };

	if (forest_grow(&f, table) < 0)
		return -ENOMEM;
	if (sort_nodes(&f) < 0 || remember(&f) < 0)
		return -ENOMEM;
	link_children(&f);
	return lay(&f);
}
