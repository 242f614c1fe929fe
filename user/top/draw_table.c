/* SPDX-License-Identifier: Apache-2.0
 *
 * The main table: titles, rows, cursor; see draw.h.
 */
#include "top/cell_text.h"
#include "top/draw.h"

#define WIDE_STEPS 4 /* of a tree; deeper ones are one cell wide */

struct table_place {
	const struct ui *ui;
	const struct column_place *places;
	int count;
	uint64_t shown_rate;
};

static void draw_titles(struct canvas *c, const struct table_place *t, int y)
{
	const struct view_options *o = &t->ui->options;

	canvas_fill(c, 0, y, c->width, S_HEADER, ' ');
	for (int i = 0; i < t->count; i++) {
		const struct column_place *p = &t->places[i];
		const struct column_info *info = &columns[p->column];
		bool sorts = p->column == o->sort;
		uint8_t style = sorts ? S_SORTED : S_HEADER;
		char title[32];

		if (p->column == C_SIGN)
			snprintf(title, sizeof(title), "%s",
				 sorts ? (o->invert ? "▲!" : "▼!") : "!");
		else
			snprintf(title, sizeof(title), "%s%s",
				 !sorts      ? ""
				 : o->invert ? "▲"
					     : "▼",
				 info->title);
		if (info->right && canvas_width(title) > p->width) /* the sign stands in the gap */
			(void)canvas_put(c, MAX(p->x - 1, 0), y, p->width + 1, style, title);
		else if (info->right)
			canvas_put_right(c, p->x, y, p->width, style, title);
		else
			(void)canvas_put(c, p->x, y, p->width, style, title);
	}
}

static uint8_t row_style(const struct view_row *row)
{
	if (row->ended || row->other)
		return S_DIM;
	return row->level ? draw_level_style(row->level) : S_PLAIN;
}

/* "  └ ", "  └+" where rows below are not shown; returns its width. Deep steps are narrow,
 * and half of the column is left for the name. */
static int draw_indent(struct canvas *c, const struct column_place *p, const struct view_row *row,
		       int y)
{
	int x = p->x, above = (int)row->depth - 1;

	if (row->depth)
		x += MIN(2 * above - MAX(above - WIDE_STEPS, 0), MAX((p->width - 4) / 2, 0));
	if (row->depth)
		x += canvas_put(c, x, y, p->width, S_DIM, "└");
	if (row->closed)
		x += canvas_put(c, x, y, 1, S_KEY, "+");
	else if (row->depth)
		x++;
	return x - p->x;
}

static void draw_row(struct canvas *c, const struct table_place *t, const struct view_row *row,
		     int y)
{
	for (int i = 0; i < t->count; i++) {
		const struct column_place *p = &t->places[i];
		uint8_t style = row_style(row);
		int indent = 0;
		char text[CELL_MAX];

		if (p->column == C_SPARK) {
			double minute[HISTORY_SLOTS];

			view_history(&t->ui->view, &t->ui->flows, row, minute);
			draw_spark(c, p->x, y, p->width, t->ui->flows.filled,
				   row->ended ? S_DIM : S_GRAPH, minute);
			continue;
		}
		/* A row's own colour on its sign and numbers is enough; an alert row
		 * would otherwise shout in every word. */
		if (!columns[p->column].right && p->column != C_SIGN && !row->ended && !row->other)
			style = row->name ? S_DIM : S_PLAIN;
		cell_text(row, p->column, t->shown_rate, text);
		if (p->column == C_SIGN && tags_has(&t->ui->tags, row->id))
			(void)canvas_put(c, p->x + 1, y, 1, S_KEY, "*");
		if (p->column == column_lead(t->ui->view.facts.group))
			indent = draw_indent(c, p, row, y);
		if (columns[p->column].right)
			canvas_put_right(c, p->x, y, p->width, style, text);
		else
			(void)canvas_put_cut(c, p->x + indent, y, p->width - indent, style, text);
	}
}

/* The ended say so even without colour: in place of a rate that is gone. */
static void draw_ended(struct canvas *c, const struct table_place *t, const struct view_row *row,
		       int y)
{
	for (int i = 0; row->ended && i < t->count; i++) {
		if (t->places[i].column != C_1S)
			continue;
		canvas_put_right(c, t->places[i].x, y, t->places[i].width, S_DIM, "ended");
	}
}

static void draw_empty(struct canvas *c, const struct ui *ui, int y)
{
	const char *text = "Nothing has left this host since counting began.";

	if (!ui->was_up)
		text = ui->link == LINK_DOWN ? "No answer from the daemon yet."
					     : "Asking the daemon ...";
	else if (ui->past_s)
		text = "Nothing left this host in the hour before.";
	else if (ui->view.hidden)
		text = "No row matches the filter. Escape clears it.";
	(void)canvas_put_cut(c, 3, y, c->width - 3, S_DIM, text);
}

void draw_table(struct canvas *c, struct ui *ui, int y, int height)
{
	struct column_place places[C_COUNT];
	struct table_place t = { .ui = ui, .places = places };
	int rows = height - 1;

	t.count = column_layout(c->width, &ui->view.facts, places);
	t.shown_rate = ui->view.shown_rate;
	ui->table_y = y;
	draw_titles(c, &t, y++);
	if (rows <= 0)
		return;
	if (ui->view.count == 0) {
		draw_empty(c, ui, y + 1 < c->height ? y + 1 : y);
		return;
	}
	if (ui->cursor < ui->top)
		ui->top = ui->cursor;
	if (ui->cursor >= ui->top + rows)
		ui->top = ui->cursor - rows + 1;
	ui->top = MAX(MIN(ui->top, (long)ui->view.count - rows), 0);
	for (long i = ui->top; i < (long)ui->view.count && i < ui->top + rows; i++, y++) {
		const struct view_row *row = view_at(&ui->view, (size_t)i);

		draw_row(c, &t, row, y);
		draw_ended(c, &t, row, y);
		if (i == ui->cursor)
			canvas_select_line(c, y);
	}
}
