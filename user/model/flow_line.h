/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of `flows`: a flow, or several summed by what they have in common.
 */
#ifndef MODEL_FLOW_LINE_H
#define MODEL_FLOW_LINE_H

#include "model/flow_json.h"

struct flow_line {
	const struct enrich *enrich; /* names its peer */
	const struct flow *flow;     /* the flow, or the first one of the group */
	struct eg_flow_val sum;
	uint64_t rate_bps[3];
	uint64_t read_bytes; /* of the processes in the row, each once */
	bool reads_known;
	size_t flows;
	bool ended; /* all of them */
};

/* Sums rows of one process, container, ... in place; egress and hand-off columns are
 * never added together. Returns the new count. */
size_t flow_lines_group(struct flow_line *rows, size_t count, enum flow_by by);

/* The line's members without braces and without its time. */
void flow_line_members(const struct flow_line *row, const struct flow_query *query,
		       struct buf *out);
/* Those of its process, user and container alone. */
void flow_line_process(const struct flow *flow, struct buf *out);
void flow_line_json(const struct flow_line *row, const struct flow_query *query, struct buf *out);
/* A process that is listed for those below it; it may send nothing. */
struct ancestor;
void flow_line_ancestor(const struct ancestor *a, struct buf *out);
void flow_line_other(const struct eg_flow_val *sum, const char *column, struct buf *out);

#endif
