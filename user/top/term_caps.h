/* SPDX-License-Identifier: Apache-2.0
 *
 * What the terminal's description says, for term.c only; apart because <term.h>
 * defines short words as macros.
 */
#ifndef TOP_TERM_CAPS_H
#define TOP_TERM_CAPS_H

#include <stddef.h>

/* Whether the terminal `fd` of type TERM can put text anywhere on the screen. 0; -ENOENT: the
 * type is unknown; -EOPNOTSUPP: it cannot ("dumb", a printer). Before the terminal is set up. */
int term_caps_check(int fd);

/* The bytes that leave the alternate screen, show the cursor and end all
 * attributes. Call after the terminal was set up. */
void term_caps_leave(char *out, size_t size);

#endif
