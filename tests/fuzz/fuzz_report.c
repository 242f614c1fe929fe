/* SPDX-License-Identifier: Apache-2.0
 *
 * A report of anything a daemon may say (first line: the alert; then what else): only our
 * own tags come out, nothing that controls or hides text, and the chart in text is clean.
 */
#include <locale.h>

#include "../unit/report_tags.h"
#include "ctl/chart_svg.c"
#include "ctl/chart_text.c"
#include "ctl/evidence.c"
#include "ctl/html.c"
#include "ctl/past.c"
#include "ctl/report_incident.c"
#include "ctl/report_page.c"
#include "ctl/report_sent.c"
#include "ctl/report_tables.c"
#include "ctl/row.c"
#include "ctl/table.c"
#include "ctl/terms.c"
#include "ctl/text.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES_MAX = 64 };

static void check_page(const char *page)
{
	if (!page_has_only_our_tags(page))
		abort();
	for (const char *p = page; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\n') || *p == 0x7f)
			abort();
}

static void report(struct rows *rows)
{
	struct chart_text_style style = { .width = 80, .utf8 = true };
	_cleanup_buf_ struct buf out = BUF_INIT, chart = BUF_INIT;
	struct json_object *places = json_object_new_object();
	struct page page = { .shown = 1, .found = 1, .since = 1 };
	struct incident_report r = { .alert = rows->item[0], .events = rows };

	r.audit = r.files = *rows;
	r.baseline = (struct rows){ .item = rows->item + rows->count - 1, .count = 1 };
	r.until = INT64_MAX;
	if (past_plan(r.alert, 1777600800, &r.past) < 0)
		return;
	for (size_t i = 0; i < rows->count; i++)
		past_take(&r.past, rows->item[i]);
	past_finish(&r.past);
	for (size_t i = 0; i < rows->count; i++)
		(void)report_sent(&r.sent, places, rows->item[i]);
	report_sort_sent(&r.sent);
	report_incident(&out, &r);
	page_overview(&out, &page, rows->item);
	check_page(out.data ? out.data : "");
	chart_text(&chart, &r.past, &style);
	for (size_t i = 0; i < r.sent.count; i++)
		json_object_put(r.sent.item[i]);
	free(r.sent.item);
	json_object_put(places);
	past_free(&r.past);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct json_object *items[LINES_MAX];
	struct rows rows = { .item = items };
	char *rest;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	buf_add(&text, data, size);
	rest = text.data;
	for (char *line; rest && (line = strsep(&rest, "\n")) && rows.count < LINES_MAX;)
		if ((items[rows.count] = row_parse(line, strlen(line))))
			rows.count++;
	if (rows.count)
		report(&rows);
	for (size_t i = 0; i < rows.count; i++)
		json_object_put(items[i]);
	return 0;
}
