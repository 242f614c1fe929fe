/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report is made of, asked of the daemon; see report.h.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "ctl/report.h"
#include "ctl/row.h"

enum { PIECE_STEPS = 60 }; /* of up to 1000 series each */

void incident_report_free(struct incident_report *r)
{
	past_free(&r->past);
	rows_free(&r->sent);
	rows_free(&r->baseline);
	rows_free(&r->files);
	rows_free(&r->audit);
}

struct sending {
	struct rows *sent;
	struct json_object *places;
};

static int take_sent(void *ctx, const char *text, size_t len)
{
	struct sending *s = ctx;
	struct json_object *line = row_parse(text, len);
	int r = line ? report_sent(s->sent, s->places, line) : 0;

	json_object_put(line);
	return r;
}

static int fetch_sent(const struct ctl *ctl, struct incident_report *r)
{
	const char *workload = row_text(r->alert, "egress.workload");
	const char *cls = row_text(r->alert, "series.class");
	int64_t piece = (int64_t)PIECE_STEPS * r->past.step_s;
	struct sending s = { .sent = &r->sent, .places = json_object_new_object() };
	int status = s.places ? CTL_OK : ctl_fail(CTL_NO, "out of memory");

	for (int64_t at = r->from; status == CTL_OK && at < r->until; at += piece) {
		_cleanup_buf_ struct buf request = BUF_INIT;

		request_begin(&request, "history");
		jsonw_i64(&request, "since", at);
		jsonw_i64(&request, "until", MIN(at + piece, r->until));
		jsonw_u64(&request, "step", r->past.step_s);
		if (*workload)
			jsonw_str(&request, "workload", workload);
		if (*cls && strcmp(cls, "any") != 0)
			jsonw_str(&request, "class", cls);
		status = ctl_request(ctl, &request, take_sent, &s);
	}
	json_object_put(s.places);
	report_sort_sent(&r->sent);
	return status;
}

static int fetch_baseline(const struct ctl *ctl, struct incident_report *r)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	const char *series = row_text(r->alert, "series.id");

	if (!*series)
		return CTL_OK;
	request_begin(&request, "baseline");
	jsonw_str(&request, "series", series);
	return ctl_try_rows(ctl, &request, &r->baseline);
}

static int fetch_files(const struct ctl *ctl, struct incident_report *r)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	const char *start = row_text(r->alert, "process.start");
	uint64_t pid;

	/* Without its start, the process may be another one of the same number. */
	if (!row_u64(r->alert, "process.pid", &pid) || !*start)
		return CTL_OK;
	request_begin(&request, "files");
	jsonw_u64(&request, "pid", pid);
	jsonw_str(&request, "start", start);
	return ctl_try_rows(ctl, &request, &r->files);
}

static int fetch_audit(const struct ctl *ctl, struct incident_report *r)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, "audit");
	jsonw_i64(&request, "since", r->from);
	return ctl_try_rows(ctl, &request, &r->audit);
}

int report_fetch(const struct ctl *ctl, struct json_object *alert, const struct rows *events,
		 struct incident_report *ret)
{
	int64_t step;
	int status;

	ret->alert = alert;
	ret->events = events;
	status = past_fetch(ctl, alert, &ret->past);
	if (status != CTL_OK)
		return status;
	step = ret->past.step_s;
	/* The window that was judged first reaches back to before it was loud. */
	ret->from = MAX(ret->past.since, (ret->past.first_ts - ret->past.window_s) / step * step);
	ret->until = MIN(ret->past.until, (ret->past.last_ts / step + 1) * step);
	if (ret->past.has_series)
		status = fetch_sent(ctl, ret);
	/* What is missing here is missing in the report: the process has gone, the series
	 * was forgotten, no audit is kept. */
	(void)fetch_baseline(ctl, ret);
	(void)fetch_files(ctl, ret);
	(void)fetch_audit(ctl, ret);
	return status;
}
