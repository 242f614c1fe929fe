/* SPDX-License-Identifier: Apache-2.0
 *
 * A list to choose from; see menu.h and draw.h.
 */
#include "top/draw.h"

#define NAME_ROOM 36

void draw_menu(struct canvas *c, struct ui *ui, int y, int height)
{
	struct menu *m = &ui->menu;
	int rows = MAX(height - 1, 1);

	canvas_fill(c, 0, y, c->width, S_HEADER, ' ');
	(void)canvas_put_cut(c, 1, y++, c->width - 1, S_HEADER, menu_title(m->kind));
	m->top = MAX(MIN(m->top, m->cursor), m->cursor - rows + 1);
	for (long i = m->top; i < (long)m->count && i < m->top + rows; i++, y++) {
		char name[MENU_NAME_MAX], value[MENU_NAME_MAX];
		int room = MIN(NAME_ROOM, c->width - 10);

		menu_line(ui, (size_t)i, name, value);
		(void)canvas_put_cut(c, 2, y, value[0] ? room - 3 : c->width - 3, S_PLAIN, name);
		if (value[0])
			(void)canvas_put(c, room, y, c->width - room - 1, S_KEY, value);
		if (m->kind == MENU_COLUMNS && c->width > room + 20)
			(void)canvas_put_cut(c, room + 10, y, c->width - room - 11, S_DIM,
					     columns[i + 1].help);
		if (i == m->cursor)
			canvas_select_line(c, y);
	}
}
