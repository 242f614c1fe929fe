/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of flows, each kept once: a hundred thousand flows name few users, scopes and
 * executables. Two texts of one set are equal if their pointers are, and a text's hash
 * is at hand, so that grouping compares no letters. Pure.
 */
#ifndef TOP_TEXTS_H
#define TOP_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_text;
struct texts {
	struct kept_text *first; /* uthash */
};

/* The set's own copy of `text`, counted; NULL: no memory. Each needs a texts_drop(). */
const char *texts_keep(struct texts *w, const char *text);
void texts_drop(struct texts *w, const char *text); /* NULL is passed over */

/* Of a text of any set; the same text gives the same hash. 0 for NULL. */
uint64_t texts_hash(const char *text);
uint64_t texts_hash_of(const char *text); /* the same of a text that is in no set */

/* Marks the texts that have `word` in them, in capitals or not; returns how many. Each
 * is looked at once, however many flows have it. */
size_t texts_search(struct texts *w, const char *word);
bool texts_found(const char *text); /* by the last search; false for NULL and new ones */

#endif
