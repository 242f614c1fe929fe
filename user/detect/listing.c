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
		.alert_days = s->alert_days,
		.db_bytes = e->db_bytes,
	};
	for (unsigned int h = 0; h < EG_HORIZONS; h++) {
		bool warm = info->warm_mask & (1U << h);

		info->envelope_bytes[h] = core_amount(s, s->envelope.peak_kib[h]);
		info->value_bytes[h] = core_amount(s, now.ring.sum_kib[h]);
		info->allowed_bytes[h] = core_amount(s, core_allowed_kib(e, s, h, warm));
	}
}

/* Public first, the largest first. */
static int by_weight(const void *a, const void *b)
{
	const struct series *x = *(const struct series *const *)a;
	const struct series *y = *(const struct series *const *)b;

	if (x->cls != y->cls)
		return x->cls == CLASS_PUBLIC ? -1 : y->cls == CLASS_PUBLIC ? 1 : by_id(a, b);
	if (x->ring.sum_kib[H_28D] != y->ring.sum_kib[H_28D])
		return x->ring.sum_kib[H_28D] > y->ring.sum_kib[H_28D] ? -1 : 1;
	return by_id(a, b);
}

typedef int (*compare_fn)(const void *a, const void *b);

/* Series of a kind, SERIES_KINDS = all, in that order. */
static int each(const struct engine *e, enum series_kind kind, compare_fn order,
		engine_series_fn fn, void *ctx)
{
	_cleanup_free_ const struct series **list = calloc(e->by_id.count + 1, sizeof(*list));
	size_t count = 0;

	if (!list)
		return -ENOMEM;
	core_settle_all(e);
	for (uint32_t i = 0; i < e->series_used; i++)
		if (e->series[i].id && (kind == SERIES_KINDS || e->series[i].kind == kind))
			list[count++] = &e->series[i];
	qsort(list, count, sizeof(*list), order);
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

int engine_each_series(const struct engine *e, engine_series_fn fn, void *ctx)
{
	return each(e, SERIES_KINDS, by_id, fn, ctx);
}

int engine_each_talker(const struct engine *e, engine_series_fn fn, void *ctx)
{
	return each(e, SERIES_PAIR, by_weight, fn, ctx);
}
