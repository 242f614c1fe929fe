/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers into the view's state, whole or in pieces; see ui.h.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/ui.h"

typedef int (*line_fn)(void *ctx, const char *line, size_t len);

/* Calls fn for each non-empty line from *at on, at most `lines`; stops at -ENOMEM only. 1:
 * there are more. */
static int each_line(const struct buf *b, size_t *at, size_t lines, line_fn fn, void *ctx)
{
	const char *line;
	size_t len;

	for (; lines && buf_next_line(b, at, &line, &len); lines--)
		if (len && fn(ctx, line, len) == -ENOMEM)
			return -ENOMEM;
	return lines == 0;
}

static int take_flow(void *ctx, const char *line, size_t len)
{
	return flow_table_line(ctx, line, len);
}

static int take_alert(void *ctx, const char *line, size_t len)
{
	return alert_list_line(ctx, line, len);
}

static int take_status(void *ctx, const char *line, size_t len)
{
	return status_line(ctx, line, len);
}

static void set_link(struct ui *ui, const struct snapshot *s)
{
	enum link_state state = s->error[0] ? LINK_DOWN : LINK_UP;

	snprintf(ui->link_error, sizeof(ui->link_error), "%s", s->error);
	if (state == ui->link)
		return;
	if (state == LINK_UP && ui->was_up)
		ui_say(ui, "connected again; the daemon was out of reach for %d s",
		       (int)MIN(s->wall_s - ui->link_since_s, 999999));
	ui->link = state;
	ui->link_since_s = s->wall_s;
	ui->was_up |= state == LINK_UP;
}

static int take_rest(struct ui *ui, const struct snapshot *s)
{
	size_t status_at = 0, alerts_at = 0;
	int r;

	ui->data_s = s->wall_s;
	ui->status = (struct status){ 0 };
	alert_list_clear(&ui->alerts);
	r = each_line(&s->status, &status_at, SIZE_MAX, take_status, &ui->status);
	if (r >= 0)
		r = each_line(&s->alerts, &alerts_at, SIZE_MAX, take_alert, &ui->alerts);
	alert_list_end(&ui->alerts);
	return MIN(r, 0);
}

void ui_take_begin(struct ui *ui, const struct snapshot *s)
{
	struct intake *in = &ui->intake;

	ui->now_s = s->wall_s;
	set_link(ui, s);
	if (s->error[0] || (ui->paused && !ui->past_s))
		return;
	*in = (struct intake){ .stage = INTAKE_FLOWS,
			       .snapshot = s,
			       .table = ui->past_s ? &ui->kept : &ui->flows };
	flow_table_begin(in->table);
}

/* While the past is shown the present goes on unseen. */
static int finish(struct ui *ui, int r)
{
	const uint64_t *rate = ui->view.scope_rate;

	flow_table_end(ui->intake.table);
	ui->intake = (struct intake){ 0 };
	if (ui->past_s)
		return r;
	ui_refresh(ui);
	ui->host_history[ui->flows.head] =
		(float)(rate[EG_SCOPE_PUBLIC] + rate[EG_SCOPE_PRIVATE] + rate[EG_SCOPE_LINK_LOCAL] +
			rate[EG_SCOPE_MULTICAST] + rate[EG_SCOPE_UNKNOWN]);
	return r;
}

int ui_take_more(struct ui *ui, size_t lines)
{
	struct intake *in = &ui->intake;
	int r = 0;

	if (in->stage == INTAKE_FLOWS) {
		r = each_line(&in->snapshot->flows, &in->at, lines, take_flow, in->table);
		if (r > 0)
			return 0;
		if (r == 0 && in->table == &ui->flows)
			r = take_rest(ui, in->snapshot);
		if (r < 0 || in->table != &ui->flows)
			return finish(ui, r);
		in->row = in->table->rows;
		in->stage = INTAKE_MARKS;
	}
	if (in->stage != INTAKE_MARKS)
		return 0;
	for (; lines && in->row; lines--, in->row = in->row->hh.next)
		alert_list_mark_row(&ui->alerts, in->row);
	return in->row ? 0 : finish(ui, 0);
}

int ui_take(struct ui *ui, const struct snapshot *s)
{
	ui_take_begin(ui, s);
	return ui_take_more(ui, SIZE_MAX);
}
