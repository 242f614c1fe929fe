/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups in their order -> rows; in a tree each is followed by its processes (a pod by
 * its containers first), each process by its flows, the largest first. A level that
 * would repeat the row above it is left out.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/tally.h"
#include "top/view_internal.h"

enum tree_level { LEVEL_CONTAINER = 0, LEVEL_PROCESS, LEVEL_FLOW };

struct tree {
	struct view *v;
	const struct view_options *options;
	struct sort_item *items, *spare; /* as many as flows, all four */
	const struct flow_row **moved;
	uint64_t *sums;
};

static enum tree_level first_level(enum group group)
{
	switch (group) {
	case G_POD: return LEVEL_CONTAINER;
	case G_PROCESS: return LEVEL_FLOW;
	default: return LEVEL_PROCESS;
	}
}

static uint64_t level_key(const struct flow_row *row, enum tree_level level)
{
	switch (level) {
	case LEVEL_CONTAINER:
		return view_mix(texts_hash(row->text[T_CONTAINER_ID]),
				texts_hash(row->text[T_CONTAINER]));
	case LEVEL_PROCESS: return row->process_hash;
	default: return row->id;
	}
}

static int add_row(struct tree *t, const struct slice *s, uint8_t depth, bool whole)
{
	struct view *v = t->v;
	struct view_row *row;

	if (v->count == v->room) {
		size_t room = MAX(2 * v->room, (size_t)64);
		void *p = reallocarray(v->rows, room, sizeof(*v->rows));

		if (!p)
			return -ENOMEM;
		v->rows = p;
		v->room = room;
	}
	row = &v->rows[v->count++]; /* its sums are for view_sum(), when somebody looks */
	row->id = s->id;
	row->flows = v->flows + s->first;
	row->flow_count = s->count;
	row->depth = depth;
	row->network = depth == 0 && t->options->group == G_DEST_GROUP;
	row->whole = whole;
	row->sorted = row->summed = false;
	return 0;
}

/* Parts by what they send, the largest first, each part's flows side by side. */
static int weigh_parts(struct tree *t, const struct slice *s, enum tree_level level)
{
	_cleanup_(tally_free) struct tally numbers = { 0 };
	const struct flow_row **flows = t->v->flows + s->first;
	uint64_t parts = 0;

	if (tally_new(&numbers, s->count) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < s->count; i++) {
		uint64_t *number;

		if (i + FLOW_AHEAD < s->count)
			flow_fetch(flows[i + FLOW_AHEAD]);
		number = tally_at(&numbers, level_key(flows[i], level));
		if (!*number) {
			*number = ++parts;
			t->sums[parts - 1] = 0;
		}
		t->sums[*number - 1] += flows[i]->num[N_RATE_10S];
		t->items[i] = (struct sort_item){ { 0, *number - 1, 0 }, i };
	}
	for (size_t i = 0; i < s->count; i++)
		t->items[i].word[0] = ~t->sums[t->items[i].word[1]];
	return 0;
}

static void weigh_flows(struct tree *t, const struct slice *s)
{
	const struct flow_row **flows = t->v->flows + s->first;

	for (size_t i = 0; i < s->count; i++) {
		if (i + FLOW_AHEAD < s->count)
			flow_fetch(flows[i + FLOW_AHEAD]);
		t->items[i] = (struct sort_item){
			{ ~flows[i]->num[N_RATE_10S], ~flows[i]->num[N_PAYLOAD], 0 }, i
		};
	}
}

/* The slice's flows in the order of the level. */
static int order_level(struct tree *t, const struct slice *s, enum tree_level level)
{
	const struct flow_row **flows = t->v->flows + s->first;

	if (level == LEVEL_FLOW)
		weigh_flows(t, s);
	else if (weigh_parts(t, s, level) < 0)
		return -ENOMEM;
	view_sort_items(t->items, t->spare, s->count);
	for (size_t i = 0; i < s->count; i++)
		t->moved[i] = flows[t->items[i].place];
	memcpy(flows, t->moved, s->count * sizeof(*flows));
	return 0;
}

/* The part of the slice that begins at `at`, of flows in the order of the level. */
static struct slice next_part(const struct view *v, const struct slice *s, size_t at,
			      enum tree_level level)
{
	uint64_t key = level_key(v->flows[at], level);
	size_t end = at + 1;

	while (level != LEVEL_FLOW && end < s->first + s->count &&
	       level_key(v->flows[end], level) == key)
		end++;
	return (struct slice){ view_mix(s->id, key), at, end - at };
}

/* What stands below the row of this slice. The depth of the recursion is that of the
 * levels. */
// NOLINTNEXTLINE(misc-no-recursion)
static int add_below(struct tree *t, const struct slice *s, enum tree_level level, uint8_t depth)
{
	struct slice part;
	int r = 0;

	if (s->count == 1)
		return 0;
	if (order_level(t, s, level) < 0)
		return -ENOMEM;
	if (level < LEVEL_FLOW && next_part(t->v, s, s->first, level).count == s->count)
		return add_below(t, s, level + 1, depth);
	for (size_t at = s->first; r == 0 && at < s->first + s->count; at += part.count) {
		part = next_part(t->v, s, at, level);
		r = add_row(t, &part, depth, part.count == 1);
		if (r == 0 && level < LEVEL_FLOW)
			r = add_below(t, &part, level + 1, depth + 1);
	}
	return r;
}

int view_place(struct view *v, const struct view_options *o, const struct slice *groups,
	       size_t count)
{
	_cleanup_free_ struct sort_item *items = NULL, *spare = NULL;
	_cleanup_free_ const struct flow_row **moved = NULL;
	_cleanup_free_ uint64_t *sums = NULL;
	struct tree t = { .v = v, .options = o };
	bool tree = o->tree && o->group != G_FLOW;

	if (tree) {
		t.items = items = calloc(v->flow_count + 1, sizeof(*items));
		t.spare = spare = calloc(v->flow_count + 1, sizeof(*spare));
		t.moved = moved = calloc(v->flow_count + 1, sizeof(*moved));
		t.sums = sums = calloc(v->flow_count + 1, sizeof(*sums));
		if (!items || !spare || !moved || !sums)
			return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		if (add_row(&t, &groups[i], 0, !tree) < 0)
			return -ENOMEM;
		if (tree && add_below(&t, &groups[i], first_level(o->group), 1) < 0)
			return -ENOMEM;
	}
	return 0;
}
