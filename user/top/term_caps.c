/* SPDX-License-Identifier: Apache-2.0
 *
 * See term_caps.h.
 */
#include <errno.h>

#include <curses.h>
#include <term.h>

#include "top/term_caps.h"

static const char *capability(NCURSES_CONST char *value)
{
	return value ? value : "";
}

int term_caps_check(int fd)
{
	int known = 0;
	bool places;

	if (setupterm(NULL, fd, &known) != OK)
		return known == 1 ? -EOPNOTSUPP : -ENOENT;
	places = cursor_address && clear_screen;
	(void)del_curterm(cur_term);
	return places ? 0 : -EOPNOTSUPP;
}

void term_caps_leave(char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", capability(exit_attribute_mode), capability(exit_ca_mode),
		 capability(cursor_normal));
}
