/* SPDX-License-Identifier: Apache-2.0
 *
 * See menu.h.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/ui.h"

enum setup_line { SET_THEME = 0, SET_TREE, SET_LOCAL, SET_COLUMNS, SET_SAVE, SET_LINES };

static const char *const setup_names[SET_LINES] = {
	[SET_THEME] = "theme",
	[SET_TREE] = "tree",
	[SET_LOCAL] = "loopback and host-local hand-offs",
	[SET_COLUMNS] = "columns ...",
	[SET_SAVE] = "save: this setup, group and sort order, for next time",
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Every user that a flow names, once, in the order of the alphabet. */
static int list_users(struct ui *ui)
{
	struct menu *m = &ui->menu;
	struct flow_row *row, *next;

	free(m->users);
	m->count = 0;
	m->users = calloc(MENU_USERS_MAX + 1, sizeof(*m->users));
	if (!m->users)
		return -ENOMEM;
	m->count = 1;
	HASH_ITER(hh, ui->flows.rows, row, next) {
		const char *user = row->text[T_USER];
		bool known = !user;

		for (size_t i = 1; !known && i < m->count; i++)
			known = strncmp(m->users[i], user, MENU_NAME_MAX - 1) == 0;
		if (!known && m->count <= MENU_USERS_MAX)
			snprintf(m->users[m->count++], MENU_NAME_MAX, "%s", user);
	}
	qsort(m->users[1], m->count - 1, sizeof(*m->users), by_name);
	return 0;
}

int menu_open(struct ui *ui, enum menu_kind kind)
{
	struct menu *m = &ui->menu;

	m->kind = kind;
	m->cursor = m->top = 0;
	m->count = kind == MENU_COLUMNS ? C_COUNT - 1 : SET_LINES;
	if (kind != MENU_USER)
		return 0;
	if (list_users(ui) < 0) {
		ui_say(ui, "out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->users[i], ui->user) == 0)
			m->cursor = (long)i;
	return 0;
}

void menu_free(struct menu *m)
{
	free(m->users);
	*m = (struct menu){ 0 };
}

void menu_move(struct menu *m, long by)
{
	long last = (long)m->count - 1;

	m->cursor = MAX(MIN(m->cursor + by, last), 0);
}

const char *menu_title(enum menu_kind kind)
{
	switch (kind) {
	case MENU_USER: return "SHOW THE ROWS OF";
	case MENU_COLUMNS:
		return "COLUMNS: Space changes; auto = where there is room and something to say";
	default: return "SETUP: Space changes";
	}
}

/* The sign is always there; the list begins behind it. */
static enum column column_of(size_t i)
{
	return (enum column)(i + 1);
}

static const char *column_state(const struct column_facts *f, enum column c)
{
	return f->show & (1u << c) ? "always" : f->hide & (1u << c) ? "never" : "auto";
}

static void setup_value(const struct ui *ui, enum setup_line line, char value[MENU_NAME_MAX])
{
	const char *text = "";

	switch (line) {
	case SET_THEME: text = theme_names[ui->theme]; break;
	case SET_TREE: text = tree_names[ui->options.tree]; break;
	case SET_LOCAL: text = ui->options.all_scopes ? "shown" : "not shown"; break;
	default: break;
	}
	snprintf(value, MENU_NAME_MAX, "%s", text);
}

void menu_line(const struct ui *ui, size_t i, char name[MENU_NAME_MAX], char value[MENU_NAME_MAX])
{
	const struct menu *m = &ui->menu;

	value[0] = '\0';
	switch (m->kind) {
	case MENU_USER:
		snprintf(name, MENU_NAME_MAX, "%s", i == 0 ? "(everybody)" : m->users[i]);
		break;
	case MENU_COLUMNS:
		snprintf(name, MENU_NAME_MAX, "%s", columns[column_of(i)].title);
		snprintf(value, MENU_NAME_MAX, "%s",
			 column_state(&ui->options.columns, column_of(i)));
		break;
	default:
		snprintf(name, MENU_NAME_MAX, "%s", setup_names[i]);
		setup_value(ui, (enum setup_line)i, value);
	}
}

/* auto -> always -> never -> auto */
static void turn_column(struct ui *ui, enum column c)
{
	struct column_facts *f = &ui->options.columns;
	uint32_t bit = 1u << c;

	if (f->show & bit) {
		f->show &= ~bit;
		f->hide |= bit;
	} else if (f->hide & bit) {
		f->hide &= ~bit;
	} else {
		f->show |= bit;
	}
	ui_refresh(ui);
}

static void turn_setup(struct ui *ui, enum setup_line line)
{
	switch (line) {
	case SET_THEME: ui->theme = (ui->theme + 1) % THEME_COUNT; break;
	case SET_TREE: ui->options.tree = (ui->options.tree + 1) % TREE_KINDS; break;
	case SET_LOCAL: ui->options.all_scopes = !ui->options.all_scopes; break;
	case SET_COLUMNS: (void)menu_open(ui, MENU_COLUMNS); break;
	default: ui->save = true;
	}
	ui_refresh(ui);
}

static void choose_user(struct ui *ui, const char *user)
{
	snprintf(ui->user, sizeof(ui->user), "%s", user);
	ui->cursor = ui->top = 0;
	ui->selected = 0;
	ui_refresh(ui);
	ui->screen = SCREEN_MAIN;
}

void menu_press(struct ui *ui, uint32_t key)
{
	struct menu *m = &ui->menu;
	size_t at = (size_t)m->cursor;

	if ((key != ' ' && key != KEY_RETURN) || at >= m->count)
		return;
	if (m->kind == MENU_USER)
		choose_user(ui, m->users[at]);
	else if (m->kind == MENU_COLUMNS)
		turn_column(ui, column_of(at));
	else
		turn_setup(ui, (enum setup_line)at);
}
