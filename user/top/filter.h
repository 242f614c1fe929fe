/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter language of the view:
 *
 *	dst:10.0.0.0/8 rate>10M user:postgres,redis -container:* cmd~dump|copy curl
 *
 * Terms are joined by "and"; a leading - or ! turns one round; commas are "or".
 * A network (10.0.0.0/8, 2001:db8::1) stands for dst:. FIELD:VALUE compares whole texts (* and ? match anything), networks for dst, and
 * numbers; FIELD>VALUE, <, >=, <= compare numbers (10M = ten million); FIELD~PATTERN
 * searches (| ^ $ . and .*); a bare word is searched in process, user, container, destination and
 * session. `is:` takes ended, alert, other; `level:` notice, ticket, page (or above).
 * Pure.
 */
#ifndef TOP_FILTER_H
#define TOP_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "top/flow.h"

struct filter;

struct filter_error {
	size_t offset;  /* of the term that is wrong, in bytes */
	char text[128]; /* what is wrong and what would be right */
};

/* 0; -EINVAL with *error filled; -ENOMEM. An empty text gives a filter that
 * matches everything. */
int filter_parse(const char *text, struct filter **ret, struct filter_error *error);
void filter_free(struct filter *f);

/* NULL matches everything. */
bool filter_match(const struct filter *f, const struct flow_row *row);

/* Case-insensitive; * any run, ? any one byte. Linear in practice: one star is
 * remembered at a time. */
bool glob_match(const char *pattern, const char *text);

/* The bare-word test: is `word` somewhere in the row's names? */
bool filter_word_in_row(const char *word, const struct flow_row *row);
/* Where a word is looked for. */
#define FILTER_WORD_FIELDS 13
extern const enum text_field filter_word_fields[FILTER_WORD_FIELDS];

#endif
