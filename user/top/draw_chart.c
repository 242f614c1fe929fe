/* SPDX-License-Identifier: Apache-2.0
 *
 * The chart of an opened row: bars in time, newest on the right, and what is allowed in a
 * bar's time as a line; see draw.h.
 */
#include "base/units.h"
#include "top/cell_text.h"
#include "top/draw.h"

#define CHART_LINES 6
#define LEFT 10   /* columns of the scale */
#define BAR_MAX 3 /* columns of one bar, with the gap behind it where it is wide */
#define LINE_CH 0x2500
#define LINE_ON_BAR 0x2501

struct bars {
	double value[CHART_BARS_MAX]; /* the newest first */
	unsigned int count;
	double allowed; /* 0 = no line */
	double top;     /* of the scale */
};

static void live_bars(const struct ui *ui, const struct view_row *row, struct bars *b)
{
	b->count = MIN(ui->flows.filled, (unsigned int)CHART_BARS_MAX);
	view_history(&ui->view, &ui->flows, row, b->value);
}

static void asked_bars(const struct chart *chart, struct bars *b)
{
	b->count = charts[chart->span].bars;
	for (unsigned int i = 0; i < b->count; i++)
		b->value[i] = (double)chart->bytes[i];
	b->allowed = chart->allowed_known ? (double)chart->allowed : 0;
}

/* An allowance far above the bars would press them flat: then it is told in words only. */
static void scale(struct bars *b)
{
	for (unsigned int i = 0; i < b->count; i++)
		b->top = MAX(b->top, b->value[i]);
	if (b->allowed > b->top && b->allowed <= b->top * 8)
		b->top = b->allowed;
}

static void draw_bar(struct canvas *c, int x, int y, int width, int steps)
{
	for (int line = 0; line < CHART_LINES && steps > 0; line++, steps -= MIN(steps, 8))
		canvas_fill(c, x, y + CHART_LINES - 1 - line, width, S_GRAPH,
			    0x2580 + (uint32_t)MIN(steps, 8));
}

static void draw_bars(struct canvas *c, const struct bars *b, int y)
{
	int room = c->width - LEFT - 2;
	int each = MAX(MIN(room / MAX((int)b->count, 1), BAR_MAX), 1);
	int shown = MIN((int)b->count, room / each);
	int right = LEFT + (each == 1 ? MIN(CHART_BARS_MAX, room) : shown * each);

	for (int i = 0; i < shown; i++) {
		int steps = b->top > 0 ? (int)(b->value[i] / b->top * CHART_LINES * 8 + 0.5) : 0;

		if (b->value[i] > 0 && steps == 0)
			steps = 1;
		draw_bar(c, right - (i + 1) * each, y, each > 1 ? each - 1 : 1, steps);
	}
	if (b->allowed > 0 && b->allowed <= b->top) {
		int at = y + CHART_LINES - 1 -
			 MIN((int)(b->allowed / b->top * CHART_LINES), CHART_LINES - 1);

		for (int x = LEFT; x < right; x++)
			if (c->cells[at * c->width + x].ch == ' ')
				canvas_fill(c, x, at, 1, S_TICKET, LINE_CH);
		(void)canvas_put(c, right + 1, at, c->width - right - 1, S_TICKET, "allowed");
	}
}

/* "a day, by hours; allowed 29.0M in 1 h, at most seen 12.0M" */
static int draw_caption(struct canvas *c, const struct ui *ui, int y)
{
	const struct chart *chart = &ui->chart;
	const struct chart_info *info = &charts[chart->span];
	char allowed[8], usual[8], text[256];

	if (chart->span == CHART_MINUTE) {
		snprintf(text, sizeof(text), "%s",
			 ui->past_s   ? "the hour before, by minutes"
			 : ui->replay ? "the last 60 answers"
				      : "the last minute");
	} else if (ui_waits(ui, ASK_CHART)) {
		snprintf(text, sizeof(text), "%s: loading ...", info->name);
	} else if (chart->error[0]) {
		snprintf(text, sizeof(text), "%s: %s", info->name, chart->error);
	} else {
		format_short(allowed, chart->allowed);
		format_short(usual, chart->usual);
		snprintf(text, sizeof(text),
			 chart->allowed_known ? "%s; allowed %s in %s, %s %s"
					      : "%s; no allowance is known for this row",
			 info->name, allowed, info->horizon,
			 chart->usual ? "at most seen" : "never seen in a whole day",
			 chart->usual ? usual : "");
	}
	return draw_wrapped(c, 1, y, c->width - 2, 3, S_DIM, text);
}

int draw_chart(struct canvas *c, const struct ui *ui, const struct view_row *row, int y)
{
	struct bars b = { .count = 0 };
	char text[CELL_MAX];

	if (ui->chart.span == CHART_MINUTE || ui->replay)
		live_bars(ui, row, &b);
	else
		asked_bars(&ui->chart, &b);
	y = draw_caption(c, ui, y);
	scale(&b);
	cell_num(true, (uint64_t)b.top, text);
	(void)canvas_putf(c, 1, y, 9, S_DIM, "%6s%s", text,
			  ui->chart.span == CHART_MINUTE ? "/s" : "");
	(void)canvas_put(c, 1, y + CHART_LINES - 1, 9, S_DIM, "     0  ");
	draw_bars(c, &b, y);
	return y + CHART_LINES;
}
