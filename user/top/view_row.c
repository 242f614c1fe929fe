/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to the rows of a view; see view.h.
 */
#include "top/view.h"

const char *view_text(const struct view_row *row, enum text_field f)
{
	const char *text = row->flows[0]->text[f];

	if (!(row->same & (1u << f)))
		return "several";
	if (text)
		return text;
	if (row->other)
		return "-";
	switch (f) {
	case T_WORKLOAD_NAME: return view_text(row, T_PROCESS);
	case T_CONTAINER:
		text = row->same & (1u << T_CONTAINER_ID) ? row->flows[0]->text[T_CONTAINER_ID]
							  : NULL;
		return text ? text : "-";
	case T_SESSION:
	case T_UNIT:
	case T_DST_NAME:
	case T_AS:
	case T_CMDLINE:
	case T_CLIENT:
	case T_COMMAND:
	case T_PARENT:
	case T_IMAGE: return "-";
	default: return "unknown";
	}
}

double view_history(const struct flow_table *t, const struct view_row *row, unsigned int age)
{
	double sum = 0;

	for (size_t i = 0; i < row->flow_count; i++)
		sum += (double)flow_history(t, row->flows[i], age);
	return sum;
}

long view_find(const struct view *v, uint64_t id)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->rows[i].id == id)
			return (long)i;
	return -1;
}
