/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups in their order -> rows; in a tree each is followed by its processes (a pod by
 * its containers first), each process that is opened by its flows, the largest first. A
 * level that would repeat the row above it is left out.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/tally.h"
#include "top/view_internal.h"

enum tree_level { LEVEL_CONTAINER = 0, LEVEL_PROCESS, LEVEL_FLOW };

struct layout {
	struct view *v;
	const struct view_options *options;
	struct sort_item *items, *spare; /* as many as flows, all of these */
	uint32_t *parts;                 /* of each flow of a slice */
	struct slice *sums;              /* by part: how many flows; then where they go */
	const struct flow_row **moved;
	struct flow_brief *moved_briefs;
};

static enum tree_level first_level(enum group group)
{
	switch (group) {
	case G_POD: return LEVEL_CONTAINER;
	case G_PROCESS: return LEVEL_FLOW;
	default: return LEVEL_PROCESS;
	}
}

static uint64_t part_key(const struct layout *t, size_t at, enum tree_level level)
{
	switch (level) {
	case LEVEL_CONTAINER: return t->v->briefs[at].container;
	case LEVEL_PROCESS: return t->v->briefs[at].process;
	default: return t->v->flows[at]->id;
	}
}

struct view_row *view_add_row(struct view *v)
{
	struct view_row *row;

	if (v->count == v->room) {
		size_t room = MAX(2 * v->room, (size_t)64);
		void *p = reallocarray(v->rows, room, sizeof(*v->rows));

		if (!p)
			return NULL;
		v->rows = p;
		v->room = room;
	}
	row = &v->rows[v->count++];
	row->sorted = row->summed = row->whole = row->network = row->closed = row->exited = false;
	row->name = NULL;
	row->pid = 0;
	return row;
}

static int add_row(struct layout *t, const struct slice *s, uint8_t depth, bool whole)
{
	struct view_row *row = view_add_row(t->v);

	if (!row)
		return -ENOMEM;
	row->id = s->id;
	row->flows = t->v->flows + s->first;
	row->flow_count = row->own = s->count;
	row->depth = depth;
	row->network = depth == 0 && t->options->group == G_DEST_GROUP;
	row->whole = whole;
	return 0;
}

/* Numbers the parts of the slice: t->parts by flow, t->sums (count) and t->items (rate) by
 * part. Returns how many; SIZE_MAX: no memory. */
static size_t number_parts(struct layout *t, const struct slice *s, enum tree_level level)
{
	_cleanup_(tally_free) struct tally numbers = { 0 };
	size_t parts = 0;

	for (size_t i = 0; i < s->count; i++) {
		uint64_t key = part_key(t, s->first + i, level);
		uint64_t *number = tally_grown(&numbers, key);

		if (!number)
			return SIZE_MAX;
		if (!*number) {
			*number = ++parts;
			t->items[parts - 1] = (struct sort_item){ .place = parts - 1 };
			t->sums[parts - 1] = (struct slice){ .id = key };
		}
		t->parts[i] = (uint32_t)(*number - 1);
		t->items[t->parts[i]].key[0] += t->v->briefs[s->first + i].rate_10s;
		t->sums[t->parts[i]].count++;
	}
	return parts;
}

/* The slice's flows part by part, the part that sends most first. */
static int order_parts(struct layout *t, const struct slice *s, enum tree_level level,
		       size_t *ret_parts)
{
	const struct flow_row **flows = t->v->flows + s->first;
	struct flow_brief *briefs = t->v->briefs + s->first;
	size_t parts = number_parts(t, s, level), at = 0;

	if (parts == SIZE_MAX)
		return -ENOMEM;
	*ret_parts = parts;
	if (parts == 1)
		return 0;
	for (size_t i = 0; i < parts; i++)
		t->items[i].key[0] = ~t->items[i].key[0];
	view_sort_items(t->items, t->spare, parts);
	for (size_t i = 0; i < parts; i++) {
		t->sums[t->items[i].place].first = at;
		at += t->sums[t->items[i].place].count;
	}
	for (size_t i = 0; i < s->count; i++) {
		size_t to = t->sums[t->parts[i]].first++;

		t->moved[to] = flows[i];
		t->moved_briefs[to] = briefs[i];
	}
	memcpy(flows, t->moved, s->count * sizeof(*flows));
	memcpy(briefs, t->moved_briefs, s->count * sizeof(*briefs));
	return 0;
}

/* The slice's flows, the largest first. */
static void order_flows(struct layout *t, const struct slice *s)
{
	const struct flow_row **flows = t->v->flows + s->first;
	struct flow_brief *briefs = t->v->briefs + s->first;

	for (size_t i = 0; i < s->count; i++)
		t->items[i] =
			(struct sort_item){ { ~briefs[i].rate_10s, ~briefs[i].payload, 0 }, i };
	view_sort_items(t->items, t->spare, s->count);
	for (size_t i = 0; i < s->count; i++) {
		t->moved[i] = flows[t->items[i].place];
		t->moved_briefs[i] = briefs[t->items[i].place];
	}
	memcpy(flows, t->moved, s->count * sizeof(*flows));
	memcpy(briefs, t->moved_briefs, s->count * sizeof(*briefs));
}

/* The part of the slice that begins at `at`, of flows in the order of the level. */
static struct slice next_part(const struct layout *t, const struct slice *s, size_t at,
			      enum tree_level level)
{
	uint64_t key = part_key(t, at, level);
	size_t end = at + 1;

	while (level != LEVEL_FLOW && end < s->first + s->count && part_key(t, end, level) == key)
		end++;
	return (struct slice){ view_mix(s->id, key), at, end - at };
}

/* The flows of the process whose row was added last. */
static int add_flows(struct layout *t, const struct slice *s, uint8_t depth)
{
	if (!view_shows_flows(t->options, s->id)) {
		t->v->rows[t->v->count - 1].whole = true;
		return 0;
	}
	order_flows(t, s);
	for (size_t at = s->first; at < s->first + s->count; at++) {
		struct slice one = next_part(t, s, at, LEVEL_FLOW);

		if (add_row(t, &one, depth, true) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What stands below the row of this slice, the last that was added. The depth of the
 * recursion is that of the levels. */
// NOLINTNEXTLINE(misc-no-recursion)
static int add_below(struct layout *t, const struct slice *s, enum tree_level level, uint8_t depth)
{
	struct slice part;
	size_t parts;
	int r = 0;

	if (s->count == 1)
		return 0;
	if (view_is_closed(t->options, s->id)) {
		t->v->rows[t->v->count - 1].closed = true;
		return 0;
	}
	if (level == LEVEL_FLOW)
		return add_flows(t, s, depth);
	if (order_parts(t, s, level, &parts) < 0)
		return -ENOMEM;
	if (parts == 1)
		return add_below(t, s, level + 1, depth);
	for (size_t at = s->first; r == 0 && at < s->first + s->count; at += part.count) {
		part = next_part(t, s, at, level);
		r = add_row(t, &part, depth, part.count == 1);
		if (r == 0)
			r = add_below(t, &part, level + 1, depth + 1);
	}
	return r;
}

/* 0 or -ENOMEM. */
static int layout_new(struct layout *t)
{
	struct view *v = t->v;
	size_t n = v->flow_count;

	t->items = view_lend(v, LOT_ITEMS, n, sizeof(*t->items));
	t->spare = view_lend(v, LOT_SPARE, n, sizeof(*t->spare));
	t->parts = view_lend(v, LOT_PARTS, n, sizeof(*t->parts));
	t->sums = view_lend(v, LOT_SUMS, n, sizeof(*t->sums));
	t->moved = view_lend(v, LOT_MOVED, n, sizeof(*t->moved));
	t->moved_briefs = view_lend(v, LOT_BRIEFS, n, sizeof(*t->moved_briefs));
	return t->items && t->spare && t->parts && t->sums && t->moved && t->moved_briefs ? 0
											  : -ENOMEM;
}

int view_place(struct view *v, const struct view_options *o, const struct slice *groups,
	       size_t count)
{
	struct layout t = { .v = v, .options = o };
	bool tree = o->tree != TREE_NONE && o->group != G_FLOW;

	if (tree && layout_new(&t) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (add_row(&t, &groups[i], 0, !tree) < 0)
			return -ENOMEM;
		if (tree && add_below(&t, &groups[i], first_level(o->group), 1) < 0)
			return -ENOMEM;
	}
	return 0;
}
