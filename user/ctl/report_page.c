/* SPDX-License-Identifier: Apache-2.0
 *
 * A report's page around its incidents: head, style for screen and paper, light and
 * dark, and the overview; see report.h.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/units.h"
#include "ctl/html.h"
#include "ctl/report.h"
#include "ctl/row.h"
#include "egress/version.h"

/* Nothing may be loaded or run, whatever a name in it says. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	"<meta name=\"referrer\" content=\"no-referrer\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n";

static const char style[] =
	"<style>\n"
	":root{--bg:#fff;--fg:#1b1f24;--dim:#5c6670;--rule:#d5dae0;--panel:#f5f7f9;--bar:#4f7cac;"
	"--over:#c62f2f;--limit:#9a5b00;--loud:#f3d9d6;--ticket:#9a5b00;--notice:#47617d}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e8ec;--dim:#9aa5b0;"
	"--rule:#363d45;--panel:#1d2226;--bar:#6d9bcb;--over:#f0706a;--limit:#e2a84b;"
	"--loud:#43292a;--ticket:#e2a84b;--notice:#9db8d4}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:1060px;padding:24px 28px 60px;background:var(--bg);"
	"color:var(--fg);font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:22px;margin:0}h2{font-size:20px;margin:0 0 6px;overflow-wrap:anywhere}\n"
	"h3{font-size:13px;margin:28px 0 8px;text-transform:uppercase;letter-spacing:.05em;"
	"color:var(--dim)}\n"
	"p{margin:6px 0}.note,.about{color:var(--dim);font-size:14px}\n"
	".reason{font-size:16px;overflow-wrap:anywhere}\n"
	"section{margin-top:36px;padding-top:24px;border-top:3px solid var(--rule)}\n"
	".level{display:inline-block;margin-right:8px;padding:1px 9px;border-radius:4px;"
	"font-size:13px;font-weight:600;vertical-align:3px;color:var(--bg);background:var(--notice)}\n"
	".level.page{background:var(--over)}.level.ticket{background:var(--ticket)}\n"
	".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;"
	"margin:16px 0}\n"
	".tile{padding:10px 14px;border-radius:6px;background:var(--panel)}\n"
	".tile b{display:block;font-size:20px;font-weight:600}.tile span{color:var(--dim);"
	"font-size:13px}\n"
	"dl+.note{margin-top:14px}table.narrow{width:auto;min-width:60%}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%;font-size:14px}\n"
	"th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--rule);text-align:left;"
	"vertical-align:top;overflow-wrap:anywhere}\n"
	"th{color:var(--dim);font-weight:500;white-space:nowrap}\n"
	"td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	"td.t{white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	"tr.sum td{font-weight:600;border-bottom:0}\n"
	"dl{display:grid;grid-template-columns:minmax(120px,190px) 1fr;gap:3px 16px;margin:0;"
	"font-size:14px}\n"
	"dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}\n"
	"svg{display:block;width:100%;height:auto;margin:6px 0;font:12px system-ui,sans-serif}\n"
	"svg text{fill:var(--dim)}svg .title{fill:var(--fg);font-weight:600}\n"
	"svg .bar{fill:var(--bar)}svg .over{fill:var(--over)}svg rect.loud{fill:var(--loud)}\n"
	"svg .grid{stroke:var(--rule)}svg line.limit{stroke:var(--limit);stroke-width:1.5;"
	"stroke-dasharray:6 3}svg text.limit{fill:var(--limit);font-weight:600}\n"
	"svg .scale,svg .last{text-anchor:end}svg .time{text-anchor:middle}\n"
	"a{color:inherit}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--rule:#bbb;--panel:#f2f2f2;"
	"--bar:#4f7cac;--over:#c62f2f;--limit:#9a5b00;--loud:#f3d9d6;--ticket:#9a5b00;"
	"--notice:#47617d}"
	"body{max-width:none;padding:0;font-size:11pt;print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}"
	"tr,svg,.tile{break-inside:avoid}h3{break-after:avoid}section{break-before:page}"
	"section:first-of-type{break-before:auto}.wide{overflow:visible}}\n"
	"</style>\n";

void page_begin(struct buf *out, const struct page *page)
{
	char now[32], since[32];

	format_time(now, page->now);
	buf_add_str(out, head);
	buf_add_str(out, "<title>egressd: ");
	html_text(out, page->host);
	buf_add_str(out, "</title>\n");
	buf_add_str(out, style);
	buf_add_str(out, "</head>\n<body>\n<h1>What left ");
	html_text(out, *page->host ? page->host : "this host");
	buf_add_str(out, "</h1>\n<p class=\"about\">Written ");
	buf_add_str(out, now);
	if (page->since) {
		format_time(since, page->since);
		buf_addf(out, ", incidents since %s: %zu", since, page->found);
	}
	buf_add_str(out,
		    ". All times are UTC; sizes are decimal. egressctl " EGRESS_VERSION "</p>\n");
	if (page->shown < page->found)
		buf_addf(out,
			 "<p class=\"about\">The latest %zu of them are shown; egressctl alerts "
			 "lists all.</p>\n",
			 page->shown);
}

void page_overview(struct buf *out, const struct page *page, struct json_object *const *alerts)
{
	buf_add_str(out, "<div class=\"wide\"><table><tr><th>since</th><th>level</th>"
			 "<th>incident</th><th class=\"n\">sent</th><th>now</th></tr>\n");
	for (size_t i = 0; i < page->shown; i++) {
		uint64_t first = 0, tx = 0;
		bool closed = strcmp(row_text(alerts[i], "event"), "close") == 0;

		(void)row_u64(alerts[i], "alert.first_ts", &first);
		(void)row_u64(alerts[i], "tx_total", &tx);
		buf_add_str(out, "<tr>");
		html_cell_time(out, (int64_t)first);
		html_cell(out, row_text(alerts[i], "alert.peak_level"));
		buf_add_str(out, "<td><a href=\"#");
		html_text(out, row_text(alerts[i], "alert.id"));
		buf_add_str(out, "\">");
		html_text(out, row_text(alerts[i], "subject"));
		buf_add_str(out, "</a></td>");
		html_cell_bytes(out, tx);
		html_cell(out, closed ? "closed" : "open");
		buf_add_str(out, "</tr>\n");
	}
	buf_add_str(out, "</table></div>\n");
}

void page_end(struct buf *out)
{
	buf_add_str(out, "</body>\n</html>\n");
}
