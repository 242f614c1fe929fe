/* SPDX-License-Identifier: Apache-2.0
 *
 * Between view_forest.c and view_parents.c: processes and those above them, before they
 * are rows.
 */
#ifndef TOP_VIEW_FOREST_H
#define TOP_VIEW_FOREST_H

#include "top/tally.h"
#include "top/view_internal.h"

#define FOREST_NONE UINT32_MAX

/* What a branch is sorted by; of a branch, the sums of its processes. */
struct worth {
	uint64_t rate, payload; /* of a minute; in all */
	uint64_t value;         /* of the column */
	double minute;
	uint32_t ratio; /* as in struct flow_brief */
	uint8_t level;
	bool known, live; /* the value is; not all of it has ended */
};

struct node {
	uint64_t id, parent_hash, column;
	const struct flow_ancestor *ancestor; /* of one that sends nothing; else NULL */
	struct slice own;                     /* of view.flows */
	uint32_t parent, child, next;         /* places in nodes[]; FOREST_NONE */
	uint32_t depth;
	size_t first, row; /* of its branch in view.laid; its row + 1, 0 = not shown */
	bool other;
	struct worth worth;
};

struct forest {
	struct view *v;
	const struct view_options *options;
	struct node *nodes;
	size_t count, room;
	uint32_t *order; /* the upper before the lower */
	struct sort_item *items, *spare;
	struct tally places;    /* of nodes, + 1, by id */
	struct tally ancestors; /* of the table's ancestors, + 1, by id */
	uint32_t root;
	size_t laid;
};

/* The senders of the view's groups and the ancestors above them, with parents, depths and
 * worths. 0 or -ENOMEM; free in any case. */
int forest_grow(struct forest *f, const struct flow_table *table);
void forest_free(struct forest *f);

#endif
