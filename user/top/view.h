/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows -> the rows on the screen: filtered, grouped, sorted, as a tree. Built anew
 * after every answer and every change of options, for 100,000 flows too: a build
 * places rows and sums only what it sorts by; the other sums of a row are made when
 * somebody looks at it, which is a screenful. Pure.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "egress/types.h"
#include "top/column.h"
#include "top/filter.h"
#include "top/flow.h"

struct tags;

struct view_options {
	enum group group;
	enum column sort;
	bool invert;
	enum tree tree;
	const struct tags *closed; /* rows whose lower rows are not shown; NULL = none */
	const struct tags *opened; /* processes whose flows are shown; NULL = none */
	bool all_flows;            /* those of every process are */
	bool all_scopes;           /* loopback and host-local hand-offs too */
	bool freeze;               /* rows keep the order they have; new ones at the end */
	const struct filter *filter;
	const char *user;            /* only this user's rows; "" or NULL = all */
	struct column_facts columns; /* show and hide */
};

/* One line of the table: a group of flows, or a part of the group above it. The sums
 * are there once view_at() gave the row. */
struct view_row {
	uint64_t id;
	const struct flow_row **flows; /* slice of view.flows */
	size_t flow_count;
	size_t own; /* the first of them are the row's own; the others are told below it too */
	const char *name; /* of a process that has none of its own; else NULL */
	uint32_t pid;     /* of that process */
	uint8_t depth;    /* 0 = a group; deeper in the tree */
	bool closed;      /* rows below it are not shown */
	bool exited;      /* the process of `name` */
	bool network;     /* stands for a destination group: name that, not one address */
	bool whole;       /* its flows may change places: no row below has a part of the slice */
	bool sorted;      /* they are the largest first */
	bool summed;
	bool other; /* this and all that follows: once summed */
	bool ended; /* all of them */
	uint8_t level;
	uint16_t alert;        /* the first of its flows' alerts, + 1; 0 = none */
	uint32_t known;        /* bit per num_field: at least one flow knows it */
	uint32_t same;         /* bit per text_field: all flows agree */
	size_t destinations;   /* distinct */
	uint64_t num[N_COUNT]; /* sums; RATIO: the highest */
};

/* What many flows are asked for, without a look at the flows. */
struct flow_brief {
	uint64_t process, container;          /* hashes; container: grouped by pod only */
	uint64_t rate_10s, rate_60s, payload; /* 0 where not known */
	uint32_t ratio;                       /* x 1000, + 1; 0 = not known */
	uint8_t level;
	bool ended;
};

/* Memory of one pass over the flows that the next pass has again: the kernel takes longer to
 * give a page than a pass takes to fill it. */
enum view_lot {
	LOT_GROUPED = 0,
	LOT_GROUPS,
	LOT_ITEMS,
	LOT_SPARE,
	LOT_SORTED,
	LOT_PARTS,
	LOT_SUMS,
	LOT_MOVED,
	LOT_BRIEFS,
	LOTS
};

/* The history of a row that was looked at. */
struct view_trend {
	uint64_t id;
	size_t flow_count; /* 0 = none */
	double slots[HISTORY_SLOTS];
};

/* A run of view.flows that becomes a row. */
struct slice {
	uint64_t id;
	size_t first, count;
};

struct view {
	struct view_row *rows;
	size_t count, room;
	const struct flow_row **flows; /* each group's side by side */
	const struct flow_row **laid;  /* the same as the tree of parents has them */
	struct flow_brief *briefs;     /* of flows[] */
	size_t flow_count, flow_room;
	struct slice *groups; /* as they were met; of the last view_build() */
	size_t group_count;
	bool parents;              /* the rows are a tree of parents */
	struct view_row *sums;     /* some rows of the last view_build(), by id, with their sums */
	struct view_trend *trends; /* the same of their histories */
	uint64_t *order;           /* ids of the groups as they stood last; for freeze */
	size_t order_count, order_room;
	uint64_t scope_rate[EG_SCOPE_COUNT]; /* 1 s, of all flows, before the filter */
	uint64_t shown_rate;                 /* 10 s, of the flows shown */
	uint64_t hidden;                     /* flows the filter took away */
	struct column_facts facts;
	struct {
		void *at;
		size_t bytes;
	} lots[LOTS];
};

/* 0 or -ENOMEM (the view then is empty, not half). Pointers into `table` are valid
 * until its next end or dismissal. */
int view_build(struct view *v, const struct flow_table *table, const struct view_options *options);
/* The same after a change of nothing but sort, invert, freeze, closed, opened, all_flows, or
 * of TREE_NONE to TREE_GROUPS and back: the flows stay in their groups. */
int view_arrange(struct view *v, const struct flow_table *table,
		 const struct view_options *options);
void view_free(struct view *v);

/* Row `i` < count with its sums. */
const struct view_row *view_at(const struct view *v, size_t i);

/* Sets the sums of a row whose flows are set; for rows made elsewhere. */
void view_sum(struct view_row *row);

/* The row's flows, the largest first where the tree does not need another order. */
void view_sort_flows(const struct view *v, size_t i);

/* A text of the row: the common one, "several" if they differ, "-" where a known
 * absence is normal (container, session), else "unknown". */
const char *view_text(const struct view_row *row, enum text_field f);
/* The common text, or NULL: they differ, or it is not known. */
const char *view_own_text(const struct view_row *row, enum text_field f);
static inline bool view_knows(const struct view_row *row, enum num_field f)
{
	return row->known & (1u << f);
}

/* Sums of the row's flows in each history slot, the newest first. Those of large rows are
 * kept until the next view_build(). */
void view_history(const struct view *v, const struct flow_table *t, const struct view_row *row,
		  double ret[HISTORY_SLOTS]);

/* What left the host, by history slot (the table's ring), from the rows there are. */
void view_host_history(const struct flow_table *t, float ret[HISTORY_SLOTS]);

/* Index of the row with this id, or -1. */
long view_find(const struct view *v, uint64_t id);

#endif
