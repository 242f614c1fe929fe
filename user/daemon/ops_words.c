/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's words on an alert: `silence`, `approve`, `decline`. Each is audited;
 * `audit` tells it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "alert/alert.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "detect/engine.h"
#include "store/store.h"

enum {
	SILENCE_MAX_S = 30 * 86400, /* longer is no silence but a declaration: expect */
	WHY_MAX = 200,
	AUDIT_MAX = 10000, /* lines of one answer, unless asked for fewer */
};

/* "why" of the request, "" if absent. -EINVAL. */
static int get_why(struct json_object *request, const char **ret, struct buf *error, int *status)
{
	const char *why = op_string(request, "why");

	*ret = why ? why : "";
	if (strlen(*ret) <= WHY_MAX)
		return 0;
	buf_addf(error, "why has more than %d bytes; say it shorter", WHY_MAX);
	*status = 2;
	return -EINVAL;
}

static int get_budget(struct json_object *request, uint64_t *ret_bytes, uint64_t *ret_seconds,
		      struct buf *error, int *status)
{
	*ret_bytes = op_u64(request, "bytes", 0);
	*ret_seconds = op_u64(request, "seconds", 0);
	if (*ret_bytes && *ret_seconds && *ret_seconds <= SILENCE_MAX_S)
		return 0;
	buf_addf(error,
		 "a silence needs a budget (bytes, at least 1) and an end (seconds, 1 to %d)",
		 SILENCE_MAX_S);
	*status = 2;
	return -EINVAL;
}

int op_silence(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status)
{
	struct buf budget _cleanup_buf_ = BUF_INIT;
	struct manager *m = ctx;
	struct alert_silence silence;
	const char *id, *why = "";
	char by[ALERT_WHO_MAX], until[32];
	uint64_t seconds = 0;
	int r;

	if (!op_string(request, "alert"))
		return op_say(ctx, peer, request, rows, error, status);
	r = op_alert_id(m, request, &id, error, status);
	if (r == 0 && op_bool(request, "remove"))
		return op_lift_silence(m, peer, id, rows);
	if (r == 0)
		r = get_why(request, &why, error, status);
	if (r == 0)
		r = get_budget(request, &silence.bytes, &seconds, error, status);
	if (r < 0)
		return r;
	op_who(peer, by, sizeof(by));
	silence.by = by;
	silence.until_ts = m->clock.now + (int64_t)seconds;
	r = alerts_silence(m->alerts, id, &silence);
	if (r < 0)
		return r;
	format_time(until, silence.until_ts);
	format_bytes(&budget, silence.bytes);
	op_audit(m, peer, "silence", "%s for %s until %s: %s", id, budget.data, until, why);
	jsonw_open(rows, '{');
	jsonw_str(rows, "silenced", id);
	jsonw_u64(rows, "bytes", silence.bytes);
	jsonw_time(rows, "until", silence.until_ts);
	jsonw_i64(rows, "until_ts", silence.until_ts);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

struct verdict {
	struct engine *engine;
	int (*say)(struct engine *e, uint64_t series_id);
	uint64_t said;
};

static int say_of_series(void *ctx, uint64_t series_id)
{
	struct verdict *v = ctx;

	/* A series may have been forgotten since: nothing left to say of it. */
	if (v->say(v->engine, series_id) == 0)
		v->said++;
	return 0;
}

static int give_verdict(struct manager *m, const struct serve_peer *peer,
			struct json_object *request, bool approve, struct buf *rows,
			struct buf *error, int *status)
{
	struct verdict v = { m->engine, approve ? engine_approve : engine_decline, 0 };
	const char *id, *why = "";
	int r = op_alert_id(m, request, &id, error, status);

	if (r == 0)
		r = get_why(request, &why, error, status);
	if (r == 0)
		r = alerts_each_series(m->alerts, id, say_of_series, &v);
	if (r < 0)
		return r;
	if (!v.said) {
		buf_addf(error, "no series of alert %s is known any more", id);
		return -ENOENT;
	}
	op_audit(m, peer, approve ? "approve" : "decline", "%s, %" PRIu64 " series: %s", id, v.said,
		 why);
	jsonw_open(rows, '{');
	jsonw_str(rows, approve ? "approved" : "declined", id);
	jsonw_u64(rows, "series", v.said);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

int op_approve(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status)
{
	return give_verdict(ctx, peer, request, true, rows, error, status);
}

int op_decline(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status)
{
	return give_verdict(ctx, peer, request, false, rows, error, status);
}

int op_audit_list(void *ctx, const struct serve_peer *peer, struct json_object *request,
		  struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;

	(void)peer;
	(void)status;
	if (!m->store) {
		buf_add_str(error,
			    "no history is kept (daemon.store): the audit is in the log only");
		return -ENODEV;
	}
	return store_audit_json(m->store, (int64_t)op_u64(request, "since", 0),
				op_u64(request, "limit", AUDIT_MAX), rows);
}
