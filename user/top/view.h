/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows -> the rows on the screen: filtered, grouped, summed, sorted. Rebuilt from
 * the flow table after every answer and every change of options. Pure.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "egress/types.h"
#include "top/column.h"
#include "top/filter.h"
#include "top/flow.h"

struct view_options {
	enum group group;
	enum column sort;
	bool invert;
	bool tree;       /* each group followed by its flows */
	bool all_scopes; /* loopback and host-local hand-offs too */
	bool freeze;     /* rows keep the order they have; new ones at the end */
	const struct filter *filter;
	const char *user;            /* only this user's rows; "" or NULL = all */
	struct column_facts columns; /* show and hide */
};

/* One line of the table: a group of flows, or one flow below its group. */
struct view_row {
	uint64_t id;
	const struct flow_row *const *flows; /* largest first; slice of view.flows */
	size_t flow_count;
	uint64_t num[N_COUNT]; /* sums; RATIO: the highest */
	uint32_t known;        /* bit per num_field: at least one flow knows it */
	uint32_t same;         /* bit per text_field: all flows agree */
	size_t destinations;   /* distinct */
	uint8_t level;
	uint8_t depth; /* 1 = a flow in the tree */
	bool ended;    /* all of them */
	bool other;
	bool network; /* stands for a destination group: name that, not one address */
};

struct view {
	struct view_row *rows;
	size_t count, room;
	const struct flow_row **flows;
	size_t flow_count, flow_room;
	struct view_order {
		uint64_t id;
		size_t place;
	} * order; /* by id, of the last build; for freeze */
	size_t order_count, order_room;
	uint64_t scope_rate[EG_SCOPE_COUNT]; /* 1 s, of all flows, before the filter */
	uint64_t hidden;                     /* flows the filter took away */
	struct column_facts facts;
};

/* 0 or -ENOMEM (the view then is empty, not half). Pointers into `table` are valid
 * until its next begin/end or dismissal. */
int view_build(struct view *v, const struct flow_table *table, const struct view_options *options);
void view_free(struct view *v);

/* A text of the row: the common one, "several" if they differ, "-" where a known
 * absence is normal (container, session), else "unknown". */
const char *view_text(const struct view_row *row, enum text_field f);
static inline bool view_knows(const struct view_row *row, enum num_field f)
{
	return row->known & (1u << f);
}

/* Sum of the row's flows in history slot `age` (0 = newest). */
double view_history(const struct flow_table *t, const struct view_row *row, unsigned int age);

/* What left the host, by history slot (the table's ring), from the rows there are. */
void view_host_history(const struct flow_table *t, float ret[HISTORY_SLOTS]);

/* Index of the row with this id, or -1. */
long view_find(const struct view *v, uint64_t id);

#endif
