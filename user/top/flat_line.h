/* SPDX-License-Identifier: Apache-2.0
 *
 * The plain form in which the daemon writes a flow: one object, flat, each known key
 * once, simple numbers and escapes. Read in place, several times as fast as by json-c,
 * which takes every line that is written in another way.
 */
#ifndef TOP_FLAT_LINE_H
#define TOP_FLAT_LINE_H

#include "top/flow_line.h"

/* Fills `ret` from text[0..len), which it changes and which `ret` points into; text[len]
 * is a NUL. false: not of the plain form; `ret` and `text` are spoiled then. */
bool flat_line_read(char *text, size_t len, struct flow_line *ret);

#endif
