/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the view: groups before they are rows, order, tree.
 */
#ifndef TOP_VIEW_INTERNAL_H
#define TOP_VIEW_INTERNAL_H

#include "top/view.h"

/* A run of view.flows that becomes a row. */
struct slice {
	uint64_t id;
	size_t first, count;
};

/* What a thing is sorted by: words in falling weight, least first; `place` tells which
 * thing it is. Things whose words are equal stay as they stood. */
#define SORT_WORDS 3
struct sort_item {
	uint64_t word[SORT_WORDS];
	size_t place;
};

/* `spare` has room for `count` too. */
void view_sort_items(struct sort_item *items, struct sort_item *spare, size_t count);

/* Brings the groups into the order of `o` and remembers it. 0 or -ENOMEM. */
int view_sort(struct view *v, const struct view_options *o, struct slice *groups, size_t count);

/* Rows for the groups in their order, with what is below them if there is a tree.
 * 0 or -ENOMEM. */
int view_place(struct view *v, const struct view_options *o, const struct slice *groups,
	       size_t count);

/* One sum of a run of flows; false if no flow knows the number. */
bool view_sum_one(const struct flow_row *const *flows, size_t count, enum num_field f,
		  uint64_t *ret);

/* Name of an alert level and the like are the flows' own; the highest of a run. */
uint8_t view_level(const struct flow_row *const *flows, size_t count);

/* A new key out of two. */
static inline uint64_t view_mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: spreads all bits upwards */
	return a ^ a >> 29;
}

#endif
