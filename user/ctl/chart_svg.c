/* SPDX-License-Identifier: Apache-2.0
 *
 * See chart_svg.h. Colours are the page's (report_page.c): classes only.
 */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "ctl/chart_svg.h"
#include "ctl/html.h"
#include "ctl/past.h"

enum {
	WIDTH = 960, /* of the view box */
	SCALE = 78,  /* for the scale */
	RIGHT = 8,
	TOP = 22,
	BOTTOM = 24, /* for the times */
	PLOT = WIDTH - SCALE - RIGHT,
	BARS_MAX = 240,
	TICKS = 6,      /* times below */
	FLATTEN_BY = 8, /* an allowance so many times the bars would press them flat */
};

struct plot {
	const struct past *past;
	const uint64_t *value;
	size_t bars;
	int64_t bar_s;
	unsigned int height; /* of the bars' room */
	uint64_t top;
	bool limit; /* draw the allowance */
	const char *title;
};

static void add_amount(struct buf *out, const struct plot *p, uint64_t v)
{
	if (p->past->counts && p->limit)
		buf_addf(out, "%" PRIu64 " destinations", v);
	else
		format_bytes(out, v);
}

static double x_of(const struct plot *p, int64_t ts)
{
	double all = (double)p->bar_s * (double)p->bars;

	return SCALE + (double)(ts - p->past->since) / all * PLOT;
}

static double y_of(const struct plot *p, uint64_t v)
{
	return TOP + p->height - (p->top ? (double)v / (double)p->top * p->height : 0);
}

/* A part of "2026-05-01T02:13:40Z". */
enum time_part { PART_DAY, PART_DAY_MINUTE, PART_MINUTE, PART_SECOND };

static void add_time(struct buf *out, enum time_part part, int64_t ts)
{
	static const struct {
		size_t from, len;
	} parts[] = { { 0, 10 }, { 0, 16 }, { 11, 5 }, { 0, 19 } };
	char text[32];

	format_time(text, ts);
	if (strlen(text) < parts[part].from + parts[part].len)
		return;
	for (size_t i = 0; i < parts[part].len; i++) {
		char c = text[parts[part].from + i];

		buf_add_char(out, c == 'T' ? ' ' : c);
	}
}

/* When it was loud, behind the bars. */
static void add_band(struct buf *out, const struct plot *p)
{
	double from = x_of(p, p->past->first_ts), to = x_of(p, p->past->last_ts);

	from = MAX(from, (double)SCALE);
	to = MIN(MAX(to, from + 2), (double)SCALE + PLOT);
	buf_addf(
		out,
		"<rect class=\"loud\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%u\"><title>loud "
		"from ",
		from, TOP, MAX(to - from, 0.0), p->height);
	add_time(out, PART_SECOND, p->past->first_ts);
	buf_add_str(out, " to ");
	add_time(out, PART_SECOND, p->past->last_ts);
	buf_add_str(out, "</title></rect>\n");
}

static void add_bars(struct buf *out, const struct plot *p)
{
	double wide = (double)PLOT / (double)p->bars;

	for (size_t i = 0; i < p->bars; i++) {
		bool over = p->limit && p->past->allowed_known && p->value[i] > p->past->allowed;
		int64_t ts = p->past->since + (int64_t)i * p->bar_s;
		double y = y_of(p, p->value[i]), tall = TOP + p->height - y;

		if (!p->value[i])
			continue;
		tall = MAX(tall, 1.0);
		buf_addf(out,
			 "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
			 "<title>",
			 over ? "over" : "bar", x_of(p, ts), TOP + p->height - tall,
			 wide > 3 ? wide - 1 : wide, tall);
		add_time(out, PART_DAY_MINUTE, ts);
		buf_add_str(out, ": ");
		add_amount(out, p, p->value[i]);
		buf_add_str(out, "</title></rect>\n");
	}
}

static void add_limit(struct buf *out, const struct plot *p)
{
	double y = y_of(p, p->past->allowed);

	if (!p->limit || !p->past->allowed_known || p->past->allowed > p->top)
		return;
	buf_addf(out,
		 "<line class=\"limit\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
		 "<text class=\"limit\" x=\"%d\" y=\"%.1f\">allowed ",
		 SCALE, SCALE + PLOT, y, y, SCALE + 4, MAX(y - 5, (double)TOP + 11));
	add_amount(out, p, p->past->allowed);
	buf_add_str(out, "</text>\n");
}

static void add_axes(struct buf *out, const struct plot *p)
{
	enum time_part part = p->past->step_s >= 21600  ? PART_DAY
			      : p->past->step_s >= 3600 ? PART_DAY_MINUTE
							: PART_MINUTE;
	unsigned int base = TOP + p->height;

	for (unsigned int i = 0; i <= 2; i++) {
		unsigned int y = TOP + p->height * i / 2;
		uint64_t v = i == 0 ? p->top : i == 1 ? p->top / 2 : 0;

		buf_addf(out,
			 "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%u\" y2=\"%u\"/>"
			 "<text class=\"scale\" x=\"%d\" y=\"%u\">",
			 SCALE, SCALE + PLOT, y, y, SCALE - 6, y + 4);
		if (p->past->counts && p->limit)
			buf_add_u64(out, v);
		else
			format_bytes(out, v);
		buf_add_str(out, "</text>\n");
	}
	for (unsigned int i = 0; i <= TICKS; i++) {
		int64_t ts = p->past->since + p->bar_s * (int64_t)p->bars * i / TICKS;

		buf_addf(out, "<text class=\"%s\" x=\"%d\" y=\"%u\">",
			 i == 0       ? "first"
			 : i == TICKS ? "last"
				      : "time",
			 SCALE + (int)(PLOT * i / TICKS), base + 17);
		add_time(out, part, ts);
		buf_add_str(out, "</text>\n");
	}
}

static void add_plot(struct buf *out, struct plot *p)
{
	for (size_t i = 0; i < p->bars; i++)
		p->top = MAX(p->top, p->value[i]);
	if (p->limit && p->past->allowed_known && p->past->allowed / FLATTEN_BY <= p->top)
		p->top = MAX(p->top, p->past->allowed);
	buf_addf(out, "<svg viewBox=\"0 0 %d %u\" role=\"img\" aria-label=\"", WIDTH,
		 TOP + p->height + BOTTOM);
	html_text(out, p->title);
	buf_addf(out, "\"><text class=\"title\" x=\"%d\" y=\"13\">", SCALE);
	html_text(out, p->title);
	buf_add_str(out, "</text>\n");
	add_band(out, p);
	add_axes(out, p);
	add_bars(out, p);
	add_limit(out, p);
	buf_add_str(out, "</svg>\n");
}

void chart_svg(struct buf *out, const struct past *past)
{
	_cleanup_buf_ struct buf sent_title = BUF_INIT, judged_title = BUF_INIT;
	uint64_t judged[BARS_MAX], sent[BARS_MAX];
	struct plot p = { .past = past, .height = 90, .value = sent };

	if (past->has_series && past->count) {
		p.bars = past_columns(past, BARS_MAX, judged, sent);
		p.bar_s = (int64_t)((past->count + p.bars - 1) / p.bars) * past->step_s;
		buf_add_str(&sent_title, "Sent in each ");
		format_duration(&sent_title, (uint64_t)p.bar_s);
		p.title = sent_title.data;
		add_plot(out, &p);
		buf_addf(&judged_title, "Judged: %s in the %s up to each bar",
			 past->counts ? "destinations" : "sent", past->window);
		p = (struct plot){ .past = past,
				   .value = judged,
				   .bars = p.bars,
				   .bar_s = p.bar_s,
				   .height = 160,
				   .limit = true,
				   .title = judged_title.data };
		add_plot(out, &p);
		html_element(out, "p", "note",
			     past->allowed_known
				     ? "Shaded: while it was loud. Red: above what is allowed."
				     : "Shaded: while it was loud.");
	}
	if (*past->note)
		html_element(out, "p", "note", past->note);
}
