/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal: ncurses, colours, keys, and giving it back as it was whatever
 * happens. The only file pair that knows ncurses is term*.c.
 */
#ifndef TOP_TERM_H
#define TOP_TERM_H

#include "top/canvas.h"
#include "top/ui.h"

struct term;

struct term_options {
	bool color; /* false: attributes only (NO_COLOR, --color never) */
	enum theme theme;
	bool ascii; /* no UTF-8 on this terminal */
};

/* Takes the terminal over. -ENOTTY: standard output or input is no terminal;
 * -ENOENT: TERM is unknown; -EOPNOTSUPP: it can be no screen. */
int term_open(const struct term_options *options, struct term **ret);
void term_set_theme(struct term *t, enum theme theme);
void term_close(struct term *t);

/* Present size. */
void term_size(struct term *t, int *ret_width, int *ret_height);
/* After SIGWINCH or SIGCONT: takes the new size, repaints everything. */
void term_resized(struct term *t);

void term_show(struct term *t, const struct canvas *c);

/* Next key that was typed, KEY_NONE when there is no more; *mouse is set with mouse
 * keys. */
uint32_t term_key(struct term *t, struct ui_mouse *mouse);

#endif
