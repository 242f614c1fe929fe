/* SPDX-License-Identifier: Apache-2.0
 *
 * Text as HTML. Names come from processes that may mean us harm: nothing they contain
 * can end an element or an attribute, begin a script, or hide or turn text around.
 */
#ifndef CTL_HTML_H
#define CTL_HTML_H

#include <stdint.h>

struct buf;
struct json_object;

/* Appends `s` as text of an element, or of an attribute in double quotes. */
void html_text(struct buf *out, const char *s);
/* The same inside an element: <tag>s</tag>, with a class where `cls` is not "". `tag`
 * and `cls` are ours. */
void html_element(struct buf *out, const char *tag, const char *cls, const char *s);
/* A cell of a table; numbers stand right. */
void html_cell(struct buf *out, const char *s);
void html_cell_bytes(struct buf *out, uint64_t bytes);
void html_cell_time(struct buf *out, int64_t ts);

#endif
