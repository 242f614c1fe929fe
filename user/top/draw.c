/* SPDX-License-Identifier: Apache-2.0
 *
 * One screen put together: head, body, what is being said, keys; see draw.h.
 */
#include "top/draw.h"

/* Below this height the head gives lines to the table. */
#define ROOMY_HEIGHT 18
#define PAGE_LINES_MAX CANVAS_MAX_HEIGHT

struct key_hint {
	const char *key, *text;
};

static const struct key_hint main_hints[] = {
	{ "Enter", "open" }, { "a", "alerts" },        { "e", "explain" },  { "/", "search" },
	{ "\\", "filter" },  { "?", "help" },          { "q", "quit" },     { "g", "group" },
	{ "<>", "sort" },    { "u", "user" },          { "[", "past" },     { "Space", "tag" },
	{ "t", "tree" },     { "I", "invert" },        { "Z", "pause" },    { "S", "setup" },
	{ "o", "freeze" },   { "x", "dismiss ended" }, { "L", "loopback" }, { NULL, NULL },
};
static const struct key_hint tree_hints[] = {
	{ "Enter", "open" },       { "f", "fold" },          { "+ -", "more, less" },
	{ "t", "tree: the next" }, { "a", "alerts" },        { "/", "search" },
	{ "\\", "filter" },        { "?", "help" },          { "q", "quit" },
	{ "*", "flows of all" },   { "<>", "sort" },         { "u", "user" },
	{ "[", "past" },           { "Space", "tag" },       { "I", "invert" },
	{ "Z", "pause" },          { "x", "dismiss ended" }, { NULL, NULL },
};
static const struct key_hint page_hints[] = {
	{ "Esc", "back" }, { "PgUp PgDn", "scroll" }, { "a", "alerts" }, { "e", "explain" },
	{ "Z", "pause" },  { "?", "help" },           { NULL, NULL },
};
static const struct key_hint detail_hints[] = {
	{ "Esc", "back" },         { "Tab", "hour, day, 4 weeks" },
	{ "PgUp PgDn", "scroll" }, { "a", "alerts" },
	{ "e", "explain" },        { "Z", "pause" },
	{ "?", "help" },           { NULL, NULL },
};
static const struct key_hint menu_hints[] = {
	{ "Enter", "choose" },
	{ "Space", "change" },
	{ "Esc", "back" },
	{ NULL, NULL },
};
static const struct key_hint alert_hints[] = {
	{ "Enter", "row" }, { "@", "moment" },  { "e", "explain" }, { "k", "ack" },
	{ "s", "silence" }, { "y", "approve" }, { "d", "decline" }, { "Esc", "back" },
	{ "Z", "pause" },   { "?", "help" },    { NULL, NULL },
};
static const struct key_hint search_hints[] = {
	{ "Enter", "done" },
	{ "n N", "next, previous afterwards" },
	{ NULL, NULL },
};
static const struct key_hint time_hints[] = {
	{ "Enter", "go; empty: the next alert" },
	{ "", "2026-05-01T02:13:40Z, 10m (back)" },
	{ "Esc", "stay" },
	{ NULL, NULL },
};
static const struct key_hint replay_hints[] = {
	{ "[ ]", "step" }, { "{ }", "hour" },  { "@", "go to" },   { "+ -", "speed" },
	{ "Z", "pause" },  { "a", "alerts" },  { "e", "explain" }, { "Enter", "open" },
	{ "g", "group" },  { "\\", "filter" }, { "?", "help" },    { "q", "quit" },
	{ NULL, NULL },
};
static const struct key_hint change_hints[] = {
	{ "Enter", "do it" },
	{ "Esc", "leave it" },
	{ NULL, NULL },
};
static const struct key_hint filter_hints[] = {
	{ "Enter", "keep" },
	{ "Esc", "leave it" },
	{ "", "user:postgres -container:* dst:10.0.0.0/8 rate>10M is:alert" },
	{ NULL, NULL },
};

static void draw_keys(struct canvas *c, const struct ui *ui, int y)
{
	const struct key_hint *hints = main_hints;
	int x = 0;

	if (ui->prompt)
		hints = ui->prompt == PROMPT_FILTER   ? filter_hints
			: ui->prompt == PROMPT_TIME   ? time_hints
			: ui->prompt == PROMPT_CHANGE ? change_hints
						      : search_hints;
	else if (ui->screen == SCREEN_ALERTS)
		hints = alert_hints;
	else if (ui->screen == SCREEN_MENU)
		hints = menu_hints;
	else if (ui->screen == SCREEN_DETAIL)
		hints = detail_hints;
	else if (ui->screen != SCREEN_MAIN)
		hints = page_hints;
	else if (ui->replay)
		hints = replay_hints;
	else if (ui->options.tree)
		hints = tree_hints;
	for (; hints->key; hints++) {
		int need = canvas_width(hints->key) + 1 + canvas_width(hints->text);

		if (x + need > c->width)
			break;
		x += canvas_put(c, x, y, c->width - x, S_KEY, hints->key);
		x += 1 + canvas_put(c, x + 1, y, c->width - x - 1, S_PLAIN, hints->text);
		x += 2;
	}
	if (ui->prompt == PROMPT_CHANGE)
		(void)canvas_put_cut(c, x, y, c->width - x, S_DIM, change_hint(ui->change));
}

/* The prompt with what is wrong about it beside it, or the message. */
static void draw_prompt(struct canvas *c, const struct ui *ui, int y)
{
	const char *label = ui->prompt == PROMPT_FILTER   ? "filter: "
			    : ui->prompt == PROMPT_TIME   ? "go to: "
			    : ui->prompt == PROMPT_CHANGE ? change_label(ui->change)
							  : "search: ";
	const char *text = ui->prompt_text;
	int x = canvas_put(c, 0, y, c->width, S_KEY, label);
	int error_room =
		ui->filter_bad ? MIN(canvas_width(ui->filter_error.text) + 3, c->width / 2) : 0;
	int room = c->width - x - error_room - 1;

	while (*text && canvas_width(text) > room) /* the end is being typed: show it */
		text++;
	x += canvas_put(c, x, y, room, S_PLAIN, text);
	canvas_fill(c, x, y, 1, S_PLAIN | STYLE_SELECTED, ' ');
	if (ui->filter_bad)
		(void)canvas_putf(c, x + 2, y, c->width - x - 2, S_TICKET, "! %s",
				  ui->filter_error.text);
}

/* Why the loudest open alert is one; else what the connection suffers from. */
static void draw_reason(struct canvas *c, const struct ui *ui, int y, int lines)
{
	const struct alert_row *a = ui_alert_of_row(ui, ui_row(ui));
	int x;

	if (ui->message[0]) {
		(void)canvas_put_cut(c, 1, y, c->width - 1, S_NOTICE, ui->message);
		return;
	}
	if (ui->link == LINK_DOWN) {
		(void)draw_wrapped(c, 1, y, c->width - 1, lines, S_PAST, ui->link_error);
		return;
	}
	if (!a && ui->alerts.count && alert_is_loud(&ui->alerts.rows[0]))
		a = &ui->alerts.rows[0];
	if (!a)
		return;
	x = 1 + canvas_put(c, 1, y, 1, draw_level_style(a->level), draw_level_sign(a->level)) + 1;
	(void)draw_wrapped(c, x, y, c->width - x, lines, S_PLAIN,
			   a->reason[0] ? a->reason : a->subject);
}

static void draw_main(struct canvas *c, struct ui *ui)
{
	bool roomy = c->height >= ROOMY_HEIGHT;
	int head = roomy ? 3 : c->height >= 8 ? 2 : 1;
	int foot = roomy ? (c->height >= 30 ? 4 : 3) : c->height >= 10 ? 2 : 1;
	int y;

	y = draw_head(c, ui, head);
	if (roomy)
		y++;
	draw_table(c, ui, y, c->height - y - foot);
	if (ui->prompt && foot == 1) {
		draw_prompt(c, ui, c->height - 1);
		return;
	}
	if (ui->prompt)
		draw_prompt(c, ui, c->height - 2);
	else if (foot > 1)
		draw_reason(c, ui, c->height - foot + (foot > 2), foot - 1 - (foot > 2));
	draw_keys(c, ui, c->height - 1);
}

/* The last line of the other screens; a prompt takes the one above it too. */
static void draw_foot(struct canvas *c, const struct ui *ui)
{
	if (ui->prompt && c->height > 2) {
		canvas_fill(c, 0, c->height - 2, c->width, S_PLAIN, ' ');
		draw_prompt(c, ui, c->height - 2);
	}
	if (ui->message[0])
		(void)canvas_put_cut(c, 0, c->height - 1, c->width, S_NOTICE, ui->message);
	else
		draw_keys(c, ui, c->height - 1);
}

typedef int (*page_fn)(struct canvas *c, const struct ui *ui);

/* Draws a page that may be longer than the screen and shows the part that is
 * scrolled to. */
static void draw_page(struct canvas *c, struct ui *ui, page_fn fn)
{
	_cleanup_(canvas_free) struct canvas page = { 0 };
	int top = draw_head(c, ui, 1) + 1, room = c->height - top - 1;

	if (canvas_reset(&page, c->width, PAGE_LINES_MAX) < 0 || room < 1)
		return;
	ui->page_lines = MAX(fn(&page, ui) - room + 1, 1);
	ui->page_top = MAX(MIN(ui->page_top, ui->page_lines - 1), 0);
	memcpy(c->cells + (size_t)top * (size_t)c->width,
	       page.cells + (size_t)ui->page_top * (size_t)c->width,
	       (size_t)MIN(room, PAGE_LINES_MAX - (int)ui->page_top) * (size_t)c->width *
		       sizeof(*c->cells));
	draw_foot(c, ui);
}

void draw_screen(struct canvas *c, struct ui *ui)
{
	ui->width = c->width;
	ui->height = c->height;
	switch (ui->screen) {
	case SCREEN_MAIN: draw_main(c, ui); break;
	case SCREEN_ALERTS: {
		int y = draw_head(c, ui, c->height >= 8 ? 3 : 1);

		draw_alerts(c, ui, y, c->height - y - 1);
		draw_foot(c, ui);
		break;
	}
	case SCREEN_MENU: {
		int y = draw_head(c, ui, 1) + 1;

		draw_menu(c, ui, y, c->height - y - 1);
		draw_foot(c, ui);
		break;
	}
	case SCREEN_DETAIL: draw_page(c, ui, draw_detail); break;
	case SCREEN_EXPLAIN: draw_page(c, ui, draw_explain); break;
	case SCREEN_HELP: draw_page(c, ui, draw_help); break;
	}
}
