// SPDX-License-Identifier: Apache-2.0
/*
 * From when on a series may be judged by what: its horizons are warm one after the other.
 */
#include "detect/core.h"

/* Measured days before a horizon is warm. */
static const uint16_t warm_days[EG_HORIZONS] = { 7, 7, 7, 7, 7, 14, 14, 56 };

static uint32_t warm_mask(const struct engine *e, unsigned int cold_days)
{
	uint32_t mask = 0;

	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (e->learned[h] >= warm_days[h] + cold_days)
			mask |= 1U << h;
	return mask;
}

bool core_is_warm(const struct engine *e, const struct series *s)
{
	return core_warm_mask(e, s) & (1U << WARM_HORIZON);
}

void core_warm(struct engine *e)
{
	e->warm_mask = warm_mask(e, 0);
}

uint32_t core_warm_mask(const struct engine *e, const struct series *s)
{
	return s->cold_days ? warm_mask(e, s->cold_days) : e->warm_mask;
}
