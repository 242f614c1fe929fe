/* SPDX-License-Identifier: Apache-2.0
 *
 * What the terminal's description says, for term.c only; apart because <term.h>
 * defines short words as macros.
 */
#ifndef TOP_TERM_CAPS_H
#define TOP_TERM_CAPS_H

#include <stddef.h>

/* The bytes that leave the alternate screen, show the cursor and end all
 * attributes. Call after the terminal was set up. */
void term_caps_leave(char *out, size_t size);

#endif
