/* SPDX-License-Identifier: Apache-2.0
 *
 * Subcommands and their options as tables: parsing, --help and completion come from
 * the same rows.
 */
#ifndef CTL_CLI_H
#define CTL_CLI_H

#include <stdbool.h>
#include <stdio.h>

struct ctl;

#define CLI_OPTIONS_MAX 12 /* of one command, the common ones not counted */

struct cli_option {
	const char *name; /* long name; NULL ends a table */
	char letter;      /* short form, or 0 */
	const char *arg;  /* name of its argument, or NULL: a flag */
	const char *help;
};

/* What a command line said. */
struct cli_args {
	const char *value[CLI_OPTIONS_MAX]; /* by index in the table; flags: ""; NULL: not given */
	char **words;
	int count;
};

/* Common options a command takes. */
#define CLI_SOCKET 1u
#define CLI_JSON 2u

struct cli_command {
	const char *name;  /* one word, or two: "baseline list" */
	const char *words; /* arguments for the usage line: "FILE", "" */
	int min_words, max_words;
	unsigned int common; /* CLI_* */
	const struct cli_option *options;
	int (*run)(struct ctl *ctl, const struct cli_args *args); /* returns the exit status */
	const char *help;
};

extern const struct cli_option cli_common[];

/* Finds the command argv begins with; *ret_words is how many words its name took.
 * NULL: unknown. */
const struct cli_command *cli_find(const struct cli_command *table, int argc, char **argv,
				   int *ret_words);

/* Parses the options behind the name. 0; 1 = help was asked for; -EINVAL with one
 * line on stderr. */
int cli_parse(const struct cli_command *cmd, int argc, char **argv, struct ctl *ctl,
	      struct cli_args *ret);

void cli_help(const struct cli_command *cmd, FILE *out);
void cli_overview(const struct cli_command *table, FILE *out);

#endif
