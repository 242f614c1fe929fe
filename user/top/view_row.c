/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to the rows of a view; see view.h.
 */
#include "top/view_internal.h"

const char *view_text(const struct view_row *row, enum text_field f)
{
	const char *text = row->flows[0]->text[f];

	if (row->name && (VIEW_IDENTITY & 1u << f)) /* it is those below that the flows tell of */
		return f == T_PROCESS || f == T_WORKLOAD_NAME ? row->name : "-";
	if (!(row->same & (1u << f)))
		return "several";
	if (text)
		return text;
	if (row->other)
		return "-";
	switch (f) {
	case T_WORKLOAD_NAME: return view_text(row, T_PROCESS);
	case T_CONTAINER:
		if (!(row->same & (1u << T_CONTAINER_ID)))
			return "several"; /* that have no names */
		text = row->flows[0]->text[T_CONTAINER_ID];
		return text ? text : "-";
	case T_SESSION:
	case T_UNIT:
	case T_DST_NAME:
	case T_AS:
	case T_CMDLINE:
	case T_CLIENT:
	case T_COMMAND:
	case T_PARENT:
	case T_POD:
	case T_NAMESPACE:
	case T_COUNTRY:
	case T_DST_SINCE:
	case T_IMAGE: return "-";
	default: return "unknown";
	}
}

const char *view_own_text(const struct view_row *row, enum text_field f)
{
	if (row->name && (VIEW_IDENTITY & 1u << f))
		return f == T_PROCESS ? row->name : NULL;
	return row->same & (1u << f) ? row->flows[0]->text[f] : NULL;
}

/* Four slots at once, wherever they lie. */
typedef float four_slots __attribute__((vector_size(16), aligned(4), may_alias));
#define FOURS (HISTORY_SLOTS / 4)
#define FLOWS_KEPT 64 /* a row of fewer flows is added up as quickly as it is looked up */
#define FLOATS_MAX 64 /* added up as floats before they go into a double */
_Static_assert(HISTORY_SLOTS % 4 == 0, "a history is whole fours");

static void add_history(const struct flow_row *row, four_slots sum[FOURS])
{
	const four_slots *slots = (const four_slots *)row->history;

	for (size_t k = 0; k < FOURS; k++)
		sum[k] += slots[k];
}

static void flush_history(four_slots sum[FOURS], double ring[HISTORY_SLOTS])
{
	for (size_t k = 0; k < HISTORY_SLOTS; k++)
		ring[k] += (double)sum[k / 4][k % 4];
	memset(sum, 0, FOURS * sizeof(*sum));
}

static void add_up(const struct flow_table *t, const struct view_row *row,
		   double ret[HISTORY_SLOTS])
{
	four_slots sum[FOURS] = { 0 };
	double ring[HISTORY_SLOTS] = { 0 };
	size_t added = 0;

	for (size_t i = 0; i < row->flow_count; i++) {
		if (i + FLOW_AHEAD < row->flow_count && row->flows[i + FLOW_AHEAD]->minute != 0)
			for (size_t k = 0; k < HISTORY_SLOTS; k += 64 / sizeof(float))
				__builtin_prefetch(&row->flows[i + FLOW_AHEAD]->history[k]);
		if (row->flows[i]->minute == 0)
			continue; /* sent nothing all the while: so do most of very many */
		add_history(row->flows[i], sum);
		if (++added % FLOATS_MAX == 0)
			flush_history(sum, ring);
	}
	flush_history(sum, ring);
	for (unsigned int age = 0; age < HISTORY_SLOTS; age++)
		ret[age] =
			age < t->filled ? ring[(t->head + HISTORY_SLOTS - age) % HISTORY_SLOTS] : 0;
}

void view_history(const struct view *v, const struct flow_table *t, const struct view_row *row,
		  double ret[HISTORY_SLOTS])
{
	struct view_trend *kept = &v->trends[(row->id ^ row->id >> 32) % VIEW_TRENDS];

	if (row->flow_count < FLOWS_KEPT) {
		add_up(t, row, ret);
		return;
	}
	if (kept->id != row->id || kept->flow_count != row->flow_count) {
		kept->id = row->id;
		kept->flow_count = row->flow_count;
		add_up(t, row, kept->slots);
	}
	memcpy(ret, kept->slots, sizeof(kept->slots));
}

long view_find(const struct view *v, uint64_t id)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->rows[i].id == id)
			return (long)i;
	return -1;
}
