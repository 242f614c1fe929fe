/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of an answer's line, and of none that is not there.
 */
#ifndef CTL_ROW_H
#define CTL_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct table;

/* One line of an answer; NULL if it is no object. The caller's (json_object_put). */
struct json_object *row_parse(const char *line, size_t len);

/* The member's text ("" for null or absent), owned by the row. */
const char *row_text(struct json_object *row, const char *key);
/* false: null, absent or no number. */
bool row_u64(struct json_object *row, const char *key, uint64_t *ret);
bool row_bool(struct json_object *row, const char *key); /* false where absent */

/* Cells of a table: cleaned text; a short number ("79.4M"); a plain number; all
 * empty where the row has no such member. */
void cell_text(struct table *t, struct json_object *row, const char *key);
void cell_short(struct table *t, struct json_object *row, const char *key);
void cell_number(struct table *t, struct json_object *row, const char *key);

#endif
