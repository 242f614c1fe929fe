/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the daemon for an alert's past, in pieces it answers between two ticks; see past.h.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "base/jsonw.h"
#include "ctl/ctl.h"
#include "ctl/past.h"
#include "ctl/row.h"

#define PIECE_STEPS 240 /* of up to 1000 series each: well below what one answer may take */

static int take_line(void *ctx, const char *line, size_t len)
{
	struct json_object *row = row_parse(line, len);

	if (row)
		past_take(ctx, row);
	json_object_put(row);
	return 0;
}

static int fetch_piece(const struct ctl *ctl, struct json_object *alert, struct past *p,
		       int64_t since, int64_t until)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	const char *workload = row_text(alert, "egress.workload");
	const char *group = row_text(alert, "destination.group");
	const char *rule = row_text(alert, "rule"), *cls = row_text(alert, "series.class");

	request_begin(&request, "history");
	jsonw_i64(&request, "since", since);
	jsonw_i64(&request, "until", until);
	jsonw_u64(&request, "step", p->step_s);
	jsonw_bool(&request, "sum", !p->counts);
	if (*workload)
		jsonw_str(&request, "workload", workload);
	if (*group && (strcmp(rule, "pair") == 0 || strcmp(rule, "budget") == 0))
		jsonw_str(&request, "group", group);
	if (*cls && strcmp(cls, "any") != 0 && strcmp(rule, "read") != 0)
		jsonw_str(&request, "class", cls);
	return ctl_request(ctl, &request, take_line, p);
}

/* What one window is allowed now, where the alert's own horizon is shorter than a step. */
static int fetch_allowance(const struct ctl *ctl, struct json_object *alert, struct past *p)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	_cleanup_rows_ struct rows rows = { 0 };
	int status;

	request_begin(&request, "baseline");
	if (*row_text(alert, "egress.workload"))
		jsonw_str(&request, "workload", row_text(alert, "egress.workload"));
	status = ctl_request_rows(ctl, &request, &rows);
	for (size_t i = 0; status == CTL_OK && i < rows.count; i++) {
		struct json_object *allowed, *usual;

		if (strcmp(row_text(rows.item[i], "series.id"), row_text(alert, "series.id")) != 0)
			continue;
		if (json_object_object_get_ex(rows.item[i], "envelope_bytes", &usual) &&
		    json_object_is_type(usual, json_type_object))
			(void)row_u64(usual, p->window, &p->usual);
		p->allowed_known =
			json_object_object_get_ex(rows.item[i], "allowed_bytes", &allowed) &&
			json_object_is_type(allowed, json_type_object) &&
			row_u64(allowed, p->window, &p->allowed);
	}
	return status;
}

/* Whether the daemon keeps any: asked first, so that its no is no failure here. */
static int fetch_kept(const struct ctl *ctl, bool *ret)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	_cleanup_rows_ struct rows rows = { 0 };
	int status;

	request_begin(&request, "status");
	status = ctl_request_rows(ctl, &request, &rows);
	*ret = status == CTL_OK && rows.count &&
	       strcmp(row_text(rows.item[0], "store.state"), "off") != 0;
	return status;
}

int past_fetch(const struct ctl *ctl, struct json_object *alert, struct past *ret)
{
	const char *rule = row_text(alert, "rule");
	uint64_t horizon = 0;
	int64_t lead, piece;
	bool kept = false;
	int status;

	if (past_plan(alert, (int64_t)time(NULL), ret) < 0)
		return ctl_fail(CTL_NO, "out of memory");
	status = fetch_kept(ctl, &kept);
	if (status != CTL_OK || !ret->has_series)
		return status;
	if (!kept) {
		ret->has_series = false;
		ret->note = "No history is kept (daemon.store is off).";
		return CTL_OK;
	}
	(void)row_u64(alert, "horizon_s", &horizon);
	if (horizon < ret->window_s && strcmp(rule, "read") != 0 && strcmp(rule, "novel") != 0)
		status = fetch_allowance(ctl, alert, ret);
	lead = (int64_t)ret->lead * ret->step_s;
	piece = (int64_t)PIECE_STEPS * ret->step_s;
	for (int64_t at = MAX(ret->since - lead, 0); status == CTL_OK && at < ret->until;
	     at += piece)
		status = fetch_piece(ctl, alert, ret, at, MIN(at + piece, ret->until));
	past_finish(ret);
	return status;
}
