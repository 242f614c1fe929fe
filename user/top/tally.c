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
