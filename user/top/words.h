/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of flows, each kept once: a hundred thousand flows name few users, scopes and
 * executables. Two texts of one set are equal if their pointers are, and a text's hash
 * is at hand, so that grouping compares no letters. Pure.
 */
#ifndef TOP_WORDS_H
#define TOP_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct word;
struct words {
	struct word *first; /* uthash */
};

/* The set's own copy of `text`, counted; NULL: no memory. Each needs a words_drop(). */
const char *words_keep(struct words *w, const char *text);
void words_drop(struct words *w, const char *text); /* NULL is passed over */

/* How many different ones there are. */
size_t words_count(const struct words *w);

/* Of a text of any set; the same text gives the same hash. 0 for NULL. */
uint64_t words_hash(const char *text);

#endif
