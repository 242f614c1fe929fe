/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the view: groups before they are rows, order, tree.
 */
#ifndef TOP_VIEW_INTERNAL_H
#define TOP_VIEW_INTERNAL_H

#include "top/tags.h"
#include "top/tally.h"
#include "top/view.h"

#define VIEW_SUMS 512   /* rows whose sums are kept: some screens */
#define VIEW_TRENDS 128 /* rows whose history is kept */
#define VIEW_EARLY 64   /* groups summed while they are made: more do not hold very many flows */

/* What a thing is sorted by: keys in falling weight, least first; `place` tells which
 * thing it is. Things whose keys are equal stay as they stood. */
#define SORT_KEYS 3
struct sort_item {
	uint64_t key[SORT_KEYS];
	size_t place;
};

/* Room for `count` things of `size` bytes, of any content; the view's, and good until the same
 * lot is lent again. NULL: no memory. */
void *view_lend(struct view *v, enum view_lot lot, size_t count, size_t size);

/* `spare` has room for `count` too. */
void view_sort_items(struct sort_item *items, struct sort_item *spare, size_t count);

/* The text a column is sorted by; T_COUNT: it is sorted by a number, this one where it is
 * one that adds up. */
enum text_field view_sort_text(enum column c);
enum num_field view_sort_num(enum column c);
/* The first letters, in small ones. */
void view_text_keys(const char *text, uint64_t key[SORT_KEYS]);

/* Keys by the place each had, new ones behind; 0 or -ENOMEM. */
int view_frozen_keys(const struct view *v, const struct slice *groups, struct sort_item *items,
		     size_t count);
/* Remembers the order, for the next time it is frozen. 0 or -ENOMEM. */
int view_remember(struct view *v, const struct slice *groups, size_t count);

/* Brings the groups into the order of `o` and remembers it. 0 or -ENOMEM. */
int view_sort(struct view *v, const struct view_options *o, struct slice *groups, size_t count);

/* Rows for the groups in their order, with what is below them if there is a tree.
 * 0 or -ENOMEM. */
int view_place(struct view *v, const struct view_options *o, const struct slice *groups,
	       size_t count);

/* Rows for the groups as a tree of who started whom. 0 or -ENOMEM. */
int view_place_parents(struct view *v, const struct flow_table *table,
		       const struct view_options *o);

/* The largest first. */
void view_sort_run(const struct flow_row **flows, size_t count);

/* A new row at the end; NULL: no memory. Its sums are for view_sum(), when somebody looks. */
struct view_row *view_add_row(struct view *v);

static inline bool view_is_closed(const struct view_options *o, uint64_t id)
{
	return o->closed && tags_has(o->closed, id);
}
static inline bool view_shows_flows(const struct view_options *o, uint64_t id)
{
	return o->all_flows || (o->opened && tags_has(o->opened, id));
}

/* What a process is, not what one of its flows is. */
#define VIEW_IDENTITY                                                                      \
	(1u << T_PROCESS | 1u << T_EXE | 1u << T_CMDLINE | 1u << T_START | 1u << T_USER |  \
	 1u << T_CONTAINER_ID | 1u << T_CONTAINER | 1u << T_UNIT | 1u << T_SESSION |       \
	 1u << T_CLIENT | 1u << T_COMMAND | 1u << T_PARENT | 1u << T_IMAGE | 1u << T_POD | \
	 1u << T_NAMESPACE | 1u << T_WORKLOAD_NAME | 1u << T_WORKLOAD | 1u << T_ENTITY |   \
	 1u << T_PARENT_ENTITY)

/* A row's sums while they are made, flow by flow. */
struct view_adding {
	struct view_row row; /* in it what they come to */
	const struct flow_row *first;
	uint64_t num[N_COUNT];     /* of all; right for those that add up */
	uintptr_t differ[T_COUNT]; /* not 0: not the text of the first flow */
	struct tally seen;         /* destinations */
	struct tally most;         /* of each process, what it has read */
	uint64_t read, dst;        /* dst: the last one */
	bool blind;                /* no memory for `seen` */
};

/* Begin, the row's own flows, view_adding_own(), those told below it too, end. What they
 * come to is then in a->row, but for its id, name and flows. */
void view_adding_begin(struct view_adding *a, const struct flow_row *first);
void view_adding_add(struct view_adding *a, const struct flow_row *flow, bool own);
void view_adding_own(struct view_adding *a);
void view_adding_end(struct view_adding *a);

/* Keeps the sums of the row with this id for view_at(). */
void view_keep_sums(struct view *v, uint64_t id, const struct view_row *sums);

/* One sum of a run of flows; false if no flow knows the number. */
bool view_sum_one(const struct flow_row *const *flows, size_t count, enum num_field f,
		  uint64_t *ret);

/* A new key out of two. */
static inline uint64_t view_mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: spreads all bits upwards */
	return a ^ a >> 29;
}

#endif
