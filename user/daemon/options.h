/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of egressd: one table makes the parser and `--help`.
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum daemon_action {
	ACTION_RUN = 0,
	ACTION_CHECK,   /* --check: is the configuration right? */
	ACTION_SUPPORT, /* --support: what can this kernel count? */
	ACTION_DETACH,  /* --detach: remove pinned counters */
	ACTION_HELP,
	ACTION_VERSION,
};

enum { DAEMON_OVERRIDES_MAX = 16 };

struct daemon_options {
	enum daemon_action action;
	const char *config_path; /* NULL = default */
	const char *force_rung;  /* --rung, for tests; NULL = best */
	bool json;
	/* Options of the configuration given on the command line, in order. */
	struct {
		const char *name, *value;
	} overrides[DAEMON_OVERRIDES_MAX];
	size_t override_count;
};

/* Parses argv (strings stay argv's). 0, or -EINVAL with one line in `error`. */
int daemon_options_parse(int argc, char *argv[], struct daemon_options *ret, struct buf *error);
void daemon_options_help(struct buf *out);

#endif
