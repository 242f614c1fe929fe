/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells; see canvas.h.
 */
#include <errno.h>

#include "base/buf.h"
#include "top/canvas.h"
#include "top/utf8.h"

#define CELL_TEXT_MAX 512 /* longest formatted text of one canvas_putf() */

int canvas_reset(struct canvas *c, int width, int height)
{
	struct cell *cells;

	width = MAX(1, MIN(width, CANVAS_MAX_WIDTH));
	height = MAX(1, MIN(height, CANVAS_MAX_HEIGHT));
	if (!c->cells || width != c->width || height != c->height) {
		cells = reallocarray(c->cells, (size_t)width * (size_t)height, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		c->cells = cells;
		c->width = width;
		c->height = height;
	}
	for (int i = 0; i < width * height; i++)
		c->cells[i] = (struct cell){ ' ', S_PLAIN };
	return 0;
}

void canvas_free(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){ 0 };
}

int canvas_width(const char *text)
{
	int width = 0;
	uint32_t ch;

	while ((ch = utf8_next(&text)))
		width += utf8_width(ch);
	return width;
}

int canvas_put(struct canvas *c, int x, int y, int room, uint8_t style, const char *text)
{
	int used = 0;
	uint32_t ch;

	if (y < 0 || y >= c->height || x < 0)
		return 0;
	room = MIN(room, c->width - x);
	while ((ch = utf8_next(&text))) {
		int w = utf8_width(ch);
		struct cell *cell;

		if (w == 0)
			continue;
		if (used + w > room)
			break;
		cell = &c->cells[y * c->width + x + used];
		cell[0] = (struct cell){ ch, style };
		if (w == 2)
			cell[1] = (struct cell){ 0, style };
		used += w;
	}
	return used;
}

int canvas_put_cut(struct canvas *c, int x, int y, int room, uint8_t style, const char *text)
{
	int used;

	if (room <= 0)
		return 0;
	if (canvas_width(text) <= room)
		return canvas_put(c, x, y, room, style, text);
	used = canvas_put(c, x, y, room - 1, style, text);
	return used + canvas_put(c, x + used, y, 1, style, "…");
}

void canvas_put_right(struct canvas *c, int x, int y, int room, uint8_t style, const char *text)
{
	int width = canvas_width(text);

	if (width > room)
		(void)canvas_put_cut(c, x, y, room, style, text);
	else
		(void)canvas_put(c, x + room - width, y, width, style, text);
}

int canvas_putf(struct canvas *c, int x, int y, int room, uint8_t style, const char *format, ...)
{
	char text[CELL_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return canvas_put_cut(c, x, y, room, style, text);
}

void canvas_fill(struct canvas *c, int x, int y, int room, uint8_t style, uint32_t ch)
{
	if (y < 0 || y >= c->height)
		return;
	for (int i = MAX(x, 0); i < x + room && i < c->width; i++)
		c->cells[y * c->width + i] = (struct cell){ ch, style };
}

void canvas_select_line(struct canvas *c, int y)
{
	if (y < 0 || y >= c->height)
		return;
	for (int i = 0; i < c->width; i++)
		c->cells[y * c->width + i].style |= STYLE_SELECTED;
}

char canvas_ascii(uint32_t ch)
{
	static const char bars[] = "_..:-=+*#"; /* for U+2581 to U+2588 from index 1 on */

	if (ch >= 0x20 && ch < 0x7f)
		return (char)ch;
	if (ch >= 0x2581 && ch <= 0x2588)
		return bars[ch - 0x2580];
	switch (ch) {
	case 0xd7: return 'x';   /* × */
	case 0xf7: return '/';   /* ÷ */
	case 0xb7: return '.';   /* · */
	case 0x25b2: return '^'; /* ▲ */
	case 0x25bc: return 'v'; /* ▼ */
	case 0x25b6: return '>'; /* ▶ */
	case 0x2026: return '~'; /* … */
	case 0x2500: return '-'; /* ─ */
	case 0x2502: return '|'; /* │ */
	case 0x2514: return '`'; /* └ */
	case 0x251c: return '|'; /* ├ */
	case 0x2192: return '>'; /* → */
	default: return '.';
	}
}

void canvas_text(const struct canvas *c, bool ascii, struct buf *out)
{
	for (int y = 0; y < c->height; y++) {
		const struct cell *line = &c->cells[y * c->width];
		int end = c->width;
		char text[4];

		while (end > 0 && line[end - 1].ch == ' ')
			end--;
		for (int x = 0; x < end; x++) {
			if (line[x].ch == 0)
				continue;
			if (ascii) {
				buf_add_char(out, canvas_ascii(line[x].ch));
				if (utf8_width(line[x].ch) == 2)
					buf_add_char(out, '.');
			} else {
				buf_add(out, text, utf8_encode(line[x].ch, text));
			}
		}
		buf_add_char(out, '\n');
	}
}
