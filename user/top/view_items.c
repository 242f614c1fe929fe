/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting by digits, those in which nothing differs left out: 100,000 rows in a few
 * milliseconds; see view_internal.h.
 */
#include "base/cleanup.h"
#include "top/view_internal.h"

#define DIGITS 256
#define FEW 32 /* below this, moving rows one by one is quicker */

/* Bytes of key `w` in which the items differ. */
static uint64_t varying(const struct sort_item *items, size_t count, int w)
{
	uint64_t bits = 0;

	for (size_t i = 1; i < count; i++)
		bits |= items[i].key[w] ^ items[0].key[w];
	return bits;
}

static void by_digit(const struct sort_item *from, struct sort_item *to, size_t count, int w,
		     int shift)
{
	size_t starts[DIGITS + 1] = { 0 };

	for (size_t i = 0; i < count; i++)
		starts[(from[i].key[w] >> shift & 0xff) + 1]++;
	for (size_t d = 1; d < DIGITS; d++)
		starts[d] += starts[d - 1];
	for (size_t i = 0; i < count; i++)
		to[starts[from[i].key[w] >> shift & 0xff]++] = from[i];
}

static bool is_less(const struct sort_item *a, const struct sort_item *b)
{
	for (int w = 0; w < SORT_KEYS; w++)
		if (a->key[w] != b->key[w])
			return a->key[w] < b->key[w];
	return false;
}

static void sort_few(struct sort_item *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct sort_item moving = items[i];
		size_t at = i;

		for (; at > 0 && is_less(&moving, &items[at - 1]); at--)
			items[at] = items[at - 1];
		items[at] = moving;
	}
}

void view_sort_items(struct sort_item *items, struct sort_item *spare, size_t count)
{
	struct sort_item *from = items, *to = spare, *swap;

	if (count < FEW) {
		sort_few(items, count);
		return;
	}
	for (int w = SORT_KEYS - 1; w >= 0; w--) {
		uint64_t bits = varying(from, count, w);

		for (int shift = 0; shift < 64; shift += 8) {
			if (!(bits >> shift & 0xff))
				continue;
			by_digit(from, to, count, w, shift);
			swap = from;
			from = to;
			to = swap;
		}
	}
	if (from != items)
		memcpy(items, from, count * sizeof(*items));
}
