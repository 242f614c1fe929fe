/* SPDX-License-Identifier: Apache-2.0
 *
 * A rectangle of character cells: what the drawing functions write and the terminal
 * (or a test) reads. Foreign text cannot reach the terminal as control sequences: a
 * control, format or undecodable character becomes a visible dot.
 */
#ifndef TOP_CANVAS_H
#define TOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct buf;

enum style {
	S_PLAIN = 0,
	S_DIM,    /* ended, or less important */
	S_TITLE,  /* the program's own line */
	S_HEADER, /* column titles */
	S_SORTED, /* title of the column that sorts */
	S_KEY,    /* a key in the key line */
	S_GOOD,
	S_NOTICE,
	S_TICKET,
	S_PAGE,
	S_GRAPH,
	S_PAST, /* paused, replayed or not connected: this is not now */
	S_COUNT
};
#define STYLE_SELECTED 0x80 /* added to a cell's style */

struct cell {
	uint32_t ch;   /* code point; 0 = the right half of a wide character */
	uint8_t style; /* enum style | STYLE_SELECTED */
};

struct canvas {
	int width, height;
	struct cell *cells;
};

/* Largest screen that is drawn; a bigger terminal uses its upper left part. */
#define CANVAS_MAX_WIDTH 1000
#define CANVAS_MAX_HEIGHT 500

/* Sets the size and blanks everything. -ENOMEM. */
int canvas_reset(struct canvas *c, int width, int height);
void canvas_free(struct canvas *c);

/* Writes UTF-8 text from (x, y) on, at most `room` columns, nothing outside the
 * canvas; returns the columns used. _cut ends a text that does not fit with "…"
 * (or "~" in ASCII); _right aligns it in `room`. */
int canvas_put(struct canvas *c, int x, int y, int room, uint8_t style, const char *text);
int canvas_put_cut(struct canvas *c, int x, int y, int room, uint8_t style, const char *text);
void canvas_put_right(struct canvas *c, int x, int y, int room, uint8_t style, const char *text);
_printf_(6, 7) int canvas_putf(struct canvas *c, int x, int y, int room, uint8_t style,
			       const char *format, ...);
void canvas_fill(struct canvas *c, int x, int y, int room, uint8_t style, uint32_t ch);
void canvas_select_line(struct canvas *c, int y);

/* Columns a text takes. */
int canvas_width(const char *text);

/* The character for a terminal without UTF-8. */
char canvas_ascii(uint32_t ch);

/* The canvas as lines of text without trailing blanks, for tests and documents. */
void canvas_text(const struct canvas *c, bool ascii, struct buf *out);

#endif
