// SPDX-License-Identifier: Apache-2.0
/*
 * Where newcomers are everyday: whose destinations come and go, and what its other series
 * know that one of them cannot know yet.
 */
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"

enum {
	/* A steady stream goes a little above its peak every few weeks, and one newcomer may be
	 * all there are. */
	VOUCHED_MILLI = 1250,
};

bool core_meets_many(const struct engine *e, uint32_t actor, uint8_t init, uint8_t cls)
{
	const struct series *novel = core_at(e, e->actors[actor].novel[init][cls]);

	return novel && novel->envelope.peak_kib[H_1D] >= core_floors_kib(e, novel)[H_1D];
}

bool core_meets_any(const struct engine *e, uint32_t actor)
{
	for (uint8_t init = 0; init < EG_INIT_COUNT; init++)
		for (uint8_t cls = 0; cls < CLASSES; cls++)
			if (core_meets_many(e, actor, init, cls))
				return true;
	return false;
}

bool core_in_crowd(const struct engine *e, const struct series *s)
{
	return s->kind == SERIES_PAIR && s->dest && core_meets_many(e, s->actor, s->init, s->cls);
}

/* Where the actor sends most. */
static const struct series *largest_volume(const struct engine *e, uint32_t actor)
{
	const struct series *largest = NULL;

	for (unsigned int c = 0; c < CLASSES; c++) {
		const struct series *s = core_at(e, e->actors[actor].volume[c]);

		if (s &&
		    (!largest || s->envelope.peak_kib[H_1D] > largest->envelope.peak_kib[H_1D]))
			largest = s;
	}
	return largest;
}

const struct series *core_witness(const struct engine *e, const struct series *s)
{
	if (s->kind == SERIES_NOVEL && !core_is_warm(e, s))
		return core_at(e, e->actors[s->actor].volume[s->cls]);
	if (s->kind == SERIES_PAIR && !s->dest && !core_is_warm(e, s))
		return largest_volume(e, s->actor);
	if (!core_in_crowd(e, s))
		return NULL;
	return core_at(e, e->actors[s->actor].novel[s->init][s->cls]);
}

uint64_t core_vouched_kib(const struct series *witness, unsigned int h)
{
	return fixed_mul_milli(witness->envelope.peak_kib[h], VOUCHED_MILLI);
}
