/* SPDX-License-Identifier: Apache-2.0
 *
 * The columns of the main table and where they stand for a given width. The layout
 * depends on the width and a few facts that change rarely, never on the numbers, so
 * that nothing moves sideways between refreshes. Pure.
 */
#ifndef TOP_COLUMN_H
#define TOP_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

enum column {
	C_SIGN = 0, /* level of an open alert; sorting by it is "worst first" */
	C_RATIO,
	C_PROCESS,
	C_USER,
	C_CONTAINER,
	C_POD,
	C_UNIT,
	C_SESSION,
	C_PID,
	C_VIA,
	C_DEST,
	C_AS,
	C_SCOPE,
	C_1S,
	C_10S,
	C_60S,
	C_TOTAL,
	C_SHARE,
	C_RETRANS,
	C_WIRE,
	C_BASE,
	C_SPARK,
	C_READ,
	C_COUNT
};

enum group {
	G_WORKLOAD = 0, /* process name x container x user x database session */
	G_PROCESS,
	G_USER,
	G_CONTAINER,
	G_POD,
	G_UNIT,
	G_DEST,
	G_DEST_GROUP,
	G_AS,
	G_SESSION,
	G_FLOW,
	G_COUNT
};

/* What stands below what. */
enum tree {
	TREE_NONE = 0,
	TREE_PARENTS, /* processes below those that started them; where no parent is known: as next */
	TREE_GROUPS, /* each group followed by its processes, each of them by its flows */
	TREE_KINDS
};

extern const char *const tree_names[TREE_KINDS]; /* in the setup */

struct column_info {
	const char *title;
	int min, max; /* width; min == max: fixed */
	bool right;   /* numbers */
	const char *help;
};

extern const struct column_info columns[C_COUNT];
extern const char *const group_names[G_COUNT];
extern const char *const column_names[C_COUNT]; /* in options and the setup file */
int column_find(const char *name);              /* -1: none */

struct column_place {
	enum column column;
	int x, width;
};

/* What the data offers; a column nobody can fill gives its room to others. */
struct column_facts {
	bool ratio, base, container, read, as;
	bool tree;    /* names are indented and want room */
	bool minutes; /* history: rates of shorter spans are not known */
	enum group group;
	uint32_t show, hide; /* bit per column: the user wants it always, never */
};

/* Fills `places` from left to right for `width` columns; returns how many. */
int column_layout(int width, const struct column_facts *facts, struct column_place places[C_COUNT]);

/* The column that names a row in this grouping. */
enum column column_lead(enum group group);

#endif
