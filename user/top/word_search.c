/* SPDX-License-Identifier: Apache-2.0
 *
 * See word_search.h.
 */
#include <string.h>

#include "top/filter.h"
#include "top/word_search.h"

enum verdict { HAS_NOT = 1, HAS = 2 };

int word_search_new(struct word_search *s, const char *word, const struct flow_table *table)
{
	s->word = word;
	return tally_new(&s->known, texts_count(&table->texts));
}

void word_search_free(struct word_search *s)
{
	tally_free(&s->known);
}

bool word_search_row(struct word_search *s, const struct flow_row *row)
{
	for (size_t i = 0; i < FILTER_WORD_FIELDS; i++) {
		const char *text = row->text[filter_word_fields[i]];
		uint64_t *verdict;

		if (!text)
			continue;
		verdict = tally_at(&s->known, texts_hash(text));
		if (!*verdict)
			*verdict = strcasestr(text, s->word) ? HAS : HAS_NOT;
		if (*verdict == HAS)
			return true;
	}
	return false;
}
