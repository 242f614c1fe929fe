// SPDX-License-Identifier: Apache-2.0
/*
 * Floors: what is never worth an alert, scaled by the size of the database.
 */
#include "base/cleanup.h"
#include "detect/core.h"

enum {
	/* Within the house a transfer must be larger to matter, however small the database,
	 * and a new place is nothing special: hosts come and go there. */
	INTERNAL_FLOORS = 4,
	INTERNAL_NOVEL_DIVISOR = 2,
};

/* phi = clamp(D / 1 TB, .05, 4), as 1/65536. */
static uint64_t phi_q16(uint64_t db_bytes)
{
	const uint64_t terabyte = 1000ULL * 1000 * 1000 * 1000;
	const uint64_t one = 1 << 16, low = one / 20, high = one * 4;
	uint64_t phi;

	if (!db_bytes)
		return one;
	phi = (uint64_t)((unsigned __int128)db_bytes * one / terabyte);
	return phi < low ? low : MIN(phi, high);
}

void core_scale(struct engine *e, uint64_t db_bytes)
{
	uint64_t phi = phi_q16(db_bytes);
	uint32_t divisor = MAX(e->params->novel_floor_divisor, 1U);

	e->db_bytes = db_bytes;
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		unsigned __int128 scaled = (unsigned __int128)e->params->floor_bytes[h] * phi >> 16;
		uint64_t bytes = (uint64_t)MIN(scaled, (unsigned __int128)UINT64_MAX / 16);

		/* Never 0: an allowance divides. */
		e->floor_bytes[h] = MAX(bytes, 1024ULL);
		e->novel_floor_bytes[h] = MAX(bytes / divisor, 1024ULL);
		e->floor_kib[h] = e->floor_bytes[h] >> 10;
		e->novel_floor_kib[h] = e->novel_floor_bytes[h] >> 10;
		e->internal_floor_kib[h] =
			MAX(e->floor_kib[h] * MAX(e->params->internal_floors, 1U),
			    e->params->floor_bytes[h] >> 10);
		e->internal_novel_floor_kib[h] =
			MAX(e->internal_floor_kib[h] / INTERNAL_NOVEL_DIVISOR, 1ULL);
		e->fan_floor_kib[h] = (uint64_t)MAX(e->params->fan_groups, 1U) * FAN_UNIT;
	}
}

const uint64_t *core_floors_kib(const struct engine *e, const struct series *s)
{
	if (s->kind == SERIES_FAN)
		return e->fan_floor_kib;
	if (s->cls == CLASS_INTERNAL)
		return s->kind == SERIES_NOVEL ? e->internal_novel_floor_kib
					       : e->internal_floor_kib;
	return s->kind == SERIES_NOVEL ? e->novel_floor_kib : e->floor_kib;
}
