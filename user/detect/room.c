// SPDX-License-Identifier: Apache-2.0
/*
 * How much a series may still send before it must be judged again: what keeps calm series
 * cheap.
 */
#include "base/cleanup.h"
#include "detect/core.h"

uint32_t core_room_kib(const struct engine *e, const struct series *s, const struct bounds *bounds,
		       unsigned int lift)
{
	uint64_t room = UINT32_MAX;

	if (s->kind == SERIES_FAN)
		return 0; /* counts do not rise with bytes */
	/* From the longest down: it is the one that has least room, mostly. */
	for (unsigned int h = EG_HORIZONS; h-- > e->first_horizon;) {
		uint64_t value = s->ring.sum_kib[h], limit;

		if (!(bounds->judged & (1U << h)))
			continue;
		limit = MAX(bounds->allowed_kib[h] >> lift, e->minimum_kib);
		if (value >= limit)
			return 0;
		room = MIN(room, limit - value);
	}
	return (uint32_t)core_indirect_room_kib(e, s, room);
}
