/* SPDX-License-Identifier: Apache-2.0
 *
 * The live table as JSON lines: the contract's `flows --json` (docs/json.md). Rows
 * that are not shown are summed in one `other` row, so that what is printed always
 * adds up to the total.
 */
#ifndef MODEL_FLOW_JSON_H
#define MODEL_FLOW_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "egress/types.h"
#include "model/flowtab.h"

struct buf;

enum flow_by {
	FLOW_BY_FLOW = 0,
	FLOW_BY_PROCESS,
	FLOW_BY_CONTAINER,
	FLOW_BY_USER,
	FLOW_BY_DESTINATION,
	FLOW_BY_WORKLOAD,
	FLOW_BY_REST, /* workload and scope; of what is beyond a limit, not to be asked for */
};
enum flow_sort { FLOW_SORT_RATE = 0, FLOW_SORT_TOTAL };

/* What is normal for a workload, as detection knows it. */
struct flow_normal {
	uint64_t rate_bps;    /* payload bytes/s it is used to, over an hour; 0 = never sent */
	uint64_t ratio_milli; /* observed / allowed x 1000, of the horizon that stands out most */
	bool rate_known;      /* false: not a day has been learned yet */
	bool ratio_known;     /* false: it has no series */
};
/* Unix seconds of the day a destination was first sent to; 0: not known. */
typedef int64_t (*flow_since_fn)(const void *ctx, const struct dest *dest);
typedef void (*flow_normal_fn)(const void *ctx, const struct actor *actor, struct flow_normal *ret);

struct flow_query {
	enum flow_by by;
	enum flow_sort sort;   /* ties: total, then key order */
	enum eg_scope scope;   /* only this one; UNKNOWN = as `all` says */
	bool all;              /* loopback, host-local and ended flows too */
	size_t limit;          /* rows at most; 0 = no limit */
	bool fold;             /* beyond the limit: a row a workload and scope, not `other` */
	bool ancestors;        /* a line a process above those listed, before `other` */
	flow_normal_fn normal; /* NULL: the keys are null */
	const void *normal_ctx;
	flow_since_fn since; /* NULL: the key is absent */
	const void *since_ctx;
};

int flow_by_parse(const char *s, enum flow_by *ret);     /* -EINVAL */
int flow_sort_parse(const char *s, enum flow_sort *ret); /* -EINVAL */

/* Appends one line a flow or group, `other`, and {"total":{...}}. -ENOMEM. */
int flow_json_list(const struct flowtab *t, const struct flow_query *query, struct buf *out);

#endif
