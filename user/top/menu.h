/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists to choose from: a user, the columns, how things look. Pure; see ui.h for the
 * keys' way here.
 */
#ifndef TOP_MENU_H
#define TOP_MENU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum menu_kind { MENU_USER = 0, MENU_COLUMNS, MENU_SETUP };

#define MENU_USERS_MAX 500 /* more nobody scrolls through; the filter takes any */
#define MENU_NAME_MAX 64

struct menu {
	enum menu_kind kind;
	long cursor, top;
	size_t count;
	char (*users)[MENU_NAME_MAX]; /* of MENU_USER: the first is "" = all */
};

struct ui;

int menu_open(struct ui *ui, enum menu_kind kind); /* -ENOMEM: said on the screen */
void menu_free(struct menu *m);
/* A key that chooses (Enter) or changes (Space); others are passed over. */
void menu_press(struct ui *ui, uint32_t key);
void menu_move(struct menu *m, long by);

/* What line `i` says: a name and what it is set to ("" = nothing). */
void menu_line(const struct ui *ui, size_t i, char name[MENU_NAME_MAX], char value[MENU_NAME_MAX]);
const char *menu_title(enum menu_kind kind);

#endif
