/* SPDX-License-Identifier: Apache-2.0
 *
 * `history`: roll-ups of the store, by series or summed, for the view's past and charts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager.h"
#include "daemon/ops.h"
#include "store/store.h"

enum { STEP_MIN_S = 60, STEP_MAX_S = 30 * 86400 };

/* "8b52f3d52b683966", as rows of `flows` name a workload. */
int op_workload(struct json_object *request, uint64_t *ret)
{
	const char *text = op_string(request, "workload");
	char *end;

	*ret = 0;
	if (!text)
		return 0;
	errno = 0;
	*ret = strtoull(text, &end, 16);
	return errno || *end || end == text || *ret == 0 ? -EINVAL : 0;
}

static int class_of(struct json_object *request, enum series_class *ret)
{
	const char *text = op_string(request, "class");

	*ret = !text || strcmp(text, "any") == 0 ? CLASS_ANY
	       : strcmp(text, "internal") == 0   ? CLASS_INTERNAL
						 : CLASS_PUBLIC;
	return *ret == CLASS_PUBLIC && strcmp(text, "public") != 0 ? -EINVAL : 0;
}

int op_history(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;
	int64_t now = m->clock.now;
	uint64_t step = op_u64(request, "step", STEP_MIN_S);
	struct store_query query = {
		.since = (int64_t)op_u64(request, "since", (uint64_t)now - 3600),
		.until = (int64_t)op_u64(request, "until", (uint64_t)now),
		.group = op_string(request, "group"),
		.sum = op_bool(request, "sum"),
	};
	int r;

	(void)peer;
	if (!m->store) {
		buf_add_str(
			error,
			"no history is kept (daemon.store is off, or the store could not be opened)");
		return -ENODATA;
	}
	if (step < STEP_MIN_S || step > STEP_MAX_S || op_workload(request, &query.actor) < 0 ||
	    class_of(request, &query.cls) < 0) {
		buf_add_str(
			error,
			"step is 60 to 2592000 seconds; workload is the id that flows give; class is "
			"any, internal or public");
		*status = 2;
		return -EINVAL;
	}
	query.step_s = (uint32_t)step;
	r = store_history_json(m->store, &query, rows);
	if (r == -EFBIG)
		buf_add_str(error,
			    "too much for one answer; ask for a shorter time or a longer step");
	return r;
}
