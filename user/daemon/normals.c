/* SPDX-License-Identifier: Apache-2.0
 *
 * See normals.h.
 */
#include "daemon/normals.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/engine.h"
#include "detect/ring.h"
#include "model/flow_json.h"

struct normal {
	uint64_t actor;
	uint64_t hour_bytes;  /* the most it has sent in an hour, sinking slowly */
	uint64_t ratio_milli; /* the highest of its series */
};

static uint64_t ratio_milli(const struct engine_series_info *info)
{
	uint64_t top = 0;

	for (size_t h = 0; h < EG_HORIZONS; h++) {
		uint64_t allowed = info->allowed_bytes[h];
		unsigned __int128 ratio;

		if (!allowed)
			continue;
		ratio = (unsigned __int128)info->value_bytes[h] * 1000 / allowed;
		top = MAX(top, (uint64_t)MIN(ratio, (unsigned __int128)INT64_MAX));
	}
	return top;
}

static int add_series(void *ctx, const struct engine_series_info *info)
{
	struct normals *n = ctx;

	if (info->kind == SERIES_HOST) {
		n->host_day_bytes += info->value_bytes[H_1D];
		n->host_day_allowed += info->allowed_bytes[H_1D];
	}
	/* Reads and fan-out have no bytes sent; an overflow series has no actor. */
	if (!info->actor ||
	    (info->kind != SERIES_ACTOR && info->kind != SERIES_PAIR && info->kind != SERIES_NOVEL))
		return 0;
	if (n->count == n->room) {
		size_t room = n->room ? 2 * n->room : 64;
		void *p = reallocarray(n->rows, room, sizeof(*n->rows));

		if (!p)
			return -ENOMEM;
		n->rows = p;
		n->room = room;
	}
	n->rows[n->count++] = (struct normal){
		.actor = info->actor->id,
		.hour_bytes = info->kind == SERIES_ACTOR ? info->envelope_bytes[H_1H] : 0,
		.ratio_milli = ratio_milli(info),
	};
	return 0;
}

static int by_actor(const void *a, const void *b)
{
	uint64_t x = ((const struct normal *)a)->actor, y = ((const struct normal *)b)->actor;

	return x < y ? -1 : x > y;
}

/* One row an actor: its classes add up, its loudest series speaks. */
static void merge(struct normals *n)
{
	size_t kept = 0;

	if (n->count)
		qsort(n->rows, n->count, sizeof(*n->rows), by_actor);
	for (size_t i = 0; i < n->count; i++) {
		struct normal *last = kept ? &n->rows[kept - 1] : NULL;

		if (!last || last->actor != n->rows[i].actor) {
			n->rows[kept++] = n->rows[i];
			continue;
		}
		last->hour_bytes += n->rows[i].hour_bytes;
		last->ratio_milli = MAX(last->ratio_milli, n->rows[i].ratio_milli);
	}
	n->count = kept;
}

int normals_refresh(struct normals *n, const struct engine *e, uint64_t tick)
{
	int r;

	if (n->tick == tick + 1)
		return 0;
	n->count = 0;
	n->host_day_bytes = n->host_day_allowed = 0;
	n->learned = engine_age_days(e) > 0;
	r = engine_each_series(e, add_series, n);
	if (r < 0) {
		n->count = 0;
		return r;
	}
	merge(n);
	n->tick = tick + 1;
	return 0;
}

void normals_free(struct normals *n)
{
	free(n->rows);
	*n = (struct normals){ 0 };
}

void normals_find(const void *ctx, const struct actor *actor, struct flow_normal *ret)
{
	const struct normals *n = ctx;
	const struct normal key = { .actor = actor->id }, *found = NULL;

	if (n->count)
		found = bsearch(&key, n->rows, n->count, sizeof(key), by_actor);
	ret->rate_known = n->learned;
	ret->rate_bps = found ? found->hour_bytes / 3600 : 0;
	ret->ratio_known = found != NULL;
	ret->ratio_milli = found ? found->ratio_milli : 0;
}
