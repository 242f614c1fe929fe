/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that move: the cursor on any screen, and time in a replay; see ui.h.
 */
#include "top/ui.h"

#define SPEED_MAX 4096

/* By how much a movement key moves; false for other keys. */
static bool movement(const struct ui *ui, uint32_t key, long *ret)
{
	long page = MAX(ui->height - 8, 1);

	switch (key) {
	case KEY_ARROW_UP: *ret = -1; return true;
	case KEY_ARROW_DOWN: *ret = 1; return true;
	case KEY_MOUSE_WHEEL_UP: *ret = -3; return true;
	case KEY_MOUSE_WHEEL_DOWN: *ret = 3; return true;
	case KEY_PAGE_UP:
	case 'B' - '@': *ret = -page; return true;
	case KEY_PAGE_DOWN:
	case 'F' - '@': *ret = page; return true;
	case KEY_TO_START: *ret = INT32_MIN; return true;
	case KEY_TO_END:
	case 'G': *ret = INT32_MAX; return true;
	default: return false;
	}
}

static long clamp(long v, long count)
{
	return v < 0 || count <= 0 ? 0 : v >= count ? count - 1 : v;
}

static void move(struct ui *ui, long by)
{
	switch (ui->screen) {
	case SCREEN_MAIN:
		ui->cursor = clamp(ui->cursor + by, (long)ui->view.count);
		ui->selected = ui->view.count ? ui->view.rows[ui->cursor].id : 0;
		break;
	case SCREEN_ALERTS:
		ui->alert_cursor = clamp(ui->alert_cursor + by, (long)ui->alerts.count);
		break;
	case SCREEN_MENU: menu_move(&ui->menu, MAX(MIN(by, 100000), -100000)); break;
	default: ui->page_top = clamp(ui->page_top + by, ui->page_lines);
	}
}

bool ui_press_move(struct ui *ui, uint32_t key)
{
	long by;

	if (key == KEY_TO_END && ui->past_s) {
		ui->seek = (struct seek){ SEEK_LIVE, 0 };
		return true;
	}
	if (!movement(ui, key, &by))
		return false;
	move(ui, by);
	return true;
}

/* To the moment of the alert under the cursor. */
static void seek_alert(struct ui *ui)
{
	const struct alert_row *a = ui_alert(ui);

	if (!a)
		return;
	ui->seek = (struct seek){ SEEK_TO, a->first_ts ? a->first_ts : a->ts };
	snprintf(ui->follow_id, sizeof(ui->follow_id), "%s", a->id);
	ui->screen = SCREEN_MAIN;
	ui->came_from = SCREEN_ALERTS;
}

/* Time travel, on any screen; false if it is none of its keys. */
bool ui_press_time(struct ui *ui, uint32_t key)
{
	static const char keys[] = "[]{}()@+-";

	if (key >= 128 || !key || !strchr(keys, (int)key))
		return false;
	if ((key == '+' || key == '-') && ui->screen == SCREEN_MAIN && ui->options.tree &&
	    !ui->replay && !ui->past_s)
		return false; /* as in htop, they open and close rows of the tree */
	ui->follow_id[0] = '\0';
	if (key == '@' && ui->screen == SCREEN_ALERTS) {
		seek_alert(ui);
		return true;
	}
	if ((key == '+' || key == '-') && !ui->replay && !ui->past_s) {
		ui_say(ui, "this is live; [ goes back a minute, { an hour, ( a day, @ to a time");
		return true;
	}
	switch (key) {
	case '(': ui->seek = (struct seek){ SEEK_BY, -86400 }; break;
	case ')': ui->seek = (struct seek){ SEEK_BY, 86400 }; break;
	case '[': ui->seek = (struct seek){ SEEK_STEPS, -1 }; break;
	case ']': ui->seek = (struct seek){ SEEK_STEPS, 1 }; break;
	case '{': ui->seek = (struct seek){ SEEK_BY, -3600 }; break;
	case '}': ui->seek = (struct seek){ SEEK_BY, 3600 }; break;
	case '@': prompt_open(ui, PROMPT_TIME); break;
	case '+': ui->speed = MIN(ui->speed * 2, SPEED_MAX); break;
	default: ui->speed = MAX(ui->speed / 2, 1u);
	}
	return true;
}
