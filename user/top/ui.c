/* SPDX-License-Identifier: Apache-2.0
 *
 * State of the view: answers in, cursor and links between screens; see ui.h.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/ui.h"

void ui_init(struct ui *ui)
{
	*ui = (struct ui){ .width = 80, .height = 24, .speed = 1 };
	ui->options.sort = C_SIGN;
}

void ui_free(struct ui *ui)
{
	flow_table_free(&ui->flows);
	flow_table_free(&ui->kept);
	alert_list_free(&ui->alerts);
	view_free(&ui->view);
	filter_free(ui->filter);
	menu_free(&ui->menu);
	tags_free(&ui->tags);
	inside_free(&ui->inside);
	for (int i = 0; i < ASK_KINDS; i++)
		ask_free(&ui->outbox[i]);
	*ui = (struct ui){ 0 };
}

void ui_say(struct ui *ui, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(ui->message, sizeof(ui->message), format, ap);
	va_end(ap);
}

typedef int (*line_fn)(void *ctx, const char *line, size_t len);

/* Calls fn for each non-empty line; stops at -ENOMEM only. */
static int each_line(const struct buf *b, line_fn fn, void *ctx)
{
	const char *line;
	size_t at = 0, len;

	while (buf_next_line(b, &at, &line, &len))
		if (len && fn(ctx, line, len) == -ENOMEM)
			return -ENOMEM;
	return 0;
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

/* While the past is shown the present goes on unseen. */
static int take_behind(struct ui *ui, const struct snapshot *s)
{
	int r;

	flow_table_begin(&ui->kept);
	r = each_line(&s->flows, take_flow, &ui->kept);
	flow_table_end(&ui->kept);
	return r;
}

int ui_take(struct ui *ui, const struct snapshot *s)
{
	ui->now_s = s->wall_s;
	set_link(ui, s);
	if (s->error[0])
		return 0;
	if (ui->past_s)
		return take_behind(ui, s);
	if (ui->paused)
		return 0;
	ui->data_s = s->wall_s;
	ui->status = (struct status){ 0 };
	alert_list_clear(&ui->alerts);
	flow_table_begin(&ui->flows);
	if (each_line(&s->status, take_status, &ui->status) < 0 ||
	    each_line(&s->flows, take_flow, &ui->flows) < 0 ||
	    each_line(&s->alerts, take_alert, &ui->alerts) < 0) {
		flow_table_end(&ui->flows);
		ui_refresh(ui);
		return -ENOMEM;
	}
	flow_table_end(&ui->flows);
	alert_list_end(&ui->alerts);
	alert_list_mark(&ui->alerts, &ui->flows);
	ui_refresh(ui);
	ui->host_history[ui->flows.head] = (float)(ui->view.scope_rate[EG_SCOPE_PUBLIC] +
						   ui->view.scope_rate[EG_SCOPE_PRIVATE] +
						   ui->view.scope_rate[EG_SCOPE_LINK_LOCAL] +
						   ui->view.scope_rate[EG_SCOPE_MULTICAST] +
						   ui->view.scope_rate[EG_SCOPE_UNKNOWN]);
	return 0;
}

void ui_refresh(struct ui *ui)
{
	long at;

	ui->options.filter = ui->filter;
	ui->options.user = ui->user;
	if (view_build(&ui->view, &ui->flows, &ui->options) < 0)
		ui_say(ui, "out of memory: the table is empty until there is more");
	at = ui->selected ? view_find(&ui->view, ui->selected) : -1;
	if (at >= 0)
		ui->cursor = at;
	if (ui->cursor >= (long)ui->view.count)
		ui->cursor = (long)ui->view.count - 1;
	if (ui->cursor < 0)
		ui->cursor = 0;
	if (ui->alert_cursor >= (long)ui->alerts.count)
		ui->alert_cursor = MAX((long)ui->alerts.count - 1, 0);
}

const struct view_row *ui_row(const struct ui *ui)
{
	if (ui->cursor < 0 || ui->cursor >= (long)ui->view.count)
		return NULL;
	return view_at(&ui->view, (size_t)ui->cursor);
}

const struct alert_row *ui_alert(const struct ui *ui)
{
	if (ui->alert_cursor < 0 || ui->alert_cursor >= (long)ui->alerts.count)
		return NULL;
	return &ui->alerts.rows[ui->alert_cursor];
}

bool ui_alert_names_row(const struct alert_row *a, const struct view_row *row)
{
	for (size_t i = 0; i < row->flow_count; i++)
		if (alert_names_flow(a, row->flows[i]))
			return true;
	return false;
}

const struct alert_row *ui_alert_of_row(const struct ui *ui, const struct view_row *row)
{
	/* Sorted by urgency: the first that fits is the loudest. */
	for (size_t i = 0; row && i < ui->alerts.count; i++) {
		const struct alert_row *a = &ui->alerts.rows[i];

		if (a->open && ui_alert_names_row(a, row))
			return a;
	}
	return NULL;
}

bool ui_choose_row_of(struct ui *ui, const struct alert_row *a)
{
	for (size_t i = 0; i < ui->view.count; i++) {
		if (!ui_alert_names_row(a, &ui->view.rows[i]))
			continue;
		ui->cursor = (long)i;
		ui->selected = ui->view.rows[i].id;
		return true;
	}
	return false;
}

void ui_follow(struct ui *ui)
{
	const struct alert_row *a = ui->follow_id[0] ? ui_find_alert(ui, ui->follow_id) : NULL;

	if (a && !ui_choose_row_of(ui, a))
		ui_say(ui, "the moment of the alert; no row that is shown belongs to it");
	ui->follow_id[0] = '\0';
}

const struct alert_row *ui_find_alert(const struct ui *ui, const char *id)
{
	for (size_t i = 0; i < ui->alerts.count; i++)
		if (strcmp(ui->alerts.rows[i].id, id) == 0)
			return &ui->alerts.rows[i];
	return NULL;
}

/* In one of the texts people look for; after texts_search(). */
static bool row_has_word(const struct view_row *row)
{
	for (size_t i = 0; i < row->flow_count; i++)
		for (size_t k = 0; k < FILTER_WORD_FIELDS; k++)
			if (texts_found(row->flows[i]->text[filter_word_fields[k]]))
				return true;
	return false;
}

void ui_search(struct ui *ui, int step, bool from_here)
{
	long count = (long)ui->view.count;

	if (!ui->search[0] || count == 0)
		return;
	if (!texts_search(&ui->flows.texts, ui->search))
		count = -1; /* nothing anywhere */
	for (long i = from_here ? 0 : 1; i <= count; i++) {
		long at = ((ui->cursor + i * step) % count + count) % count;
		long ahead = at + FLOW_AHEAD * step;

		if (ahead >= 0 && ahead < count)
			flow_fetch(ui->view.rows[ahead].flows[0]);
		if (!row_has_word(&ui->view.rows[at]))
			continue;
		ui->cursor = at;
		ui->selected = ui->view.rows[at].id;
		return;
	}
	ui_say(ui, "no row has \"%.60s\"", ui->search);
}

int ui_set_filter(struct ui *ui, const char *text)
{
	struct filter *f = NULL;
	int r = filter_parse(text, &f, &ui->filter_error);

	if (r < 0)
		return r;
	filter_free(ui->filter);
	ui->filter = f;
	ui->filter_bad = false;
	snprintf(ui->filter_text, sizeof(ui->filter_text), "%s", text);
	ui_refresh(ui);
	return 0;
}
