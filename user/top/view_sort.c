/* SPDX-License-Identifier: Apache-2.0
 *
 * Order of rows: by a column, largest (or first in the alphabet) on top, ties by
 * identity so that equal rows do not swap; or as they were, when frozen. The rest
 * row stays last.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/view_sort.h"

static int compare_u64(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

static int compare_num(const struct view_row *a, const struct view_row *b, enum num_field f)
{
	bool ka = view_knows(a, f), kb = view_knows(b, f);

	if (ka != kb)
		return ka ? -1 : 1;
	return ka ? compare_u64(a->num[f], b->num[f]) : 0;
}

static int compare_text(const struct view_row *a, const struct view_row *b, enum text_field f)
{
	return strcasecmp(view_text(a, f), view_text(b, f));
}

/* Worst first: alert level, then how far from normal, then how much; rows that
 * have ended come after those that still send. */
static int compare_worst(const struct view_row *a, const struct view_row *b)
{
	int r = compare_u64(a->level, b->level);

	if (!r && a->ended != b->ended)
		r = a->ended ? 1 : -1;
	if (!r)
		r = compare_num(a, b, N_RATIO);
	if (!r)
		r = compare_num(a, b, N_RATE_60S);
	if (!r)
		r = compare_num(a, b, N_PAYLOAD);
	return r;
}

static uint64_t retransmit_share(const struct view_row *row)
{
	if (!row->num[N_PAYLOAD])
		return 0;
	return (uint64_t)((double)row->num[N_RETRANS] / (double)row->num[N_PAYLOAD] * 1e6);
}

static double minute_sum(const struct view_row *row)
{
	double sum = 0;

	for (size_t i = 0; i < row->flow_count; i++)
		for (unsigned int k = 0; k < HISTORY_SLOTS; k++)
			sum += (double)row->flows[i]->history[k];
	return sum;
}

static int compare_column(const struct view_row *a, const struct view_row *b, enum column c)
{
	switch (c) {
	case C_SIGN: return compare_worst(a, b);
	case C_RATIO: return compare_num(a, b, N_RATIO);
	case C_PROCESS: return compare_text(a, b, T_PROCESS);
	case C_USER: return compare_text(a, b, T_USER);
	case C_CONTAINER: return compare_text(a, b, T_CONTAINER);
	case C_UNIT: return compare_text(a, b, T_UNIT);
	case C_SESSION: return compare_text(a, b, T_SESSION);
	case C_PID: return -compare_num(a, b, N_PID);
	case C_VIA: return -compare_num(a, b, N_PORT);
	case C_DEST: return compare_text(a, b, T_DST);
	case C_SCOPE: return compare_text(a, b, T_SCOPE);
	case C_10S:
	case C_SHARE: return compare_num(a, b, N_RATE_10S);
	case C_60S: return compare_num(a, b, N_RATE_60S);
	case C_TOTAL: return compare_num(a, b, N_PAYLOAD);
	case C_RETRANS: return compare_u64(retransmit_share(a), retransmit_share(b));
	case C_WIRE: return compare_num(a, b, N_WIRE);
	case C_BASE: return compare_num(a, b, N_BASE);
	case C_SPARK: return minute_sum(a) > minute_sum(b) ? -1 : minute_sum(a) < minute_sum(b);
	case C_READ: return compare_num(a, b, N_READ);
	default: return compare_num(a, b, N_RATE_1S);
	}
}

static int by_column(const void *pa, const void *pb, void *ctx)
{
	const struct view_row *a = pa, *b = pb;
	const struct view_options *o = ctx;
	int r;

	if (a->other != b->other)
		return a->other ? 1 : -1;
	r = compare_column(a, b, o->sort);
	if (o->invert)
		r = -r;
	if (r)
		return r;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int order_by_id(const void *pa, const void *pb)
{
	const struct view_order *a = pa, *b = pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

static size_t old_place(const struct view *v, uint64_t id)
{
	struct view_order key = { .id = id }, *found = NULL;

	if (v->order_count)
		found = bsearch(&key, v->order, v->order_count, sizeof(key), order_by_id);
	return found ? found->place : SIZE_MAX;
}

static int by_old_place(const void *pa, const void *pb, void *ctx)
{
	const struct view_row *a = pa, *b = pb;
	const struct view *v = ctx;
	size_t x = old_place(v, a->id), y = old_place(v, b->id);

	if (x != y)
		return x < y ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int remember(struct view *v)
{
	if (v->count > v->order_room) {
		void *p = reallocarray(v->order, v->count, sizeof(*v->order));

		if (!p)
			return -ENOMEM;
		v->order = p;
		v->order_room = v->count;
	}
	for (size_t i = 0; i < v->count; i++)
		v->order[i] = (struct view_order){ v->rows[i].id, i };
	v->order_count = v->count;
	if (v->count)
		qsort(v->order, v->count, sizeof(*v->order), order_by_id);
	return 0;
}

int view_sort(struct view *v, const struct view_options *o)
{
	struct view_options options = *o;

	if (v->count == 0)
		return remember(v);
	if (o->freeze && v->order_count)
		qsort_r(v->rows, v->count, sizeof(*v->rows), by_old_place, v);
	else
		qsort_r(v->rows, v->count, sizeof(*v->rows), by_column, &options);
	return remember(v);
}
