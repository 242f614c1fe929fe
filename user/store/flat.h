/* SPDX-License-Identifier: Apache-2.0
 *
 * A flat hash table of small items, for tables that are filled, read and thrown away
 * once a minute: one allocation, no pointers. An item's 64-bit hash is its identity.
 */
#ifndef STORE_FLAT_H
#define STORE_FLAT_H

#include <stddef.h>
#include <stdint.h>

/* Every item begins with this. */
struct flat_item {
	uint64_t hash; /* 0 = no item here */
};

struct flat {
	size_t item_bytes; /* set it, leave the rest zero */
	size_t count, room;
	char *items;
};

uint64_t flat_hash(const void *key, size_t len); /* never 0 */
void *flat_find(const struct flat *f, uint64_t hash);
/* Finds or adds (all zero but for the hash). NULL: no memory, nothing has changed. May
 * move all items. */
void *flat_put(struct flat *f, uint64_t hash);
/* For walking: the item at index < room, or NULL if none is there. */
void *flat_at(const struct flat *f, size_t index);
void flat_free(struct flat *f);

#endif
