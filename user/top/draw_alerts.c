/* SPDX-License-Identifier: Apache-2.0
 *
 * The alerts screen: one line each, the reason of the chosen one below; see draw.h.
 */
#include "base/units.h"
#include "base/vocab.h"
#include "top/draw.h"

#define REASON_LINES 4

static void draw_line(struct canvas *c, const struct alert_row *a, int y)
{
	uint8_t style = alert_is_loud(a) ? S_PLAIN : S_DIM;
	char since[32], sent[8];
	int x = 0;

	format_time(since, a->first_ts ? a->first_ts : a->ts);
	format_short(sent, a->sent);
	(void)canvas_put(c, 0, y, 1, alert_is_loud(a) ? draw_level_style(a->level) : S_DIM,
			 draw_level_sign(a->level));
	(void)canvas_put(c, 2, y, 6, style, level_name(a->level));
	(void)canvas_put(c, 9, y, 6, a->open && a->asks ? S_NOTICE : style, alert_state(a));
	x = 16;
	if (c->width >= 60) {
		(void)canvas_putf(c, x, y, 15, style, "%.5s %.9s", since + 5, since + 11);
		x += 16;
	}
	canvas_put_right(c, x, y, 6, style, sent);
	(void)canvas_put_cut(c, x + 8, y, c->width - x - 8, style,
			     a->subject[0] ? a->subject : a->reason);
}

void draw_alerts(struct canvas *c, struct ui *ui, int y, int height)
{
	const struct alert_row *chosen = ui_alert(ui);
	int reason = height >= 10 ? REASON_LINES + 1 : height >= 5 ? 2 : 0;
	int rows = height - 1 - reason, end = y + height;

	canvas_fill(c, 0, y, c->width, S_HEADER, ' ');
	(void)canvas_put(c, 0, y, c->width, S_HEADER,
			 c->width >= 60 ? "! LEVEL  STATE  SINCE             SENT  WHO AND WHERE"
					: "! LEVEL  STATE    SENT  WHO AND WHERE");
	y++;
	if (!chosen) {
		(void)canvas_put_cut(c, 2, y + 1, c->width - 2, S_DIM,
				     ui->status.known ? "No alert is open, and none closed lately."
						      : "Not known: the daemon has not answered.");
		return;
	}
	rows = MAX(rows, 1);
	if (ui->alert_cursor < ui->alert_top)
		ui->alert_top = ui->alert_cursor;
	if (ui->alert_cursor >= ui->alert_top + rows)
		ui->alert_top = ui->alert_cursor - rows + 1;
	for (long i = ui->alert_top; i < (long)ui->alerts.count && i < ui->alert_top + rows;
	     i++, y++) {
		draw_line(c, &ui->alerts.rows[i], y);
		if (i == ui->alert_cursor)
			canvas_select_line(c, y);
	}
	if (reason > 1) {
		y = draw_alert_question(c, chosen, end - reason + 1);
		(void)draw_wrapped(c, 2, y, c->width - 4, end - y, S_PLAIN, chosen->reason);
	}
}
