/* SPDX-License-Identifier: Apache-2.0
 *
 * See texts.h.
 */
#include <string.h>
#include <uthash.h>
#include <xxhash.h>

#include "top/texts.h"

struct kept_text {
	UT_hash_handle hh;
	uint64_t hash;
	size_t refs;
	bool found; /* by the last texts_search() */
	char text[];
};

static struct kept_text *kept_of(const char *text)
{
	return (struct kept_text *)((uintptr_t)text - offsetof(struct kept_text, text));
}

const char *texts_keep(struct texts *w, const char *text)
{
	size_t len = strlen(text);
	uint64_t hash = XXH3_64bits(text, len);
	struct kept_text *kept;

	HASH_FIND_BYHASHVALUE(hh, w->first, text, len, (unsigned int)hash, kept);
	if (!kept) {
		kept = calloc(1, sizeof(*kept) + len + 1);
		if (!kept)
			return NULL;
		memcpy(kept->text, text, len);
		kept->hash = hash;
		HASH_ADD_KEYPTR_BYHASHVALUE(hh, w->first, kept->text, len, (unsigned int)hash,
					    kept);
	}
	kept->refs++;
	return kept->text;
}

void texts_drop(struct texts *w, const char *text)
{
	struct kept_text *kept;

	if (!text)
		return;
	kept = kept_of(text);
	if (--kept->refs)
		return;
	HASH_DEL(w->first, kept);
	free(kept);
}

uint64_t texts_hash(const char *text)
{
	return text ? kept_of(text)->hash : 0;
}

uint64_t texts_hash_of(const char *text)
{
	return XXH3_64bits(text, strlen(text));
}

size_t texts_search(struct texts *w, const char *word)
{
	size_t count = 0;

	for (struct kept_text *kept = w->first; kept; kept = kept->hh.next) {
		kept->found = strcasestr(kept->text, word) != NULL;
		count += kept->found;
	}
	return count;
}

bool texts_found(const char *text)
{
	return text && kept_of(text)->found;
}
