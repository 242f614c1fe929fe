/* SPDX-License-Identifier: Apache-2.0
 *
 * See chart_text.h.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "ctl/chart_text.h"
#include "ctl/past.h"

enum {
	LINES = 8,
	LEFT = 10,       /* columns of the scale, with its edge */
	WIDTH_MIN = 30,  /* of a chart that says anything */
	WIDTH_MAX = 132, /* bars further apart say no more */
	BAR_MAX = 3,     /* columns of one bar, with its gap */
	FLATTENS = 8,    /* an allowance so many times the bars would press them flat */
};

struct canvas {
	const struct past *past;
	const struct chart_text_style *style;
	uint64_t judged[WIDTH_MAX], tx[WIDTH_MAX];
	size_t bars;
	unsigned int each;  /* columns of a bar */
	uint64_t top;       /* of the scale */
	unsigned int limit; /* line of the allowance from below; LINES: none */
};

static void short_amount(const struct canvas *c, uint64_t v, char ret[24])
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (!c->past->counts)
		format_bytes(&text, v);
	else
		buf_add_u64(&text, v);
	snprintf(ret, 24, "%s", text.data ? text.data : "");
}

static void scale(struct canvas *c)
{
	const struct past *p = c->past;

	for (size_t i = 0; i < c->bars; i++)
		c->top = MAX(c->top, c->judged[i]);
	c->limit = LINES;
	if (!p->allowed_known || !p->allowed || (c->top && p->allowed / FLATTENS > c->top))
		return;
	c->top = MAX(c->top, p->allowed);
	c->limit = (unsigned int)((double)p->allowed / (double)c->top * LINES);
	c->limit = MIN(c->limit, (unsigned int)LINES - 1);
}

/* Eighths of a line. */
static unsigned int height(const struct canvas *c, uint64_t v)
{
	unsigned int eighths =
		c->top ? (unsigned int)((double)v / (double)c->top * LINES * 8 + 0.5) : 0;

	return v && !eighths ? 1 : eighths;
}

static const char *block(const struct canvas *c, unsigned int eighths)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

	if (c->style->utf8)
		return blocks[MIN(eighths, 8u)];
	return eighths == 0 ? " " : eighths < 4 ? "." : eighths < 8 ? ":" : "#";
}

/* A bar's part of a line, red where the bar is above the allowance. */
static void add_cell(struct buf *out, const struct canvas *c, size_t bar, unsigned int line)
{
	unsigned int all = height(c, c->judged[bar]);
	unsigned int here = all > line * 8 ? all - line * 8 : 0;
	bool loud = c->past->allowed_known && c->judged[bar] > c->past->allowed;
	const char *empty = line != c->limit ? " " : c->style->utf8 ? "─" : "-";
	/* A bar below the allowance does not hide it. */
	bool below = line == c->limit && c->judged[bar] <= c->past->allowed;
	unsigned int wide = c->each > 1 ? c->each - 1 : 1;

	for (unsigned int x = 0; x < c->each; x++) {
		if (!here || below || x >= wide) {
			buf_add_str(out, empty);
			continue;
		}
		if (loud && c->style->color)
			buf_add_str(out, "\033[31m");
		buf_add_str(out, block(c, here));
		if (loud && c->style->color)
			buf_add_str(out, "\033[0m");
	}
}

static void add_line(struct buf *out, const struct canvas *c, unsigned int line)
{
	char label[24] = "";
	bool top = line == LINES - 1;

	if (top)
		short_amount(c, c->top, label);
	else if (line == c->limit)
		snprintf(label, sizeof(label), "allowed");
	else if (line == 0)
		snprintf(label, sizeof(label), "0");
	buf_addf(out, "%*s %s", LEFT - 2, label, c->style->utf8 ? "│" : "|");
	for (size_t i = 0; i < c->bars; i++)
		add_cell(out, c, i, line);
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_add_char(out, '\n');
}

/* "2026-05-01 13:02" without what both ends share. */
static void axis_time(char ret[32], int64_t ts, uint32_t step_s)
{
	struct tm tm;
	time_t t = (time_t)ts;

	ret[0] = '\0';
	if (gmtime_r(&t, &tm))
		(void)strftime(ret, 32, step_s >= 86400 ? "%Y-%m-%d" : "%m-%d %H:%MZ", &tm);
}

static void add_axis(struct buf *out, const struct canvas *c)
{
	char first[32], last[32];
	size_t columns = c->bars * c->each, used;

	axis_time(first, c->past->since, c->past->step_s);
	axis_time(last, c->past->until, c->past->step_s);
	used = strlen(first) + strlen(last);
	buf_addf(out, "%*s%s", LEFT, "", first);
	buf_addf(out, "%*s%s\n", columns > used ? (int)(columns - used) : 1, "", last);
}

/* Under which bars it was loud. */
static void add_marks(struct buf *out, const struct canvas *c)
{
	const struct past *p = c->past;
	size_t steps = (p->count + c->bars - 1) / c->bars;
	int64_t bar_s = (int64_t)steps * p->step_s;
	bool any = false;

	buf_addf(out, "%*s", LEFT, "");
	for (size_t i = 0; i < c->bars; i++) {
		int64_t from = p->since + (int64_t)i * bar_s;
		bool loud = from < MAX(p->last_ts, p->first_ts + 1) && from + bar_s > p->first_ts;

		for (unsigned int x = 0; x < c->each; x++)
			buf_add_char(out, loud && x == 0 ? '^' : ' ');
		any |= loud;
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_add_str(out, any ? " loud\n" : "\n");
}

static void add_legend(struct buf *out, const struct canvas *c)
{
	const struct past *p = c->past;
	size_t steps = (p->count + c->bars - 1) / c->bars;
	char amount[24];

	buf_add_str(out, "  A bar is ");
	format_duration(out, steps * p->step_s);
	buf_addf(out, ": the most %s in any %s that ended in it.",
		 p->counts ? "destinations it sent to" : "it sent", p->window);
	if (p->allowed_known) {
		short_amount(c, p->allowed, amount);
		buf_addf(out, "\n  Allowed: %s", amount);
		short_amount(c, p->usual, amount);
		buf_addf(out, ", normal: %s%s.", p->usual ? "at most " : "",
			 p->usual ? amount : "never");
	}
	buf_add_char(out, '\n');
	if (*p->note)
		buf_addf(out, "  %s\n", p->note);
}

void chart_text(struct buf *out, const struct past *past, const struct chart_text_style *style)
{
	unsigned int width = MIN(MAX(style->width, (unsigned int)WIDTH_MIN), WIDTH_MAX + LEFT);
	size_t room = MIN(width - LEFT, (unsigned int)WIDTH_MAX);
	struct canvas c = { .past = past, .style = style };

	if (!past->has_series || !past->count) {
		if (*past->note)
			buf_addf(out, "  %s\n", past->note);
		return;
	}
	c.bars = past_columns(past, room, c.judged, c.tx);
	c.each = MAX(MIN((unsigned int)(room / c.bars), (unsigned int)BAR_MAX), 1u);
	scale(&c);
	for (unsigned int line = LINES; line-- > 0;)
		add_line(out, &c, line);
	add_axis(out, &c);
	add_marks(out, &c);
	add_legend(out, &c);
}
