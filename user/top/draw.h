/* SPDX-License-Identifier: Apache-2.0
 *
 * The view's state -> cells. Pure: the same state and size give the same screen, so
 * golden screens need no terminal. ui is written only where a screen's size matters
 * to the keys (width, height, scroll positions).
 */
#ifndef TOP_DRAW_H
#define TOP_DRAW_H

#include "top/canvas.h"
#include "top/ui.h"

/* Draws the present screen; the canvas has its size already (canvas_reset). */
void draw_screen(struct canvas *c, struct ui *ui);

/* Parts, for draw.c. Each returns the line after the last one it used. */
int draw_head(struct canvas *c, const struct ui *ui, int lines);
void draw_table(struct canvas *c, struct ui *ui, int y, int height);
void draw_alerts(struct canvas *c, struct ui *ui, int y, int height);
void draw_menu(struct canvas *c, struct ui *ui, int y, int height);
/* Pages are drawn from line 0 of a canvas of their own and may be long. */
int draw_detail(struct canvas *c, const struct ui *ui);
int draw_explain(struct canvas *c, const struct ui *ui);
int draw_help(struct canvas *c, const struct ui *ui);

/* Style and sign of a level. */
uint8_t draw_level_style(unsigned int level);
const char *draw_level_sign(unsigned int level);

/* Text broken at blanks into lines of `room`; returns the line after the last. */
int draw_wrapped(struct canvas *c, int x, int y, int room, int max_lines, uint8_t style,
		 const char *text);

/* An alert's members as sentences; returns the line after them. Which keys they tell. */
int draw_alert_facts(struct canvas *c, const struct alert_row *a, int y);
bool draw_alert_tells(const char *key);
/* What an alert asks of people, where it does. */
int draw_alert_question(struct canvas *c, const struct alert_row *a, int y);

/* Connections and files of the opened row's process; returns the line after them. */
int draw_inside(struct canvas *c, const struct ui *ui, const struct view_row *row, int y);

/* The chart of an opened row; returns the line after it. */
int draw_chart(struct canvas *c, const struct ui *ui, const struct view_row *row, int y);

/* `slots` bars of the last minute, newest on the right, scaled to the highest: rate[0] is
 * the newest; ages beyond `filled` stay blank. */
void draw_spark(struct canvas *c, int x, int y, int slots, unsigned int filled, uint8_t style,
		const double rate[HISTORY_SLOTS]);

#endif
