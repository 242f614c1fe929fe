/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of egresstop. One table makes the parser and --help.
 */
#ifndef TOP_OPTIONS_H
#define TOP_OPTIONS_H

#include <stdbool.h>

#include "top/column.h"
#include "top/theme.h"

enum batch_format { BATCH_TEXT = 0, BATCH_JSON, BATCH_CSV };

enum given {
	GIVEN_GROUP = 1,
	GIVEN_SORT = 2,
	GIVEN_INVERT = 4,
	GIVEN_TREE = 8,
	GIVEN_ALL = 16,
	GIVEN_THEME = 32
};

struct options {
	const char *socket_path; /* NULL = the default */
	const char *filter;
	const char *replay_path; /* NULL = live */
	unsigned int interval_ms, limit;
	unsigned long count; /* of --batch; 0 = without end */
	enum batch_format format;
	enum group group;
	enum column sort;
	enum theme theme;
	uint32_t given; /* enum given: what the saved setup must not change */
	enum tree tree;
	bool batch, invert, all_scopes, ascii, no_color;
};

/* 0 = go on; 1 = --help or --version was printed: end with 0; -EINVAL = a wrong
 * line, said on stderr: end with 2. */
int options_parse(int argc, char **argv, struct options *ret);

#endif
