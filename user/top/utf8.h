/* SPDX-License-Identifier: Apache-2.0
 *
 * Code points out of and into UTF-8, and their width on a terminal.
 */
#ifndef TOP_UTF8_H
#define TOP_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xb7u /* middle dot: stands for what must not be printed */

/* Next printable code point of *s, which moves on; 0 at the end. Controls, format
 * characters (bidirectional overrides among them) and bad bytes give UTF8_BAD. */
uint32_t utf8_next(const char **s);

/* 0 (combining), 1 or 2. */
int utf8_width(uint32_t ch);

/* Encodes; returns bytes written to out. */
size_t utf8_encode(uint32_t ch, char out[4]);

#endif
