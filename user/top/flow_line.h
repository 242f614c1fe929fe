/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of the daemon's `flows` answer. Foreign input: unknown keys are skipped,
 * missing ones stay unknown, wrong types count as missing.
 */
#ifndef TOP_FLOW_LINE_H
#define TOP_FLOW_LINE_H

#include "top/flow.h"

struct json_object;
struct flat_hints;

struct flow_line {
	struct json_object *root; /* owns the texts, */
	char *copy;               /* or this does */
	const char *text[T_COUNT];
	uint64_t num[N_COUNT];
	uint32_t known;
	bool ended, exited, other, ancestor, is_total;
	struct flow_totals totals;
};

/* 0; -EINVAL if it is not one JSON object, -ENOMEM. Free in any case. hints: flat_line.h,
 * or NULL. */
int flow_line_parse(const char *text, size_t len, struct flat_hints *hints, struct flow_line *ret);
/* As above, by json-c alone and as the line has it: for lines in any form, and to compare. */
int flow_line_parse_json(const char *text, size_t len, struct flow_line *ret);
void flow_line_free(struct flow_line *line);

#endif
