/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to pointer, remembered: a trace names the same few actors and destinations
 * in every interval, so each is interned once. Private to replay/.
 */
#ifndef REPLAY_TRACE_CACHE_H
#define REPLAY_TRACE_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct slice_cache_entry {
	uint64_t hash;
	char *key;
	size_t len;
	const void *value;
};

struct slice_cache {
	struct slice_cache_entry *entries; /* open addressing, at most 3/4 full */
	size_t cap, count;
};

/* The entry of key, made empty (value NULL) if new. NULL: no memory. Valid until the
 * next call. */
struct slice_cache_entry *slice_cache_get(struct slice_cache *c, const char *key, size_t len);
void slice_cache_free(struct slice_cache *c);

#endif
