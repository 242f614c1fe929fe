/* SPDX-License-Identifier: Apache-2.0
 *
 * A fixed-size map from 64-bit ids to small indices: open addressing, all memory
 * taken at the start, so that a tick never allocates. Id 0 is not a key.
 */
#ifndef DETECT_IDMAP_H
#define DETECT_IDMAP_H

#include <stdint.h>

struct idmap_cell {
	uint64_t id; /* 0 = free */
	uint32_t value;
	uint32_t reserved;
};

struct idmap {
	struct idmap_cell *cells;
	uint32_t mask, count;
};

#define IDMAP_NONE UINT32_MAX

/* Room for `entries` ids. 0 or -ENOMEM. */
int idmap_init(struct idmap *m, uint32_t entries);
void idmap_destroy(struct idmap *m);
uint32_t idmap_get(const struct idmap *m, uint64_t id); /* IDMAP_NONE if absent */
/* The id must be absent, the caller stays within `entries`. */
void idmap_put(struct idmap *m, uint64_t id, uint32_t value);
void idmap_remove(struct idmap *m, uint64_t id); /* absent: nothing */

#endif
