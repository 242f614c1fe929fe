/* SPDX-License-Identifier: Apache-2.0
 *
 * See tally.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "top/tally.h"

#define SLOTS_MIN 16

int tally_new(struct tally *t, size_t keys)
{
	size_t slots = SLOTS_MIN;

	while (slots < 2 * keys) /* half empty: short searches */
		slots *= 2;
	t->slots = calloc(slots, sizeof(*t->slots));
	t->mask = slots - 1;
	t->count = 0;
	return t->slots ? 0 : -ENOMEM;
}

void tally_free(struct tally *t)
{
	free(t->slots);
	*t = (struct tally){ 0 };
}

uint64_t *tally_at(struct tally *t, uint64_t key)
{
	size_t at = (size_t)(key ^ key >> 32) & t->mask;

	while (t->slots[at].value && t->slots[at].key != key)
		at = (at + 1) & t->mask;
	t->slots[at].key = key;
	return &t->slots[at].value;
}

/* To four times the slots: few keys stay in the cache, many are not moved often. */
static int grow(struct tally *t)
{
	struct tally larger;

	if (tally_new(&larger, t->slots ? 2 * (t->mask + 1) : SLOTS_MIN / 2) < 0)
		return -ENOMEM;
	larger.count = t->count;
	for (size_t i = 0; t->slots && i <= t->mask; i++)
		if (t->slots[i].value)
			*tally_at(&larger, t->slots[i].key) = t->slots[i].value;
	tally_free(t);
	*t = larger;
	return 0;
}

uint64_t *tally_grown(struct tally *t, uint64_t key)
{
	uint64_t *value;

	if ((!t->slots || 2 * t->count > t->mask) && grow(t) < 0)
		return NULL;
	value = tally_at(t, key);
	t->count += *value == 0;
	return value;
}
