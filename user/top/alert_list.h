/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's alerts as the view keeps them: the last event of each incident, open
 * ones first, loudest first. Foreign input like flow lines. Pure.
 */
#ifndef TOP_ALERT_LIST_H
#define TOP_ALERT_LIST_H

#include "egress/types.h"
#include "top/flow.h"

struct json_object;

struct alert_row {
	struct json_object *root;                             /* owns the texts below */
	const char *id, *subject, *reason, *rule, *technique; /* "" = not given */
	const char *process, *user, *dst, *dst_group;         /* NULL = not given */
	uint64_t process_hash;                                /* of the name; 0 = not given */
	uint64_t port;
	enum eg_level level;
	bool open, acked, silenced;
	bool asks; /* whether its level is normal now: approve or decline */
	int64_t ts, first_ts;
	double score;
	uint64_t sent, baseline;
	bool baseline_known;
};

struct alert_list {
	struct alert_row *rows;
	size_t count, room;
	size_t open[EG_LEVEL_COUNT]; /* open incidents by level */
};

void alert_list_clear(struct alert_list *l);
void alert_list_free(struct alert_list *l);

/* Takes one line; a later event of the same incident replaces the earlier one.
 * 0, -EINVAL for a line that is no alert, -ENOMEM. */
int alert_list_line(struct alert_list *l, const char *line, size_t len);

/* One word: what state it is in. */
const char *alert_state(const struct alert_row *a);
/* It is open, and nobody has answered or silenced it. */
static inline bool alert_is_loud(const struct alert_row *a)
{
	return a->open && !a->acked && !a->silenced;
}

/* After the last line: sorts, counts. */
void alert_list_end(struct alert_list *l);

/* Sets the alert of a flow to the first open one that names it, and its level to that alert's
 * if it is loud; of every flow. After alert_list_end(). */
void alert_list_mark_row(const struct alert_list *l, struct flow_row *row);
void alert_list_mark(const struct alert_list *l, struct flow_table *table);
bool alert_names_flow(const struct alert_row *a, const struct flow_row *row);

#endif
