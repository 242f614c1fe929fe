/* SPDX-License-Identifier: Apache-2.0
 *
 * See tags.h.
 */
#include <errno.h>
#include <limits.h>

#include "top/tags.h"

static size_t place_of(const struct tags *t, uint64_t id)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (t->ids[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool tags_has(const struct tags *t, uint64_t id)
{
	size_t at = place_of(t, id);

	return at < t->count && t->ids[at] == id;
}

int tags_turn(struct tags *t, uint64_t id)
{
	size_t at = place_of(t, id);

	if (at < t->count && t->ids[at] == id) {
		t->count--;
		memmove(t->ids + at, t->ids + at + 1, (t->count - at) * sizeof(*t->ids));
		return 0;
	}
	if (t->count == TAGS_MAX)
		return -ENOSPC;
	if (!t->ids)
		t->ids = calloc(TAGS_MAX, sizeof(*t->ids));
	if (!t->ids)
		return -ENOMEM;
	memmove(t->ids + at + 1, t->ids + at, (t->count - at) * sizeof(*t->ids));
	t->ids[at] = id;
	t->count++;
	return 0;
}

void tags_clear(struct tags *t)
{
	t->count = 0;
}

void tags_free(struct tags *t)
{
	free(t->ids);
	*t = (struct tags){ 0 };
}

void tags_add_up(const struct tags *t, const struct view *v, struct tags_sum *ret)
{
	enum num_field rate = v->facts.minutes ? N_RATE_60S : N_RATE_1S;
	unsigned int above = UINT_MAX; /* depth of the tagged row that these are below */

	*ret = (struct tags_sum){ 0 };
	for (size_t i = 0; t->count && i < v->count; i++) {
		const struct view_row *row = &v->rows[i];
		bool tagged = tags_has(t, row->id);

		if (row->depth > above)
			continue;
		above = tagged ? row->depth : UINT_MAX;
		if (!tagged)
			continue;
		row = view_at(v, i);
		ret->rows++;
		ret->rate += row->num[rate];
		ret->payload += row->num[N_PAYLOAD];
	}
}
