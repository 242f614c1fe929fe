/* SPDX-License-Identifier: Apache-2.0
 *
 * The plain form in which the daemon writes a flow: one object, flat, each known key
 * once, simple numbers and escapes. Read in place, several times as fast as by json-c,
 * which takes every line that is written in another way.
 */
#ifndef TOP_FLAT_LINE_H
#define TOP_FLAT_LINE_H

#include "top/flow_line.h"

/* Which field stood at which place of a line: the daemon writes them in one order. Zero: not
 * known yet. */
#define FLAT_HINTS 64
struct flat_hints {
	uint8_t field[FLAT_HINTS]; /* + 1: texts, then numbers */
};

/* Fills `ret` from text[0..len), which it changes and which `ret` points into; text[len]
 * is a NUL. hints: what the line before left; NULL = none. false: not of the plain form;
 * `ret` and `text` are spoiled then. */
bool flat_line_read(char *text, size_t len, struct flat_hints *hints, struct flow_line *ret);

#endif
