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
	tags_free(&ui->closed);
	tags_free(&ui->opened);
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

typedef int (*view_fn)(struct view *v, const struct flow_table *table,
		       const struct view_options *options);

static void rebuild(struct ui *ui, view_fn fn)
{
	long at;

	ui->options.filter = ui->filter;
	ui->options.user = ui->user;
	ui->options.closed = &ui->closed;
	ui->options.opened = &ui->opened;
	if (fn(&ui->view, &ui->flows, &ui->options) < 0)
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

void ui_refresh(struct ui *ui)
{
	rebuild(ui, view_build);
}

void ui_reorder(struct ui *ui)
{
	rebuild(ui, view_arrange);
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

/* While an answer is taken the marks may be of the alerts before: the alert is one that names
 * the row, or there is none until then. */
const struct alert_row *ui_alert_of_row(const struct ui *ui, const struct view_row *row)
{
	const struct alert_row *a;

	if (!row || !row->alert || row->alert > ui->alerts.count)
		return NULL;
	a = &ui->alerts.rows[row->alert - 1];
	for (size_t i = 0; a->open && i < row->flow_count; i++)
		if (row->flows[i]->alert == row->alert && alert_names_flow(a, row->flows[i]))
			return a;
	return NULL;
}

bool ui_choose_row_of(struct ui *ui, const struct alert_row *a)
{
	size_t fewest = SIZE_MAX;

	for (size_t i = 0; i < ui->view.count; i++) {
		const struct view_row *row = &ui->view.rows[i];

		/* In a tree of parents the branch's top has it too, but the nearest is meant. */
		if (fewest != SIZE_MAX && (!ui->view.parents || row->flow_count >= fewest))
			continue;
		if (!ui_alert_names_row(a, row))
			continue;
		fewest = row->flow_count;
		ui->cursor = (long)i;
		ui->selected = row->id;
	}
	return fewest != SIZE_MAX;
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

/* In one of the texts people look for; after texts_search(). What stands below the row in
 * a tree of parents is found there, unless it is not shown. */
static bool row_has_word(const struct view_row *row)
{
	size_t count = row->closed ? row->flow_count : row->own;

	if (row->name && texts_found(row->name))
		return true;
	for (size_t i = 0; i < count; i++)
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
