/* SPDX-License-Identifier: Apache-2.0
 *
 * The saved setup: $XDG_CONFIG_HOME/egresstop/egresstoprc (or ~/.config/...), lines of
 * "key = value". Read at the start, written when the user says so.
 */
#ifndef TOP_SETUP_H
#define TOP_SETUP_H

#include <stddef.h>

#include "base/buf.h"
#include "top/column.h"
#include "top/theme.h"

struct setup {
	enum group group;
	enum column sort;
	enum theme theme;
	enum tree tree;
	bool invert, local;
	struct column_facts columns; /* show and hide only */
};

/* Takes what it understands of a file's text; each other line leaves a sentence in
 * `problems` ("3: unknown theme ..."). Never fails. Pure. */
void setup_parse(const char *text, size_t len, struct setup *s, struct buf *problems);
void setup_write(const struct setup *s, struct buf *out); /* what setup_parse() reads */

/* 0 or a negative errno; -ENOENT: there is no file, or no home. */
int setup_load(struct setup *s, struct buf *problems);
/* Writes the file whole or not at all; *path (PATH_MAX bytes) says where. */
int setup_save(const struct setup *s, char *path, size_t size);

#endif
