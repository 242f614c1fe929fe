/* SPDX-License-Identifier: Apache-2.0
 *
 * Text for a terminal: names come from processes that may mean us harm, so nothing
 * but printable characters passes; columns line up by what the eye sees.
 */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct ctl;
struct json_object;
struct rows;

/* Appends `s` as valid UTF-8 with control, escape and direction characters replaced. */
void text_add(struct buf *out, const char *s);
/* Columns it takes on a terminal. */
size_t text_width(const char *s);

/* Appends a JSON value for people. The key's ending says the unit: "_bytes",
 * "_s", "_bps", ...; objects and lists are "a 1, b 2". */
void text_add_value(struct buf *out, const char *key, struct json_object *value);

/* Every member of every row, a line each, names aligned. Exit status. */
int text_print_members(const struct ctl *ctl, const struct rows *rows);

/* Terminal sequences, "" without colour. */
const char *text_level_color(const struct ctl *ctl, const char *level);
const char *text_bold(const struct ctl *ctl);
const char *text_plain(const struct ctl *ctl);

/* A table of cells. Columns that are empty in every row are left out. */
#define TABLE_COLUMNS_MAX 24
struct table_column {
	const char *title;
	bool right; /* numbers */
};
struct table {
	struct table_column column[TABLE_COLUMNS_MAX];
	size_t columns;
	char **cell; /* rows x columns, "" where empty */
	size_t rows, cap;
	int error;
};
void table_free(struct table *t);
/* A copy of the cell's text for the next place, row by row. */
void table_add(struct table *t, const char *text);
void table_print(const struct ctl *ctl, const struct table *t);

#endif
