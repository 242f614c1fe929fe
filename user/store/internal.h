/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of the history store only.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/flat.h"
#include "store/store.h"

/* Statements prepared once; texts in store.c, in this order. */
enum store_statement {
	ADD_ALERT,
	ADD_AUDIT,
	ADD_SERIES,
	ADD_ROLLUP,
	ADD_HOUR,
	LIST_ALERTS,
	LIST_AUDIT,
	FIND_ALERT,
	LIST_MINUTES,
	LIST_HOURS,
	SUM_MINUTES,
	SUM_HOURS,
	TRIM_ROLLUP,
	TRIM_HOUR,
	TRIM_SERIES,
	TRIM_ALERT,
	TRIM_AUDIT,
	STATEMENTS
};

struct store {
	sqlite3 *db; /* NULL: could not be made again after damage */
	char *path;
	struct store_options options;
	sqlite3_stmt *statements[STATEMENTS];
	struct flat seen; /* rollup.c: totals of each flow at the last roll-up */
	bool have_seen;
	bool paused;
	int64_t paused_since; /* Unix seconds */
	struct store_stats stats;
};

/* Runs body in one transaction; handles a full disk, the size bound and damage. */
typedef int (*store_body)(struct store *s, void *ctx);
int store_write(struct store *s, store_body body, void *ctx);

/* A statement ready for binding. */
sqlite3_stmt *store_statement(struct store *s, enum store_statement which);
/* Steps a statement without rows, resets it. */
int store_run(sqlite3_stmt *q);

/* trim.c: gives up the oldest minutes because the size bound is reached; in a
 * transaction of its own. */
int store_make_room(struct store *s);

#endif
