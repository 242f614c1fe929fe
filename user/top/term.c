/* SPDX-License-Identifier: Apache-2.0
 *
 * ncurses; see term.h. Everything is drawn each time into ncurses' memory, which
 * sends only what changed.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include <curses.h>

#include "top/term.h"
#include "top/term_caps.h"
#include "top/term_restore.h"

#define ESCAPE_DELAY_MS 25 /* a lone Escape is a key, not the start of a sequence */
#define FIRST_WIDE 0x1100  /* from here on terminals disagree about widths */

struct term {
	SCREEN *screen;
	bool ascii, color; /* color: it can, and may */
	enum theme theme;
	attr_t attr[S_COUNT];
	short pair[S_COUNT];
};

struct colour {
	short few, many; /* of 16 and of 256; -1 = the terminal's own */
};

struct look {
	attr_t mono;                  /* without colours: attributes alone must tell */
	attr_t color;                 /* attributes beside the colour */
	struct colour fg[THEME_MONO]; /* by theme */
};

#define OWN            \
	{              \
		-1, -1 \
	}

static const struct look looks[S_COUNT] = {
	[S_PLAIN] = { A_NORMAL, A_NORMAL, { OWN, OWN, OWN } },
	[S_DIM] = { A_DIM, A_NORMAL, { { 8, 244 }, { 8, 246 }, { 8, 243 } } },
	[S_TITLE] = { A_BOLD, A_BOLD, { OWN, OWN, OWN } },
	[S_HEADER] = { A_REVERSE, A_REVERSE, { OWN, OWN, OWN } },
	[S_SORTED] = { A_REVERSE | A_BOLD | A_UNDERLINE,
		       A_REVERSE | A_BOLD,
		       { { COLOR_CYAN, 44 }, { COLOR_CYAN, 117 }, { COLOR_BLUE, 25 } } },
	[S_KEY] = { A_BOLD,
		    A_BOLD,
		    { { COLOR_CYAN, 44 }, { COLOR_CYAN, 117 }, { COLOR_BLUE, 25 } } },
	[S_GOOD] = { A_NORMAL,
		     A_NORMAL,
		     { { COLOR_GREEN, 71 }, { COLOR_CYAN, 117 }, { COLOR_GREEN, 28 } } },
	[S_NOTICE] = { A_NORMAL,
		       A_NORMAL,
		       { { COLOR_CYAN, 44 }, { COLOR_CYAN, 117 }, { COLOR_BLUE, 25 } } },
	[S_TICKET] = { A_BOLD,
		       A_BOLD,
		       { { COLOR_YELLOW, 214 }, { COLOR_YELLOW, 227 }, { COLOR_MAGENTA, 130 } } },
	[S_PAGE] = { A_BOLD | A_UNDERLINE,
		     A_BOLD,
		     { { COLOR_RED, 203 }, { COLOR_WHITE, 208 }, { COLOR_RED, 160 } } },
	[S_GRAPH] = { A_NORMAL,
		      A_NORMAL,
		      { { COLOR_BLUE, 74 }, { COLOR_BLUE, 33 }, { COLOR_BLUE, 31 } } },
	[S_PAST] = { A_REVERSE,
		     A_REVERSE,
		     { { COLOR_MAGENTA, 176 }, { COLOR_YELLOW, 222 }, { COLOR_MAGENTA, 90 } } },
};

static void set_looks(struct term *t, enum theme theme)
{
	bool color = t->color && theme < THEME_MONO;

	t->theme = theme;
	for (short i = 0; i < S_COUNT; i++) {
		const struct look *l = &looks[i];
		const struct colour *c = &l->fg[color ? theme : THEME_DEFAULT];
		short fg = COLORS >= 256 ? c->many : c->few;

		t->attr[i] = color ? l->color : l->mono;
		t->pair[i] = 0;
		if (!color || fg < 0)
			continue;
		if (fg >= COLORS) { /* eight colours have no grey */
			t->attr[i] = l->mono;
			continue;
		}
		if (init_pair((short)(i + 1), fg, -1) == OK)
			t->pair[i] = (short)(i + 1);
	}
}

void term_set_theme(struct term *t, enum theme theme)
{
	if (t->theme == theme || theme >= THEME_COUNT)
		return;
	set_looks(t, theme);
	(void)clearok(curscr, TRUE);
}

int term_open(const struct term_options *options, struct term **ret)
{
	char leave[128];
	struct term *t;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	r = term_caps_check(STDOUT_FILENO);
	if (r < 0)
		return r;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	term_restore_arm(STDIN_FILENO, STDOUT_FILENO);
	t->screen = newterm(NULL, stdout, stdin);
	if (!t->screen) {
		term_restore_disarm();
		free(t);
		return -ENOENT;
	}
	term_caps_leave(leave, sizeof(leave));
	term_restore_leave(leave);
	t->ascii = options->ascii;
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)leaveok(stdscr, TRUE);
	(void)curs_set(0);
	(void)set_escdelay(ESCAPE_DELAY_MS);
	(void)mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED,
			NULL);
	(void)mouseinterval(0);
	t->color =
		options->color && has_colors() && start_color() == OK && use_default_colors() == OK;
	set_looks(t, options->theme);
	*ret = t;
	return 0;
}

void term_close(struct term *t)
{
	if (!t)
		return;
	(void)curs_set(1);
	(void)endwin();
	delscreen(t->screen);
	term_restore_disarm();
	free(t);
}

void term_size(struct term *t, int *ret_width, int *ret_height)
{
	(void)t;
	getmaxyx(stdscr, *ret_height, *ret_width);
}

void term_resized(struct term *t)
{
	struct winsize size;

	(void)t;
	(void)endwin(); /* after a SIGSTOP others have used the screen and its modes */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		(void)resizeterm(size.ws_row, size.ws_col);
	(void)clearok(curscr, TRUE);
	(void)refresh();
}

/* Characters of one style from x on; returns where it stopped. */
static int show_run(const struct term *t, const struct canvas *c, int y, int x)
{
	const struct cell *line = &c->cells[y * c->width];
	wchar_t text[CANVAS_MAX_WIDTH + 2];
	uint8_t style = line[x].style;
	enum style base = style & 0x7f;
	int start = x, n = 0;
	attr_t attr = t->attr[base] | (style & STYLE_SELECTED ? A_REVERSE : 0);

	for (; x < c->width && line[x].style == style; x++) {
		uint32_t ch = line[x].ch;

		if (ch == 0) {
			if (t->ascii)
				text[n++] = L'.';
			continue;
		}
		text[n++] = t->ascii ? (wchar_t)canvas_ascii(ch) : (wchar_t)ch;
		if (ch >= FIRST_WIDE && (ch < 0x2190 || ch > 0x25ff)) {
			x += x + 1 < c->width && line[x + 1].ch == 0;
			x++;
			break;
		}
	}
	(void)attr_set(attr, t->pair[base], NULL);
	(void)mvaddnwstr(y, start, text, n);
	return x;
}

void term_show(struct term *t, const struct canvas *c)
{
	(void)erase();
	for (int y = 0; y < c->height; y++)
		for (int x = 0; x < c->width;)
			x = show_run(t, c, y, x);
	(void)refresh();
}

static uint32_t translate(wint_t key)
{
	switch (key) {
	case KEY_UP: return KEY_ARROW_UP;
	case KEY_DOWN: return KEY_ARROW_DOWN;
	case KEY_LEFT: return KEY_ARROW_LEFT;
	case KEY_RIGHT: return KEY_ARROW_RIGHT;
	case KEY_PPAGE: return KEY_PAGE_UP;
	case KEY_NPAGE: return KEY_PAGE_DOWN;
	case KEY_HOME: return KEY_TO_START;
	case KEY_END: return KEY_TO_END;
	case KEY_ENTER: return KEY_RETURN;
	case KEY_BACKSPACE: return KEY_RUBOUT;
	default:
		if (key > KEY_F0 && key <= KEY_F(12))
			return KEY_FUNCTION + (uint32_t)(key - KEY_F0);
		return KEY_UNKNOWN;
	}
}

static uint32_t mouse_key(struct ui_mouse *mouse)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return KEY_UNKNOWN;
	*mouse = (struct ui_mouse){ event.x, event.y };
	if (event.bstate & BUTTON4_PRESSED)
		return KEY_MOUSE_WHEEL_UP;
	if (event.bstate & BUTTON5_PRESSED)
		return KEY_MOUSE_WHEEL_DOWN;
	return KEY_MOUSE_CLICK;
}

uint32_t term_key(struct term *t, struct ui_mouse *mouse)
{
	wint_t key;
	int r = get_wch(&key);

	(void)t;
	if (r == ERR)
		return KEY_NONE;
	if (r == KEY_CODE_YES)
		return key == KEY_MOUSE ? mouse_key(mouse) : translate(key);
	return key == '\r' ? (uint32_t)KEY_RETURN : (uint32_t)key;
}
