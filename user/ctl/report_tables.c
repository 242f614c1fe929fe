/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of an incident; see report.h.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/units.h"
#include "ctl/html.h"
#include "ctl/report.h"
#include "ctl/row.h"
#include "ctl/terms.h"

enum { ROWS_SHOWN = 40 }; /* of destinations: the rest is one row, so that the sum stays */

static void begin(struct buf *out, const char *title, const char *heads)
{
	if (title)
		html_element(out, "h3", "", title);
	buf_addf(out, "<div class=\"wide\"><table><tr>%s</tr>\n", heads);
}

static void end(struct buf *out)
{
	buf_add_str(out, "</table></div>\n");
}

static uint64_t number(struct json_object *row, const char *key)
{
	uint64_t v = 0;

	(void)row_u64(row, key, &v);
	return v;
}

/* "out 443/tcp", "in 5432/tcp". */
static void service_cell(struct buf *out, struct json_object *row)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *proto = row_text(row, "proto");
	bool accepted = strcmp(row_text(row, "init"), "accepted") == 0;

	buf_addf(&text, "%s %s%s%s", accepted ? "in" : "out", row_text(row, "port"),
		 *proto ? "/" : "", proto);
	html_cell(out, text.data ? text.data : "");
}

static void destination_row(struct buf *out, struct json_object *row, bool by)
{
	const char *exe = row_text(row, "exe");

	buf_add_str(out, "<tr>");
	html_cell(out, *row_text(row, "dst") ? row_text(row, "dst") : row_text(row, "group"));
	if (by)
		html_cell(out, *exe ? exe : row_text(row, "comm"));
	service_cell(out, row);
	html_cell(out, row_text(row, "scope"));
	html_cell_time(out, (int64_t)number(row, "ts"));
	html_cell_time(out, (int64_t)number(row, "last"));
	html_cell_bytes(out, number(row, "tx"));
	buf_add_str(out, "</tr>\n");
}

void table_destinations(struct buf *out, const struct incident_report *r)
{
	bool by = !*row_text(r->alert, "egress.workload");
	uint64_t rest = 0, all = 0;
	char from[32], until[32];

	if (!r->past.has_series)
		return;
	format_time(from, r->from);
	format_time(until, r->until);
	buf_addf(out,
		 "<p class=\"note\">All it sent from %s to %s, as history has it (in steps of ",
		 from, until);
	format_duration(out, r->past.step_s);
	buf_add_str(out, "):</p>\n");
	begin(out, NULL,
	      by ? "<th>destination</th><th>program</th><th>service</th><th>scope</th><th>first</th>"
		   "<th>last</th><th class=\"n\">sent</th>"
		 : "<th>destination</th><th>service</th><th>scope</th><th>first</th><th>last</th>"
		   "<th class=\"n\">sent</th>");
	for (size_t i = 0; i < r->sent.count; i++) {
		uint64_t tx = number(r->sent.item[i], "tx");

		all += MIN(tx, UINT64_MAX - all);
		if (i < ROWS_SHOWN)
			destination_row(out, r->sent.item[i], by);
		else
			rest += MIN(tx, UINT64_MAX - rest);
	}
	if (r->sent.count > ROWS_SHOWN) {
		buf_addf(out, "<tr><td colspan=\"%d\">%zu others</td>", by ? 6 : 5,
			 r->sent.count - ROWS_SHOWN);
		html_cell_bytes(out, rest);
		buf_add_str(out, "</tr>\n");
	}
	buf_addf(out, "<tr class=\"sum\"><td colspan=\"%d\">together</td>", by ? 6 : 5);
	html_cell_bytes(out, all);
	buf_add_str(out, "</tr>\n");
	end(out);
}

static bool is_event_of(const struct incident_report *r, size_t i)
{
	return strcmp(row_text(r->events->item[i], "alert.id"), row_text(r->alert, "alert.id")) ==
	       0;
}

static bool same_process(struct json_object *a, struct json_object *b)
{
	return strcmp(row_text(a, "process.pid"), row_text(b, "process.pid")) == 0 &&
	       strcmp(row_text(a, "process.start"), row_text(b, "process.start")) == 0 &&
	       strcmp(row_text(a, "database.session"), row_text(b, "database.session")) == 0;
}

/* Whether an event before this one told of the same process. */
static bool was_told(const struct incident_report *r, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_event_of(r, i) && same_process(r->events->item[i], r->events->item[at]))
			return true;
	return false;
}

/* More than the last one, which stands above in full. */
void table_processes(struct buf *out, const struct incident_report *r)
{
	static const char *const keys[] = { "process.name",     "process.pid",
					    "user.name",        "container.name",
					    "database.session", "process.command_line" };
	size_t others = 0;

	for (size_t i = 0; i < r->events->count; i++)
		others += is_event_of(r, i) && *row_text(r->events->item[i], "process.pid") &&
			  !same_process(r->events->item[i], r->alert) && !was_told(r, i);
	if (!others)
		return;
	buf_add_str(out, "<p class=\"note\">Others that its events told of:</p>\n");
	begin(out, NULL,
	      "<th>process</th><th>pid</th><th>user</th><th>container</th><th>database session</th>"
	      "<th>command line</th>");
	for (size_t i = 0; i < r->events->count; i++) {
		struct json_object *e = r->events->item[i];

		if (!is_event_of(r, i) || !*row_text(e, "process.pid") ||
		    same_process(e, r->alert) || was_told(r, i))
			continue;
		buf_add_str(out, "<tr>");
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			html_cell(out, row_text(e, keys[k]));
		buf_add_str(out, "</tr>\n");
	}
	end(out);
}

void table_files(struct buf *out, const struct incident_report *r)
{
	uint64_t read = number(r->alert, "read_bytes");

	html_element(out, "h3", "", "Which files were read");
	buf_add_str(out, "<p>");
	if (read) {
		format_bytes(out, read);
		buf_add_str(out, " of database files by this actor in ");
		html_text(out, row_text(r->alert, "horizon"));
		buf_add_str(out, ".</p>\n");
	} else {
		buf_add_str(out, "It read none of the watched database files in that time.</p>\n");
	}
	if (!r->files.count) {
		buf_add_str(out,
			    "<p class=\"note\">Single files are known while the process runs: it "
			    "has ended, or holds none open.</p>\n");
		return;
	}
	buf_add_str(out, "<p class=\"note\">Its process still runs, and holds open now:</p>\n");
	begin(out, NULL, "<th>file</th><th class=\"n\">size</th>");
	for (size_t i = 0; i < r->files.count; i++) {
		if (!*row_text(r->files.item[i], "file.path"))
			continue;
		buf_add_str(out, "<tr>");
		html_cell(out, row_text(r->files.item[i], "file.path"));
		html_cell_bytes(out, number(r->files.item[i], "file.size"));
		buf_add_str(out, "</tr>\n");
	}
	end(out);
}

static struct json_object *object_of(struct json_object *row, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(row, key, &v) && json_object_is_type(v, json_type_object)
		       ? v
		       : NULL;
}

/* Its series as it is learned now, horizon by horizon. */
void table_normal(struct buf *out, const struct incident_report *r)
{
	static const char *const keys[] = { "envelope_bytes", "allowed_bytes", "value_bytes" };
	struct json_object *all =
		r->baseline.count == 1 ? object_of(r->baseline.item[0], "allowed_bytes") : NULL;

	if (!all)
		return;
	buf_add_str(out, "<p class=\"note\">The series as the sensor knows it now:</p>\n");
	begin(out, NULL,
	      "<th>in any</th><th class=\"n\">normal, at most</th><th class=\"n\">allowed</th>"
	      "<th class=\"n\">now</th>");
	json_object_object_foreach(all, horizon, unused)
	{
		(void)unused;
		buf_add_str(out, "<tr>");
		html_cell(out, horizon);
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			struct json_object *values = object_of(r->baseline.item[0], keys[k]);

			buf_add_str(out, "<td class=\"n\">");
			alert_add_amount(out, r->alert, values ? number(values, horizon) : 0);
			buf_add_str(out, "</td>");
		}
		buf_add_str(out, "</tr>\n");
	}
	end(out);
}

static void amount_cell(struct buf *out, struct json_object *event, const char *key)
{
	uint64_t v;

	buf_add_str(out, "<td class=\"n\">");
	if (row_u64(event, key, &v))
		alert_add_amount(out, event, v);
	buf_add_str(out, "</td>");
}

void table_events(struct buf *out, const struct incident_report *r)
{
	begin(out, "Its events, in order",
	      "<th>time</th><th>event</th><th>level</th><th class=\"n\">score</th>"
	      "<th class=\"n\">sent so far</th><th class=\"n\">observed</th>"
	      "<th class=\"n\">allowed</th><th>in</th><th>about</th>");
	for (size_t i = 0; i < r->events->count; i++) {
		struct json_object *e = r->events->item[i];

		if (!is_event_of(r, i))
			continue;
		buf_add_str(out, "<tr>");
		html_cell_time(out, (int64_t)number(e, "ts"));
		html_cell(out, row_text(e, "event"));
		html_cell(out, row_text(e, "level"));
		html_element(out, "td", "n", row_text(e, "score"));
		html_cell_bytes(out, number(e, "tx_total"));
		amount_cell(out, e, "observed");
		amount_cell(out, e, "allowed");
		html_element(out, "td", "t", row_text(e, "horizon"));
		html_cell(out, row_text(e, "subject"));
		buf_add_str(out, "</tr>\n");
	}
	end(out);
}

/* What names the alert, and what else was changed while it was loud. */
void table_audit(struct buf *out, const struct incident_report *r)
{
	const char *id = row_text(r->alert, "alert.id");
	bool any = false;

	for (size_t i = 0; i < r->audit.count; i++) {
		struct json_object *a = r->audit.item[i];
		bool about = *id && strstr(row_text(a, "message"), id);

		int64_t ts = (int64_t)number(a, "ts");

		if (!about && (ts < r->from || ts >= r->until))
			continue;
		if (!any)
			begin(out, "What was done",
			      "<th>time</th><th>user id</th><th>action</th><th>what</th><th></th>");
		any = true;
		buf_add_str(out, "<tr>");
		html_cell_time(out, (int64_t)number(a, "ts"));
		html_cell(out, row_text(a, "user.id"));
		html_cell(out, row_text(a, "event.action"));
		html_cell(out, row_text(a, "message"));
		html_cell(out, about ? "about this alert" : "meanwhile");
		buf_add_str(out, "</tr>\n");
	}
	if (any)
		end(out);
}
