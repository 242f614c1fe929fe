/* SPDX-License-Identifier: Apache-2.0
 *
 * See words.h.
 */
#include <string.h>
#include <uthash.h>
#include <xxhash.h>

#include "top/words.h"

struct word {
	UT_hash_handle hh;
	uint64_t hash;
	size_t refs;
	char text[];
};

static struct word *word_of(const char *text)
{
	return (struct word *)((uintptr_t)text - offsetof(struct word, text));
}

const char *words_keep(struct words *w, const char *text)
{
	size_t len = strlen(text);
	uint64_t hash = XXH3_64bits(text, len);
	struct word *word;

	HASH_FIND_BYHASHVALUE(hh, w->first, text, len, (unsigned int)hash, word);
	if (!word) {
		word = calloc(1, sizeof(*word) + len + 1);
		if (!word)
			return NULL;
		memcpy(word->text, text, len);
		word->hash = hash;
		HASH_ADD_KEYPTR_BYHASHVALUE(hh, w->first, word->text, len, (unsigned int)hash,
					    word);
	}
	word->refs++;
	return word->text;
}

void words_drop(struct words *w, const char *text)
{
	struct word *word;

	if (!text)
		return;
	word = word_of(text);
	if (--word->refs)
		return;
	HASH_DEL(w->first, word);
	free(word);
}

size_t words_count(const struct words *w)
{
	return HASH_COUNT(w->first);
}

uint64_t words_hash(const char *text)
{
	return text ? word_of(text)->hash : 0;
}
