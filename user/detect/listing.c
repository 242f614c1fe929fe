// SPDX-License-Identifier: Apache-2.0
/*
 * Baselines as the operator sees them: every series with its envelope and what it
 * is allowed now.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/core.h"

static int by_id(const void *a, const void *b)
{
	uint64_t x = (*(const struct series *const *)a)->id;
	uint64_t y = (*(const struct series *const *)b)->id;

	return (x > y) - (x < y);
}

static void fill(const struct engine *e, const struct series *s, struct engine_series_info *info)
{
	const struct actor_record *r = core_record(e, s);
	struct series now = *s; /* a copy: listing changes nothing */

	core_series_advance(e, &now, &e->clock);
	*info = (struct engine_series_info){
		.id = s->id,
		.kind = s->kind,
		.cls = s->cls,
		.actor = r ? r->actor : NULL,
		.dest = s->dest,
		.init = s->init,
		.port = s->port,
		.age_days = e->learned[WARM_HORIZON],
		.warm_mask = core_warm_mask(e, s),
		.held_days = s->held_days,
		.approved_days = s->approved_days,
		.declined = s->declined,
	};
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		bool warm = info->warm_mask & (1U << h);

		info->envelope_bytes[h] = core_amount(s, s->envelope.peak_kib[h]);
		info->value_bytes[h] = core_amount(s, now.ring.sum_kib[h]);
		info->allowed_bytes[h] = core_amount(s, core_allowed_kib(e, s, h, warm));
	}
}

int engine_each_series(const struct engine *e, engine_series_fn fn, void *ctx)
{
	_cleanup_free_ const struct series **list = calloc(e->by_id.count + 1, sizeof(*list));
	size_t count = 0;

	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < e->series_used; i++)
		if (e->series[i].id)
			list[count++] = &e->series[i];
	qsort(list, count, sizeof(*list), by_id);
	for (size_t i = 0; i < count; i++) {
		struct engine_series_info info;
		int r;

		fill(e, list[i], &info);
		r = fn(ctx, &info);
		if (r)
			return r;
	}
	return 0;
}
