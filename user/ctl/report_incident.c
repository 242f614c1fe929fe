/* SPDX-License-Identifier: Apache-2.0
 *
 * One incident of a report: what, when, to whom, by whom, against which normal, and what
 * was said and done; see report.h.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "ctl/chart_svg.h"
#include "ctl/html.h"
#include "ctl/report.h"
#include "ctl/row.h"
#include "ctl/terms.h"

static void add_tile(struct buf *out, const char *value, const char *what)
{
	buf_add_str(out, "<div class=\"tile\">");
	html_element(out, "b", "", value);
	html_element(out, "span", "", what);
	buf_add_str(out, "</div>");
}

static void add_bytes_tile(struct buf *out, struct json_object *alert, const char *key,
			   const char *what)
{
	_cleanup_buf_ struct buf value = BUF_INIT;
	uint64_t v;

	if (!row_u64(alert, key, &v))
		return;
	format_bytes(&value, v);
	add_tile(out, value.data ? value.data : "", what);
}

static void add_tiles(struct buf *out, struct json_object *alert)
{
	bool read = strcmp(row_text(alert, "rule"), "read") == 0;
	_cleanup_buf_ struct buf value = BUF_INIT;
	uint64_t seconds;

	buf_add_str(out, "<div class=\"tiles\">");
	add_bytes_tile(out, alert, "tx_total", read ? "read" : "sent");
	if (*row_text(alert, "db.share_percent")) {
		buf_addf(&value, "%.1f %%",
			 json_object_get_double(json_object_object_get(alert, "db.share_percent")));
		add_tile(out, value.data ? value.data : "", "of the database's size");
	}
	if (!read)
		add_bytes_tile(out, alert, "read_bytes", "of database files read");
	if (row_u64(alert, "alert.duration_s", &seconds)) {
		buf_clear(&value);
		format_duration(&value, seconds);
		add_tile(out, value.data ? value.data : "", "loud");
	}
	buf_clear(&value);
	buf_addf(&value, "%.0f", json_object_get_double(json_object_object_get(alert, "score")));
	add_tile(out, value.data ? value.data : "", "score");
	buf_add_str(out, "</div>\n");
}

/* The last sentence of all; after a close also the one that said why. */
static void add_reasons(struct buf *out, const struct incident_report *r)
{
	const char *id = row_text(r->alert, "alert.id"), *why = NULL;

	for (size_t i = 0; i < r->events->count; i++) {
		struct json_object *e = r->events->item[i];

		if (strcmp(row_text(e, "alert.id"), id) == 0 &&
		    strcmp(row_text(e, "event"), "close") != 0)
			why = row_text(e, "reason");
	}
	if (why && strcmp(row_text(r->alert, "event"), "close") == 0)
		html_element(out, "p", "reason", why);
	html_element(out, "p", "reason", row_text(r->alert, "reason"));
}

static void add_head(struct buf *out, const struct incident_report *r)
{
	const char *level = row_text(r->alert, "alert.peak_level");
	bool closed = strcmp(row_text(r->alert, "event"), "close") == 0;

	if (!*level)
		level = row_text(r->alert, "level");
	buf_add_str(out, "<section id=\"");
	html_text(out, row_text(r->alert, "alert.id"));
	buf_add_str(out, "\">\n<h2><span class=\"level ");
	html_text(out, level);
	buf_add_str(out, "\">");
	html_text(out, level);
	buf_add_str(out, "</span>");
	html_text(out, row_text(r->alert, "subject"));
	buf_add_str(out, "</h2>\n");
	buf_addf(out, "<p class=\"about\">%s, alert ", closed ? "Closed" : "Open");
	html_text(out, row_text(r->alert, "alert.id"));
	buf_add_str(out, "</p>\n");
	add_reasons(out, r);
}

static void add_field(void *ctx, const char *label, const char *words)
{
	struct buf *out = ctx;

	html_element(out, "dt", "", label);
	html_element(out, "dd", "", words);
	buf_add_char(out, '\n');
}

static void add_fields(struct buf *out, const struct incident_report *r, const char *title,
		       enum evidence_part part)
{
	html_element(out, "h3", "", title);
	buf_add_str(out, "<dl>\n");
	evidence_each(r->alert, part, add_field, out);
	buf_add_str(out, "</dl>\n");
}

static void add_term(void *ctx, const struct term *t)
{
	struct buf *out = ctx;

	buf_addf(out, "<tr%s>", strcmp(t->name, "score") == 0 ? " class=\"sum\"" : "");
	html_cell(out, t->name);
	buf_addf(out, "<td class=\"n\">%+.1f</td>", t->points);
	buf_add_str(out, "<td>");
	if (t->part)
		buf_add_str(out, "| ");
	html_text(out, t->note);
	buf_add_str(out, "</td></tr>\n");
}

static void add_arithmetic(struct buf *out, const struct incident_report *r)
{
	html_element(out, "h3", "", "The arithmetic");
	buf_add_str(out,
		    "<p class=\"note\">Ten points are one doubling. Notice from 0, ticket from "
		    "10, page from 20, unless configured otherwise.</p>\n<table class=\"narrow\">"
		    "<tr><th>term</th><th class=\"n\">points</th><th></th></tr>\n");
	terms_each(r->alert, add_term, out);
	buf_add_str(out, "</table>\n");
}

void report_incident(struct buf *out, const struct incident_report *r)
{
	add_head(out, r);
	add_tiles(out, r->alert);
	html_element(out, "h3", "", "What left, and when");
	chart_svg(out, &r->past);
	add_fields(out, r, "To whom", EVIDENCE_WHERE);
	table_destinations(out, r);
	add_fields(out, r, "By whom", EVIDENCE_WHO);
	table_processes(out, r);
	table_files(out, r);
	add_fields(out, r, "Against which normal", EVIDENCE_NORMAL);
	table_normal(out, r);
	add_arithmetic(out, r);
	table_events(out, r);
	table_audit(out, r);
	add_fields(out, r, "On record", EVIDENCE_RECORD);
	buf_add_str(out, "</section>\n");
}
