/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of the trees: which tree, what of it is open; see ui.h.
 */
#include "top/ui.h"

/* The cursor to the row that has this flow as its own: what one looks at stays in sight. */
static void stay_with(struct ui *ui, const struct flow_row *flow)
{
	for (size_t i = 0; i < ui->view.count; i++) {
		const struct view_row *row = &ui->view.rows[i];

		for (size_t k = 0; k < row->own; k++) {
			if (row->flows[k] != flow)
				continue;
			ui->cursor = (long)i;
			ui->selected = row->id;
			return;
		}
	}
}

/* Processes by parent, then the grouping's own tree, then none; where no parent is known
 * there is one tree less. */
static void next_tree(struct ui *ui)
{
	const struct view_row *row = ui->selected ? ui_row(ui) : NULL;
	const struct flow_row *flow = row ? row->flows[0] : NULL;
	struct view_options *o = &ui->options;

	o->tree = (enum tree)((o->tree + 1) % TREE_KINDS);
	ui_refresh(ui);
	if (flow)
		stay_with(ui, flow);
	if (o->tree == TREE_PARENTS && !ui->view.parents && ui->view.count) {
		o->tree = TREE_GROUPS;
		ui_say(ui, "%s no parents: this is each group with its processes",
		       ui->replay   ? "a trace tells"
		       : ui->past_s ? "history tells"
				    : "the daemon tells");
	} else if (o->tree == TREE_PARENTS) {
		ui_say(ui,
		       "processes below those that started them; f opens and closes, t: by group");
	}
}

static bool has_rows_below(const struct ui *ui)
{
	const struct view *v = &ui->view;
	size_t at = (size_t)ui->cursor;

	return at + 1 < v->count && v->rows[at + 1].depth > v->rows[at].depth;
}

/* Puts the row into the set, or takes it out. */
static void turn(struct ui *ui, struct tags *set, uint64_t id)
{
	if (tags_turn(set, id) < 0)
		ui_say(ui, "no more than %d rows can be opened or closed one by one", TAGS_MAX);
	ui_reorder(ui);
}

static void open_more(struct ui *ui, const struct view_row *row)
{
	if (row->closed)
		turn(ui, &ui->closed, row->id);
	else if (!tags_has(&ui->opened, row->id) && !ui->options.all_flows &&
		 (row->own > 1 || (row->own && has_rows_below(ui))))
		turn(ui, &ui->opened, row->id);
	else
		ui_say(ui, "nothing more is below it");
}

static void go_up(struct ui *ui)
{
	const struct view_row *rows = ui->view.rows;
	long at = ui->cursor;

	while (at > 0 && rows[at].depth >= rows[ui->cursor].depth)
		at--;
	if (rows[at].depth < rows[ui->cursor].depth) {
		ui->cursor = at;
		ui->selected = rows[at].id;
	}
}

static void open_less(struct ui *ui, const struct view_row *row)
{
	if (tags_has(&ui->opened, row->id))
		turn(ui, &ui->opened, row->id);
	else if (!row->closed && has_rows_below(ui))
		turn(ui, &ui->closed, row->id);
	else
		go_up(ui);
}

static void open_or_close(struct ui *ui, const struct view_row *row)
{
	if (row->closed || !has_rows_below(ui))
		open_more(ui, row);
	else
		turn(ui, &ui->closed, row->id);
}

bool ui_press_tree(struct ui *ui, uint32_t key)
{
	const struct view_row *row = ui->options.tree ? ui_row(ui) : NULL;

	switch (key) {
	case 't':
	case KEY_FUNCTION + 5: next_tree(ui); return true;
	case '*':
		ui->options.all_flows = !ui->options.all_flows;
		tags_clear(&ui->closed);
		tags_clear(&ui->opened);
		ui_reorder(ui);
		break;
	case 'f':
	case KEY_FUNCTION + 6:
		if (row)
			open_or_close(ui, row);
		break;
	case '+':
		if (row)
			open_more(ui, row);
		break;
	case '-':
		if (row)
			open_less(ui, row);
		break;
	default: return false;
	}
	if (!ui->options.tree)
		ui_say(ui, "there is nothing to open or close: t shows the tree");
	return true;
}
