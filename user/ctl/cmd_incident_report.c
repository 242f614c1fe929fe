/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl report`: an incident, or all of a time, as one HTML file for people who
 * were not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/report.h"
#include "ctl/row.h"

enum {
	INCIDENTS_MAX = 50, /* in one file: more is no reading */
	ID_SHOWN = 12,
};

enum { R_SINCE, R_OUTPUT };

const struct cli_option report_options[] = {
	[R_SINCE] = { "since", 0, "WHEN", "all incidents since then, instead of one alert" },
	[R_OUTPUT] = { "output", 'o', "FILE",
		       "where to; - is standard output (default: egress-report-ID.html)" },
	{ 0 },
};

static int fetch_events(const struct ctl *ctl, int64_t since, struct rows *ret)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, "alerts");
	jsonw_i64(&request, "since", since);
	return ctl_request_rows(ctl, &request, ret);
}

static int64_t first_ts(struct json_object *alert)
{
	uint64_t ts = 0;

	if (!row_u64(alert, "alert.first_ts", &ts))
		(void)row_u64(alert, "ts", &ts);
	return ts > INT64_MAX / 2 ? 0 : (int64_t)ts;
}

/* The one alert by the beginning of its id, with all its events. */
static int find_one(const struct ctl *ctl, const char *prefix, struct rows *events,
		    struct rows *ret_alerts)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status;

	request_begin(&request, "show");
	jsonw_str(&request, "alert", prefix);
	status = ctl_request_rows(ctl, &request, ret_alerts);
	if (status == CTL_OK && ret_alerts->count == 0)
		return ctl_fail(CTL_NO, "the daemon says nothing of \"%s\"", prefix);
	return status == CTL_OK ? fetch_events(ctl, first_ts(ret_alerts->item[0]), events) : status;
}

/* The last event of each alert, the latest alert first. */
static int last_events(const struct rows *events, struct rows *ret)
{
	struct json_object *seen = json_object_new_object();

	ret->item = calloc(events->count + 1, sizeof(struct json_object *));
	if (!seen || !ret->item) {
		json_object_put(seen);
		return ctl_fail(CTL_NO, "out of memory");
	}
	for (size_t i = events->count; i-- > 0;) {
		const char *id = row_text(events->item[i], "alert.id");

		if (json_object_object_get_ex(seen, id, NULL))
			continue;
		json_object_object_add(seen, id, NULL);
		ret->item[ret->count++] = json_object_get(events->item[i]);
	}
	json_object_put(seen);
	return CTL_OK;
}

/* Those of a time; then again from when the first of them began, for their first events. */
static int find_since(const struct ctl *ctl, int64_t since, struct rows *events,
		      struct rows *ret_alerts)
{
	_cleanup_rows_ struct rows late = { 0 };
	int status = fetch_events(ctl, since, &late);
	int64_t from = since;

	if (status == CTL_OK)
		status = last_events(&late, ret_alerts);
	for (size_t i = 0; status == CTL_OK && i < ret_alerts->count; i++)
		from = MIN(from, first_ts(ret_alerts->item[i]));
	return status == CTL_OK ? fetch_events(ctl, from, events) : status;
}

static int write_incidents(const struct ctl *ctl, struct page *page, const struct rows *alerts,
			   const struct rows *events, struct buf *out)
{
	int status = CTL_OK;

	page_begin(out, page);
	if (page->since)
		page_overview(out, page, alerts->item);
	for (size_t i = 0; status == CTL_OK && i < page->shown; i++) {
		_cleanup_incident_report_ struct incident_report r = { 0 };

		status = report_fetch(ctl, alerts->item[i], events, &r);
		if (status == CTL_OK)
			report_incident(out, &r);
	}
	page_end(out);
	return status == CTL_OK && out->error ? ctl_fail(CTL_NO, "out of memory") : status;
}

/* A report names people and queries: for its owner's eyes only. */
static int write_file(const char *path, const struct buf *page)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t done = 0;

	if (fd < 0 || fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0)
		return ctl_fail(ctl_status_of(-errno), "%s: %s", path, strerror(errno));
	while (done < page->len) {
		ssize_t n = write(fd, page->data + done, page->len - done);

		if (n < 0)
			return ctl_fail(CTL_NO, "%s: %s", path, strerror(errno));
		done += (size_t)n;
	}
	printf("%s\n", path);
	return CTL_OK;
}

static int deliver(const char *output, const struct page *page, const struct rows *alerts,
		   const struct buf *text)
{
	char path[64];

	if (output && strcmp(output, "-") == 0)
		return fwrite(text->data, 1, text->len, stdout) == text->len ? CTL_OK : CTL_NO;
	if (!output && page->since)
		(void)snprintf(path, sizeof(path), "egress-report-%lld.html",
			       (long long)page->since);
	else if (!output)
		(void)snprintf(path, sizeof(path), "egress-report-%.*s.html", ID_SHOWN,
			       row_text(alerts->item[0], "alert.id"));
	return write_file(output ? output : path, text);
}

int cmd_report(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_rows_ struct rows alerts = { 0 }, events = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *since = args->value[R_SINCE];
	struct page page = { .now = (int64_t)time(NULL) };
	int status;

	if ((args->count == 1) == (since != NULL))
		return ctl_fail(CTL_USAGE, "report: say which ALERT, or --since WHEN");
	if (since && ctl_parse_when("since", since, &page.since) < 0)
		return CTL_USAGE;
	status = since ? find_since(ctl, page.since, &events, &alerts)
		       : find_one(ctl, args->words[0], &events, &alerts);
	if (status != CTL_OK)
		return status;
	if (alerts.count == 0)
		return ctl_fail(CTL_NO, "no alert since then: there is nothing to report");
	page.host = row_text(alerts.item[0], "host");
	page.found = alerts.count;
	page.shown = MIN(alerts.count, (size_t)INCIDENTS_MAX);
	status = write_incidents(ctl, &page, &alerts, &events, &text);
	return status == CTL_OK ? deliver(args->value[R_OUTPUT], &page, &alerts, &text) : status;
}
