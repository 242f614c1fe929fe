/* SPDX-License-Identifier: Apache-2.0
 *
 * `flows`: the live table, as rows or rolled up.
 */
#include "model/flow_json.h"

#include <errno.h>
#include <string.h>

#include "base/vocab.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "detect/engine.h"

static int64_t find_since(const void *ctx, const struct dest *dest)
{
	return engine_dest_since(ctx, dest);
}

int op_flows(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status)
{
	struct manager *m = ctx;
	struct flow_query query = {
		.all = op_bool(request, "all"),
		.fold = op_bool(request, "fold"),
		.ancestors = op_bool(request, "ancestors"),
		.limit = (size_t)op_u64(request, "limit", 0),
		.normal = normals_find,
		.normal_ctx = &m->normals,
		.since = find_since,
		.since_ctx = m->engine,
	};
	const char *by = op_string(request, "by");
	const char *scope = op_string(request, "scope");
	const char *sort = op_string(request, "sort");

	(void)peer;
	*status = 2;
	if (by && flow_by_parse(by, &query.by) < 0) {
		buf_addf(
			error,
			"cannot group by '%s'; try process, container, user, destination, workload",
			by);
		return -EINVAL;
	}
	if (scope && scope_parse(scope, &query.scope) < 0) {
		buf_addf(error,
			 "no scope '%s'; try public, private, link-local, loopback, host-local",
			 scope);
		return -EINVAL;
	}
	if (sort && flow_sort_parse(sort, &query.sort) < 0) {
		buf_addf(error, "cannot sort by '%s'; try rate, total", sort);
		return -EINVAL;
	}
	*status = 1;
	if (normals_refresh(&m->normals, m->engine, m->ticks) < 0)
		return -ENOMEM;
	return flow_json_list(m->flows, &query, rows);
}
