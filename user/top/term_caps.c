/* SPDX-License-Identifier: Apache-2.0
 *
 * See term_caps.h.
 */
#include <curses.h>
#include <term.h>

#include "top/term_caps.h"

static const char *capability(NCURSES_CONST char *value)
{
	return value ? value : "";
}

void term_caps_leave(char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", capability(exit_attribute_mode), capability(exit_ca_mode),
		 capability(cursor_normal));
}
