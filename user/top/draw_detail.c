/* SPDX-License-Identifier: Apache-2.0
 *
 * An opened row: who, how much, the last minute as a chart, each flow, and the
 * alerts that name it; see draw.h.
 */
#include "top/cell_text.h"
#include "top/draw.h"

#define FLOWS_MAX 200 /* of one row; the rest is counted */
#define RELATED_MAX 5
#define WHO_ROOM 28
#define WHO_WIDTH 100 /* of a screen that has room for it */

static int draw_field(struct canvas *c, int y, const char *label, const char *value)
{
	if (strcmp(value, "-") == 0 || strcmp(value, "several") == 0)
		return y; /* what the flows below differ in stands there */
	(void)canvas_put(c, 1, y, 14, S_DIM, label);
	return MAX(draw_wrapped(c, 16, y, c->width - 17, 3, S_PLAIN, value), y + 1);
}

static int draw_parent(struct canvas *c, const struct view_row *row, int y)
{
	const char *name = view_text(row, T_PARENT);
	char text[CELL_MAX];

	if (!row->num[N_PARENT_PID] || name[0] == '-' || strcmp(name, "several") == 0)
		return draw_field(c, y, "parent", name);
	snprintf(text, sizeof(text), "%.60s, process %u", name,
		 (unsigned int)row->num[N_PARENT_PID]);
	return draw_field(c, y, "parent", text);
}

static int draw_who(struct canvas *c, const struct view_row *row, int y)
{
	char text[CELL_MAX];

	if (strcmp(view_text(row, T_PROCESS), view_text(row, T_WORKLOAD_NAME)) != 0)
		y = draw_field(c, y, "process", view_text(row, T_PROCESS));
	y = draw_field(c, y, "executable", view_text(row, T_EXE));
	y = draw_field(c, y, "command line", view_text(row, T_CMDLINE));
	y = draw_parent(c, row, y);
	cell_text(row, C_PID, 0, text);
	y = draw_field(c, y, "process id", text);
	y = draw_field(c, y, "started", view_text(row, T_START));
	y = draw_field(c, y, "user", view_text(row, T_USER));
	y = draw_field(c, y, "container", view_text(row, T_CONTAINER));
	cell_text(row, C_POD, 0, text);
	y = draw_field(c, y, "pod", text);
	y = draw_field(c, y, "unit", view_text(row, T_UNIT));
	y = draw_field(c, y, "image", view_text(row, T_IMAGE));
	y = draw_field(c, y, "session", view_text(row, T_SESSION));
	y = draw_field(c, y, "client", view_text(row, T_CLIENT));
	y = draw_field(c, y, "command", view_text(row, T_COMMAND));
	cell_text(row, C_AS, 0, text);
	y = draw_field(c, y, "to network", text);
	y = draw_field(c, y, "sent to since", view_text(row, T_DST_SINCE));
	return y;
}

static int draw_sums(struct canvas *c, const struct view_row *row, int y)
{
	static const struct {
		enum column column;
		const char *label;
	} sums[] = { { C_1S, "1s" },      { C_10S, "10s" },          { C_60S, "60s" },
		     { C_TOTAL, "sent" }, { C_WIRE, "wire" },        { C_RETRANS, "sent again" },
		     { C_READ, "read" },  { C_RATIO, "of allowed" }, { C_BASE, "normal" } };
	int x = 1;

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		char text[CELL_MAX];
		int need;

		cell_text(row, sums[i].column, 0, text);
		if (strcmp(text, "-") == 0)
			continue;
		need = canvas_width(sums[i].label) + 1 + MAX(canvas_width(text), 6);
		if (x > 1 && x + need > c->width) {
			x = 1;
			y++;
		}
		(void)canvas_put(c, x, y, c->width - x, S_DIM, sums[i].label);
		(void)canvas_put(c, x + canvas_width(sums[i].label) + 1, y, c->width - x, S_PLAIN,
				 text);
		x += need + 2;
	}
	return y + 1;
}

/* Where the columns of the flows stand; who_room 0: the page is about one process. */
struct flow_places {
	int who_room, dest_room;
};

static struct flow_places place_flows(const struct canvas *c, const struct view_row *row)
{
	bool several = (!row->num[N_PID] || row->own < row->flow_count) && !row->other;
	struct flow_places p = { .who_room = several && c->width >= WHO_WIDTH ? WHO_ROOM : 0 };

	p.dest_room = MAX(c->width - 47 - p.who_room, 15);
	return p;
}

/* "31670 app@orders": the process, and the session behind it or its name. */
static void who_text(const struct view_row *row, char out[CELL_MAX])
{
	const char *session = view_text(row, T_SESSION);

	snprintf(out, CELL_MAX, "%u %.60s", (unsigned int)row->num[N_PID],
		 session[0] != '-' ? session : view_text(row, T_PROCESS));
}

static int draw_flow(struct canvas *c, const struct flow_row *flow, const struct flow_places *p,
		     int y)
{
	static const enum column numbers[] = { C_1S, C_60S, C_TOTAL };
	const struct flow_row *one[] = { flow };
	struct view_row row = { .flows = one, .flow_count = 1, .own = 1 };
	uint8_t style = flow->ended ? S_DIM : S_PLAIN;
	int x = 11 + p->who_room;
	char text[CELL_MAX];

	view_sum(&row);
	cell_via(&row, text);
	(void)canvas_put(c, 1, y, 9, style, text);
	who_text(&row, text);
	if (p->who_room)
		(void)canvas_put_cut(c, 11, y, p->who_room - 1, style, text);
	cell_dest(&row, text);
	(void)canvas_put_cut(c, x, y, p->dest_room, style, text);
	x += p->dest_room + 1;
	(void)canvas_put(c, x, y, 10, style, view_text(&row, T_SCOPE));
	x += 11;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++, x += 8) {
		cell_text(&row, numbers[i], 0, text);
		canvas_put_right(c, x, y, 7, style, text);
	}
	return y + 1;
}

static int draw_flows(struct canvas *c, const struct view_row *row, int y)
{
	struct flow_places p = place_flows(c, row);

	canvas_fill(c, 0, y, c->width, S_HEADER, ' ');
	(void)canvas_put(c, 1, y, 9, S_HEADER, "VIA");
	if (p.who_room)
		(void)canvas_put(c, 11, y, p.who_room, S_HEADER, "PID AND WHO");
	(void)canvas_put(c, 11 + p.who_room, y, p.dest_room, S_HEADER, "DESTINATION");
	(void)canvas_put(c, 12 + p.who_room + p.dest_room, y++, c->width, S_HEADER,
			 "SCOPE           1s     60s   TOTAL");
	for (size_t i = 0; i < row->flow_count && i < FLOWS_MAX; i++)
		y = draw_flow(c, row->flows[i], &p, y);
	if (row->flow_count > FLOWS_MAX)
		(void)canvas_putf(c, 1, y++, c->width - 1, S_DIM, "and %zu flows more",
				  row->flow_count - FLOWS_MAX);
	return y + 1;
}

/* Every open alert that names one of its flows, the loudest first. */
static int draw_related(struct canvas *c, const struct ui *ui, const struct view_row *row, int y)
{
	int start = y;

	for (size_t i = 0, n = 0; i < ui->alerts.count && n < RELATED_MAX; i++) {
		const struct alert_row *a = &ui->alerts.rows[i];

		if (!a->open || !ui_alert_names_row(a, row))
			continue;
		n++;
		(void)canvas_put(c, 1, y, 1, draw_level_style(a->level), draw_level_sign(a->level));
		y = MAX(draw_wrapped(c, 3, y, c->width - 4, 6, S_PLAIN, a->reason), y + 1);
	}
	return y > start ? y + 1 : y;
}

int draw_detail(struct canvas *c, const struct ui *ui)
{
	long at = view_find(&ui->view, ui->detail_id);
	const struct view_row *row = at >= 0 ? view_at(&ui->view, (size_t)at) : NULL;
	char text[CELL_MAX];
	int y = 0;

	if (!row) {
		(void)canvas_put_cut(
			c, 1, 1, c->width - 1, S_PLAIN,
			"This row is gone: it ended more than an hour ago, or is filtered away.");
		return 2;
	}
	view_sort_flows(&ui->view, (size_t)at);
	cell_text(row, column_lead(ui->view.facts.group), 0, text);
	(void)canvas_putf(c, 1, y, c->width - 1, S_SORTED, "%s%s", text,
			  row->ended ? "   (ended)" : "");
	y = draw_who(c, row, y + 1);
	if (row->own < row->flow_count)
		y = draw_field(c, y, "sums", "of its branch: the processes below it too");
	y++;
	y = draw_related(c, ui, row, y);
	y = draw_sums(c, row, y) + 1;
	y = draw_chart(c, ui, row, y) + 1;
	y = draw_flows(c, row, y);
	return draw_inside(c, ui, row, y);
}
