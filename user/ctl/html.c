/* SPDX-License-Identifier: Apache-2.0
 *
 * See html.h.
 */
#include "base/units.h"
#include "ctl/html.h"
#include "ctl/text.h"

void html_text(struct buf *out, const char *s)
{
	_cleanup_buf_ struct buf clean = BUF_INIT;

	text_add(&clean, s);
	for (const char *p = clean.data ? clean.data : ""; *p; p++) {
		switch (*p) {
		case '&': buf_add_str(out, "&amp;"); break;
		case '<': buf_add_str(out, "&lt;"); break;
		case '>': buf_add_str(out, "&gt;"); break;
		case '"': buf_add_str(out, "&quot;"); break;
		case '\'': buf_add_str(out, "&#39;"); break;
		default: buf_add_char(out, *p);
		}
	}
}

void html_element(struct buf *out, const char *tag, const char *cls, const char *s)
{
	buf_addf(out, "<%s", tag);
	if (*cls)
		buf_addf(out, " class=\"%s\"", cls);
	buf_add_char(out, '>');
	html_text(out, s);
	buf_addf(out, "</%s>", tag);
}

void html_cell(struct buf *out, const char *s)
{
	html_element(out, "td", "", s);
}

void html_cell_bytes(struct buf *out, uint64_t bytes)
{
	buf_add_str(out, "<td class=\"n\">");
	format_bytes(out, bytes);
	buf_add_str(out, "</td>");
}

void html_cell_time(struct buf *out, int64_t ts)
{
	char time[32];

	format_time(time, ts);
	html_element(out, "td", "t", time);
}
