/* SPDX-License-Identifier: Apache-2.0
 *
 * Order of the groups: by a column, largest (or first in the alphabet) on top; equal
 * ones as they were met first, so that they do not swap; or all as they were, when
 * frozen. The rest row stays last.
 */
#include <ctype.h>
#include <errno.h>

#include "base/cleanup.h"
#include "top/tally.h"
#include "top/view_internal.h"

/* The text all flows of a group share, as view_text() gives it. */
static const char *group_text(const struct view *v, const struct slice *g, enum text_field f)
{
	struct view_row row = { .flows = v->flows + g->first,
				.flow_count = g->count,
				.own = g->count,
				.same = UINT32_MAX,
				.other = v->flows[g->first]->other };

	for (size_t i = 1; i < g->count; i++)
		if (row.flows[i]->text[f] != row.flows[0]->text[f])
			row.same &= ~(1u << f);
	return view_text(&row, f);
}

/* The first letters, in small ones: what differs later is settled by mend_text(). */
void view_text_keys(const char *text, uint64_t key[SORT_KEYS])
{
	for (size_t i = 0; *text && i < SORT_KEYS * 8; i++, text++)
		key[i / 8] |= (uint64_t)(unsigned char)tolower((unsigned char)*text)
			      << (56 - 8 * (i % 8));
}

/* Larger first, unknown last. */
static void num_keys(bool known, uint64_t value, uint64_t key[SORT_KEYS])
{
	key[0] = !known;
	key[1] = known ? ~value : 0;
}

/* Worst first: alert level, then how far from normal, then how much; rows that
 * have ended come after those that still send. */
static void worst_keys(const struct view *v, const struct slice *g, uint64_t key[SORT_KEYS])
{
	const struct flow_brief *briefs = v->briefs + g->first;
	uint64_t rate = 0, payload = 0;
	uint32_t ratio = 0;
	uint8_t level = 0;
	bool ended = true;

	for (size_t i = 0; i < g->count; i++) {
		ended &= briefs[i].ended;
		level = MAX(level, briefs[i].level);
		ratio = MAX(ratio, briefs[i].ratio);
		rate += briefs[i].rate_60s;
		payload += briefs[i].payload;
	}
	key[0] = ~((uint64_t)level << 61 | (uint64_t)!ended << 60 | ratio);
	key[1] = ~rate;
	key[2] = ~payload;
}

static void retransmit_keys(const struct view *v, const struct slice *g, uint64_t key[SORT_KEYS])
{
	const struct flow_row *const *flows = v->flows + g->first;
	uint64_t again, payload;

	(void)view_sum_one(flows, g->count, N_RETRANS, &again);
	(void)view_sum_one(flows, g->count, N_PAYLOAD, &payload);
	num_keys(true, payload ? (uint64_t)((double)again / (double)payload * 1e6) : 0, key);
}

static void trend_keys(const struct view *v, const struct slice *g, uint64_t key[SORT_KEYS])
{
	double sum = 0;

	for (size_t i = 0; i < g->count; i++)
		sum += v->flows[g->first + i]->minute;
	num_keys(true, (uint64_t)MAX(sum, 0.0), key);
}

enum text_field view_sort_text(enum column c)
{
	switch (c) {
	case C_PROCESS: return T_PROCESS;
	case C_USER: return T_USER;
	case C_CONTAINER: return T_CONTAINER;
	case C_POD: return T_POD;
	case C_UNIT: return T_UNIT;
	case C_SESSION: return T_SESSION;
	case C_DEST: return T_DST;
	case C_AS: return T_AS;
	case C_SCOPE: return T_SCOPE;
	default: return T_COUNT;
	}
}

enum num_field view_sort_num(enum column c)
{
	switch (c) {
	case C_RATIO: return N_RATIO;
	case C_PID: return N_PID;
	case C_VIA: return N_PORT;
	case C_10S:
	case C_SHARE: return N_RATE_10S;
	case C_60S: return N_RATE_60S;
	case C_TOTAL: return N_PAYLOAD;
	case C_WIRE: return N_WIRE;
	case C_BASE: return N_BASE;
	case C_READ: return N_READ;
	default: return N_RATE_1S;
	}
}

static void sort_keys(const struct view *v, const struct slice *g, enum column column,
		      uint64_t key[SORT_KEYS])
{
	enum num_field f = view_sort_num(column);
	uint64_t value;
	bool known;

	if (column == C_SIGN) {
		worst_keys(v, g, key);
	} else if (column == C_RETRANS) {
		retransmit_keys(v, g, key);
	} else if (column == C_SPARK) {
		trend_keys(v, g, key);
	} else if (view_sort_text(column) != T_COUNT) {
		view_text_keys(group_text(v, g, view_sort_text(column)), key);
	} else {
		known = view_sum_one(v->flows + g->first, g->count, f, &value);
		num_keys(known, column == C_PID || column == C_VIA ? ~value : value, key);
	}
}

static bool same_keys(const struct sort_item *a, const struct sort_item *b)
{
	return memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

struct text_order {
	const struct view *v;
	const struct slice *groups;
	enum text_field field;
	int sign;
};

static int by_text(const void *pa, const void *pb, void *ctx)
{
	const struct sort_item *a = pa, *b = pb;
	const struct text_order *t = ctx;
	int r = strcasecmp(group_text(t->v, &t->groups[a->place], t->field),
			   group_text(t->v, &t->groups[b->place], t->field));

	return r ? r * t->sign : a->place < b->place ? -1 : a->place > b->place;
}

/* Texts that differ behind their first letters. */
static void mend_text(struct text_order *t, struct sort_item *items, size_t count)
{
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && same_keys(&items[i], &items[end]);)
			end++;
		if (end - i > 1 && items[i].key[SORT_KEYS - 1])
			qsort_r(items + i, end - i, sizeof(*items), by_text, t);
	}
}

static void sort_by_column(const struct view *v, const struct view_options *o,
			   const struct slice *groups, struct sort_item *items,
			   struct sort_item *spare, size_t count)
{
	struct text_order t = { v, groups, view_sort_text(o->sort), o->invert ? -1 : 1 };

	for (size_t i = 0; i < count; i++) {
		sort_keys(v, &groups[items[i].place], o->sort, items[i].key);
		for (int w = 0; o->invert && w < SORT_KEYS; w++)
			items[i].key[w] = ~items[i].key[w];
	}
	view_sort_items(items, spare, count);
	if (t.field != T_COUNT)
		mend_text(&t, items, count);
}

int view_frozen_keys(const struct view *v, const struct slice *groups, struct sort_item *items,
		     size_t count)
{
	_cleanup_(tally_free) struct tally places = { 0 };

	if (tally_new(&places, v->order_count + count) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < v->order_count; i++)
		*tally_at(&places, v->order[i]) = i + 1;
	for (size_t i = 0; i < count; i++)
		items[i].key[0] = *tally_at(&places, groups[items[i].place].id) - 1;
	return 0;
}

int view_remember(struct view *v, const struct slice *groups, size_t count)
{
	if (count > v->order_room) {
		void *p = reallocarray(v->order, count, sizeof(*v->order));

		if (!p)
			return -ENOMEM;
		v->order = p;
		v->order_room = count;
	}
	for (size_t i = 0; i < count; i++)
		v->order[i] = groups[i].id;
	v->order_count = count;
	return 0;
}

/* Lists the groups for sorting, the rest rows behind the others; returns how many are
 * no rest. */
static size_t list_items(const struct view *v, const struct slice *groups, size_t count,
			 struct sort_item *items)
{
	size_t rows = 0, rest = count;

	for (size_t i = 0; i < count; i++)
		if (!v->flows[groups[i].first]->other)
			items[rows++] = (struct sort_item){ .place = i };
	for (size_t i = count; i-- > 0;)
		if (v->flows[groups[i].first]->other)
			items[--rest] = (struct sort_item){ .place = i };
	return rows;
}

int view_sort(struct view *v, const struct view_options *o, struct slice *groups, size_t count)
{
	struct sort_item *items = view_lend(v, LOT_ITEMS, count, sizeof(*items));
	struct sort_item *spare = view_lend(v, LOT_SPARE, count, sizeof(*spare));
	struct slice *sorted = view_lend(v, LOT_SORTED, count, sizeof(*sorted));
	size_t rows;

	if (!items || !spare || !sorted)
		return -ENOMEM;
	rows = list_items(v, groups, count, items);
	if (!o->freeze || !v->order_count) {
		sort_by_column(v, o, groups, items, spare, rows);
		sort_by_column(v, o, groups, items + rows, spare, count - rows);
	} else {
		if (view_frozen_keys(v, groups, items, count) < 0)
			return -ENOMEM;
		view_sort_items(items, spare, count);
	}
	for (size_t i = 0; i < count; i++)
		sorted[i] = groups[items[i].place];
	memcpy(groups, sorted, count * sizeof(*groups));
	return view_remember(v, groups, count);
}
