/* SPDX-License-Identifier: Apache-2.0
 *
 * A word in the rows of a table, each different text looked into once: flows by the
 * hundred thousand share most of theirs. Pure.
 */
#ifndef TOP_WORD_SEARCH_H
#define TOP_WORD_SEARCH_H

#include "top/flow.h"
#include "top/tally.h"

struct word_search {
	const char *word;
	struct tally known; /* by the text's hash: 1 = has it not, 2 = has it */
};

/* `word` is the caller's and stays. -ENOMEM. */
int word_search_new(struct word_search *s, const char *word, const struct flow_table *table);
void word_search_free(struct word_search *s);

/* Is the word in one of the texts people look for? */
bool word_search_row(struct word_search *s, const struct flow_row *row);

#endif
