/* SPDX-License-Identifier: Apache-2.0
 *
 * What each key does on each screen; the help page and docs/egresstop.md list the
 * same keys. htop's where htop has them.
 */
#include "top/ui.h"

static void go(struct ui *ui, enum ui_screen screen)
{
	if (screen != ui->screen && ui->screen != SCREEN_HELP && ui->screen != SCREEN_EXPLAIN)
		ui->came_from = ui->screen;
	ui->screen = screen;
	ui->page_top = 0;
}

static void back(struct ui *ui)
{
	enum ui_screen to = ui->screen == ui->came_from ? SCREEN_MAIN : ui->came_from;

	ui->came_from = SCREEN_MAIN;
	ui->screen = ui->screen == SCREEN_DETAIL || ui->screen == SCREEN_ALERTS ||
				     ui->screen == SCREEN_MENU
			     ? SCREEN_MAIN
			     : to;
	ui->page_top = 0;
}

/* The sort column moves among those on the screen. */
static void move_sort(struct ui *ui, int step)
{
	struct column_place places[C_COUNT];
	int count = column_layout(ui->width, &ui->view.facts, places), at = 0;

	for (int i = 0; i < count; i++)
		if (places[i].column == ui->options.sort)
			at = i;
	ui->options.sort = places[(at + step + count) % count].column;
	ui->options.invert = false;
	ui->options.freeze = false;
	ui_reorder(ui);
}

static void set_sort(struct ui *ui, enum column column)
{
	ui->options.sort = column;
	ui->options.invert = false;
	ui->options.freeze = false;
	ui_reorder(ui);
}

static void next_group(struct ui *ui, int step)
{
	tags_clear(&ui->tags); /* they were rows of the other grouping */
	if (ui->view.parents)
		ui->options.tree = TREE_GROUPS; /* the tree of parents knows no groups */
	ui->options.group = (enum group)(((int)ui->options.group + step + G_COUNT) % G_COUNT);
	ui->selected = 0;
	ui->cursor = ui->top = 0;
	ui_refresh(ui);
}

static void toggle_pause(struct ui *ui)
{
	ui->paused = !ui->paused;
	if (ui->past_s) {
		ui_say(ui, ui->paused ? "stopped" : "playing; + and - change the speed");
		return;
	}
	ui_say(ui, ui->paused ? "paused: counting goes on, the screen stands still; Z goes on"
			      : "live");
}

const struct alert_row *ui_present_alert(const struct ui *ui)
{
	if (ui->screen == SCREEN_ALERTS)
		return ui_alert(ui);
	if (ui->screen == SCREEN_EXPLAIN)
		return ui_find_alert(ui, ui->alert_id);
	return ui_alert_of_row(ui, ui_row(ui));
}

static void open_explain(struct ui *ui)
{
	const struct alert_row *a = ui_present_alert(ui);

	snprintf(ui->alert_id, sizeof(ui->alert_id), "%s", a ? a->id : "");
	go(ui, SCREEN_EXPLAIN);
}

static void open_detail(struct ui *ui)
{
	const struct view_row *row = ui_row(ui);

	if (!row)
		return;
	ui->detail_id = ui->selected = row->id;
	go(ui, SCREEN_DETAIL);
}

/* From an alert to the row it is about. */
static void jump_to_row(struct ui *ui)
{
	const struct alert_row *a = ui_alert(ui);

	if (a && ui_choose_row_of(ui, a))
		go(ui, SCREEN_MAIN);
	else if (a)
		ui_say(ui,
		       ui->filter_text[0] || ui->user[0]
			       ? "no row that is shown belongs to this alert; the filter hides some"
			       : "its row has ended long ago; @ goes to the moment of the alert");
}

/* A title sorts by its column (again: the other way round); a row is chosen, the
 * chosen one opens. */
static void click(struct ui *ui)
{
	struct column_place places[C_COUNT];
	int count = column_layout(ui->width, &ui->view.facts, places);
	long row = ui->top + ui->mouse.y - ui->table_y - 1;

	for (int i = 0; ui->mouse.y == ui->table_y && i < count; i++) {
		if (ui->mouse.x < places[i].x || ui->mouse.x > places[i].x + places[i].width)
			continue;
		if (ui->options.sort != places[i].column) {
			set_sort(ui, places[i].column);
		} else {
			ui->options.invert = !ui->options.invert;
			ui_reorder(ui);
		}
		return;
	}
	if (ui->mouse.y <= ui->table_y || row >= (long)ui->view.count ||
	    ui->mouse.y >= ui->height - 1)
		return;
	if (row == ui->cursor && ui->selected)
		open_detail(ui);
	ui->cursor = row;
	ui->selected = ui->view.rows[row].id;
}

static void next_chart(struct ui *ui)
{
	if (ui->replay) {
		ui_say(ui, "a replay has the chart of its last answers only");
		return;
	}
	ui->chart = (struct chart){ .span = (ui->chart.span + 1) % CHART_SPANS };
	ui->awaited[ASK_CHART] = 0;
}

/* As in htop: tags the row and goes on to the next. */
static void tag_row(struct ui *ui)
{
	const struct view_row *row = ui_row(ui);

	if (!row)
		return;
	if (tags_turn(&ui->tags, row->id) < 0)
		ui_say(ui, "no more than %d rows can be tagged", TAGS_MAX);
	(void)ui_press_move(ui, KEY_ARROW_DOWN);
}

static void open_menu(struct ui *ui, enum menu_kind kind)
{
	if (menu_open(ui, kind) == 0)
		go(ui, SCREEN_MENU);
}

static void press_main(struct ui *ui, uint32_t key)
{
	size_t n;

	switch (key) {
	case KEY_RETURN: open_detail(ui); break;
	case KEY_MOUSE_CLICK: click(ui); break;
	case '<':
	case ',':
	case KEY_ARROW_LEFT: move_sort(ui, -1); break;
	case '>':
	case '.':
	case KEY_ARROW_RIGHT: move_sort(ui, 1); break;
	case 'I':
		ui->options.invert = !ui->options.invert;
		ui_reorder(ui);
		break;
	case ' ': tag_row(ui); break;
	case 'U': tags_clear(&ui->tags); break;
	case 'u': open_menu(ui, MENU_USER); break;
	case 'C': open_menu(ui, MENU_COLUMNS); break;
	case 'H':
		if (ui->replay)
			ui->seek = (struct seek){ SEEK_HOST, 0 };
		break;
	case 'S':
	case KEY_FUNCTION + 2: open_menu(ui, MENU_SETUP); break;
	case '!': set_sort(ui, C_SIGN); break;
	case 'T': set_sort(ui, C_TOTAL); break;
	case 'R': set_sort(ui, C_1S); break;
	case 'g': next_group(ui, 1); break;
	case 'b': next_group(ui, -1); break;
	case 'o':
		ui->options.freeze = !ui->options.freeze;
		ui_say(ui, ui->options.freeze
				   ? "order frozen: rows stay where they are, numbers go on"
				   : "rows are sorted again");
		ui_reorder(ui);
		break;
	case 'L':
		ui->options.all_scopes = !ui->options.all_scopes;
		ui_say(ui,
		       ui->options.all_scopes
			       ? "shown too: loopback, host-local hand-offs, sockets that sent nothing"
			       : "only what leaves the host is shown");
		ui_refresh(ui);
		break;
	case 'x':
		n = flow_table_dismiss(&ui->flows);
		ui_say(ui, "%zu ended flows sent away; their bytes stay in the totals", n);
		ui_refresh(ui);
		break;
	case '/':
	case KEY_FUNCTION + 3: prompt_open(ui, PROMPT_SEARCH); break;
	case '\\':
	case KEY_FUNCTION + 4: prompt_open(ui, PROMPT_FILTER); break;
	case 'n': ui_search(ui, 1, false); break;
	case 'N': ui_search(ui, -1, false); break;
	case KEY_ESCAPE:
		ui->user[0] = '\0';
		if (ui->filter_text[0]) {
			(void)ui_set_filter(ui, "");
			ui_say(ui, "filter cleared");
		}
		ui_refresh(ui);
		break;
	default: break;
	}
}

/* Keys that mean the same on every screen; false if it is none of them. */
static bool press_common(struct ui *ui, uint32_t key)
{
	switch (key) {
	case 'q':
	case KEY_FUNCTION + 10:
		if (ui->screen == SCREEN_MAIN)
			ui->quit = true;
		else
			back(ui);
		return true;
	case 'Q':
	case 'C' - '@': ui->quit = true; return true;
	case '?':
	case 'h':
	case KEY_FUNCTION + 1: go(ui, SCREEN_HELP); return true;
	case 'a':
		if (ui->screen == SCREEN_ALERTS)
			back(ui);
		else
			go(ui, SCREEN_ALERTS);
		return true;
	case 'e': open_explain(ui); return true;
	case 'k': change_begin(ui, CHANGE_ACK); return true;
	case 's': change_begin(ui, CHANGE_SILENCE); return true;
	case 'y': change_begin(ui, CHANGE_APPROVE); return true;
	case 'd': change_begin(ui, CHANGE_DECLINE); return true;
	case 'K':
	case 'c':
		ui_say(ui, "throttle and cut are not offered: this daemon only watches");
		return true;
	case 'Z':
	case 'p': toggle_pause(ui); return true;
	default: return false;
	}
}

/* The moment that was asked for is not wanted any more. */
static bool cancel_past(struct ui *ui, uint32_t key)
{
	if (key != KEY_ESCAPE || !ui_waits(ui, ASK_PAST))
		return false;
	ui->awaited[ASK_PAST] = 0;
	ui->paused = ui->past_s != 0;
	ui_say(ui, "not waited for any longer");
	return true;
}

void ui_press(struct ui *ui, uint32_t key)
{
	ui->message[0] = '\0';
	if (ui->prompt) {
		prompt_press(ui, key);
		return;
	}
	if (cancel_past(ui, key))
		return;
	if (press_common(ui, key) || ui_press_time(ui, key) || ui_press_move(ui, key))
		return;
	if (ui->screen == SCREEN_MAIN && ui_press_tree(ui, key))
		return;
	if (ui->screen == SCREEN_MAIN)
		press_main(ui, key);
	else if (key == KEY_TAB && ui->screen == SCREEN_DETAIL)
		next_chart(ui);
	else if (ui->screen == SCREEN_MENU && (key == KEY_RETURN || key == ' '))
		menu_press(ui, key);
	else if (key == KEY_RETURN && ui->screen == SCREEN_ALERTS)
		jump_to_row(ui);
	else if (key == KEY_ESCAPE || key == KEY_ARROW_LEFT)
		back(ui);
}
