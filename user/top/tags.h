/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows the user has tagged, and what they add up to. Pure.
 */
#ifndef TOP_TAGS_H
#define TOP_TAGS_H

#include "top/view.h"

#define TAGS_MAX 1000

struct tags {
	uint64_t *ids; /* sorted */
	size_t count;
};

/* Tags a row, or takes the tag off. -ENOSPC, -ENOMEM. */
int tags_turn(struct tags *t, uint64_t id);
bool tags_has(const struct tags *t, uint64_t id);
void tags_clear(struct tags *t);
void tags_free(struct tags *t);

struct tags_sum {
	size_t rows;            /* tagged ones that are shown */
	uint64_t rate, payload; /* of the last second (minute, in the past); in all */
};
/* A row that is tagged below a tagged one counts once. */
void tags_add_up(const struct tags *t, const struct view *v, struct tags_sum *ret);

#endif
