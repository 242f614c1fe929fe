/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefixes that declarations name. They stay where they are until the end, so that
 * destinations may point to them. Private to model/names.c.
 */
#ifndef MODEL_MARKS_H
#define MODEL_MARKS_H

#include <stdint.h>

#include "config/prefix.h"

struct marks {
	struct mark *first;
	uint32_t count;
};

/* 1: it is new; 0: it was there. -ENOSPC: too many, each is looked through for each new
 * address; -ENOMEM. */
int marks_add(struct marks *m, const struct prefix *prefix);
void marks_free(struct marks *m);

/* The longest one the address is in; NULL: none. */
const struct prefix *marks_find(const struct marks *m, const uint8_t addr[16]);

#endif
