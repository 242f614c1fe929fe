/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of words from inside. Private to model/words*.c.
 */
#ifndef MODEL_WORDS_INTERNAL_H
#define MODEL_WORDS_INTERNAL_H

#include "model/words.h"

struct entry {
	struct word word;
	uint64_t hash; /* of what was said: the same twice is one */
};

struct words {
	struct entry entry[WORDS_MAX];
	size_t count;
	/* Expectations and budgets that rows can match now: first those that name no address,
	 * then those that do, which only destinations in a declared prefix can match. */
	size_t active[WORDS_MAX];
	size_t loose_count, active_count;
};

/* What was said as one number; the order of keys does not matter. */
int words_digest(const struct declaration *said, uint64_t *ret);
/* Takes it in, with an id of its own. NULL: no room. */
struct word *words_join(struct words *w, const struct declaration *said, uint64_t hash);
struct word *words_find_hash(struct words *w, uint64_t hash);
void words_erase(struct words *w, size_t index);

bool word_fits_actor(const struct word *word, const struct actor *actor);
bool word_fits_dest(const struct word *word, const struct dest *dest);

#endif
