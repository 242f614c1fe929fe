/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing with linear probing; at most two thirds full.
 */
#include "store/flat.h"

#include <xxhash.h>

#define ROOM_FIRST 64 /* items; always a power of two */

uint64_t flat_hash(const void *key, size_t len)
{
	uint64_t hash = XXH3_64bits(key, len);

	return hash ? hash : 1;
}

static struct flat_item *item_at(const struct flat *f, size_t index)
{
	return (struct flat_item *)(void *)(f->items + index * f->item_bytes);
}

/* Where the item is, or would go. */
static struct flat_item *probe(const struct flat *f, uint64_t hash)
{
	for (size_t i = hash;; i++) {
		struct flat_item *item = item_at(f, i & (f->room - 1));

		if (item->hash == hash || item->hash == 0)
			return item;
	}
}

static int grow(struct flat *f)
{
	struct flat larger = { .item_bytes = f->item_bytes, .count = f->count };

	larger.room = f->room ? f->room * 2 : ROOM_FIRST;
	larger.items = calloc(larger.room, larger.item_bytes);
	if (!larger.items)
		return -1;
	for (size_t i = 0; i < f->room; i++) {
		const struct flat_item *item = item_at(f, i);

		if (item->hash)
			memcpy(probe(&larger, item->hash), item, f->item_bytes);
	}
	free(f->items);
	*f = larger;
	return 0;
}

void *flat_find(const struct flat *f, uint64_t hash)
{
	struct flat_item *item = f->room ? probe(f, hash) : NULL;

	return item && item->hash ? item : NULL;
}

void *flat_put(struct flat *f, uint64_t hash)
{
	struct flat_item *item = flat_find(f, hash);

	if (item)
		return item;
	if ((f->count + 1) * 3 > f->room * 2 && grow(f) < 0)
		return NULL;
	item = probe(f, hash);
	item->hash = hash;
	f->count++;
	return item;
}

void *flat_at(const struct flat *f, size_t index)
{
	struct flat_item *item = item_at(f, index);

	return item->hash ? item : NULL;
}

void flat_free(struct flat *f)
{
	free(f->items);
	*f = (struct flat){ .item_bytes = f->item_bytes };
}
