/* SPDX-License-Identifier: Apache-2.0
 *
 * Option tables to getopt_long() and to --help; see cli.h.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "ctl/ctl.h"

#define COMMON_BASE 1000 /* getopt values of the common options */
#define TABLE_BASE 2000  /* and of the command's own */

enum { COMMON_SOCKET, COMMON_JSON, COMMON_HELP, COMMON_COUNT };

const struct cli_option cli_common[] = {
	[COMMON_SOCKET] = { "socket", 's', "PATH", "control socket of the daemon" },
	[COMMON_JSON] = { "json", 'j', NULL, "one JSON object a line" },
	[COMMON_HELP] = { "help", 'h', NULL, "say this and exit" },
	[COMMON_COUNT] = { 0 },
};

static bool takes_common(const struct cli_command *cmd, size_t i)
{
	return i == COMMON_HELP || (i == COMMON_SOCKET && cmd->common & CLI_SOCKET) ||
	       (i == COMMON_JSON && cmd->common & CLI_JSON);
}

static bool name_matches(const char *name, const char *first, const char *second, int *ret_words)
{
	size_t len = strlen(first);

	if (strncmp(name, first, len) != 0)
		return false;
	if (name[len] == '\0') {
		*ret_words = 1;
		return true;
	}
	*ret_words = 2;
	return name[len] == ' ' && second && strcmp(name + len + 1, second) == 0;
}

const struct cli_command *cli_find(const struct cli_command *table, int argc, char **argv,
				   int *ret_words)
{
	if (argc < 1)
		return NULL;
	for (const struct cli_command *c = table; c->name; c++)
		if (name_matches(c->name, argv[0], argc > 1 ? argv[1] : NULL, ret_words))
			return c;
	return NULL;
}

static void add_option(const struct cli_option *o, int value, struct option *option, char *letters)
{
	size_t n = strlen(letters);

	option->name = o->name;
	option->has_arg = o->arg ? required_argument : no_argument;
	option->val = value;
	if (!o->letter)
		return;
	letters[n++] = o->letter;
	if (o->arg)
		letters[n++] = ':';
	letters[n] = '\0';
}

/* A letter's getopt value, made the long option's. */
static int value_of_letter(const struct cli_command *cmd, int letter)
{
	for (int i = 0; i < COMMON_COUNT; i++)
		if (takes_common(cmd, (size_t)i) && cli_common[i].letter == letter)
			return COMMON_BASE + i;
	for (int i = 0; cmd->options && cmd->options[i].name; i++)
		if (cmd->options[i].letter == letter)
			return TABLE_BASE + i;
	return '?';
}

static int usage_error(const struct cli_command *cmd, const char *what, const char *word)
{
	(void)ctl_fail(CTL_USAGE, "%s: %s%s%s; see egressctl %s --help", cmd->name, what,
		       *word ? " " : "", word, cmd->name);
	return -EINVAL;
}

/* Takes one option in; 1 = help. */
static int take(const struct cli_command *cmd, int value, struct ctl *ctl, struct cli_args *ret)
{
	if (value == COMMON_BASE + COMMON_HELP)
		return 1;
	if (value == COMMON_BASE + COMMON_SOCKET)
		ctl->socket = optarg;
	else if (value == COMMON_BASE + COMMON_JSON)
		ctl->json = true;
	else if (value == ':')
		return usage_error(cmd, "an argument is missing after", "an option");
	else if (value < TABLE_BASE)
		return usage_error(cmd, "unknown option", "");
	else
		ret->value[value - TABLE_BASE] = optarg ? optarg : "";
	return 0;
}

/* A letter may stand in the middle of a word: "-5GB" is the option -5. */
static int unknown_option(const struct cli_command *cmd, const char *word)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	return usage_error(cmd, "unknown option", optopt ? letter : word);
}

int cli_parse(const struct cli_command *cmd, int argc, char **argv, struct ctl *ctl,
	      struct cli_args *ret)
{
	struct option table[COMMON_COUNT + CLI_OPTIONS_MAX + 1] = { 0 };
	char letters[2 + 2 * (COMMON_COUNT + CLI_OPTIONS_MAX)] = ":";
	int n = 0, value, r;

	*ret = (struct cli_args){ 0 };
	for (int i = 0; i < COMMON_COUNT; i++)
		if (takes_common(cmd, (size_t)i))
			add_option(&cli_common[i], COMMON_BASE + i, &table[n++], letters);
	for (int i = 0; cmd->options && cmd->options[i].name; i++)
		add_option(&cmd->options[i], TABLE_BASE + i, &table[n++], letters);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (value == '?')
			return unknown_option(cmd, argv[optind - 1]);
		if (value == ':')
			return usage_error(cmd, "an argument is missing after", argv[optind - 1]);
		if (value < COMMON_BASE)
			value = value_of_letter(cmd, value);
		r = take(cmd, value, ctl, ret);
		if (r != 0)
			return r;
	}
	ret->words = argv + optind;
	ret->count = argc - optind;
	if (ret->count < cmd->min_words)
		return usage_error(cmd, "missing", cmd->words);
	if (ret->count > cmd->max_words)
		return usage_error(cmd, "one word too many:", ret->words[cmd->max_words]);
	return 0;
}

static void help_option(const struct cli_option *o, FILE *out)
{
	char left[64];
	char letter[8] = "    ";

	if (o->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
		       o->arg ? o->arg : "");
	fprintf(out, "  %-26s %s\n", left, o->help);
}

void cli_help(const struct cli_command *cmd, FILE *out)
{
	fprintf(out, "Usage: egressctl %s [OPTION]...%s%s\n\n%s.\n\n", cmd->name,
		*cmd->words ? " " : "", cmd->words, cmd->help);
	for (const struct cli_option *o = cmd->options; o && o->name; o++)
		help_option(o, out);
	for (size_t i = 0; i < COMMON_COUNT; i++)
		if (takes_common(cmd, i))
			help_option(&cli_common[i], out);
}

void cli_overview(const struct cli_command *table, FILE *out)
{
	fputs("Usage: egressctl [--socket PATH] [--json] COMMAND [OPTION]... [ARGUMENT]...\n"
	      "Questions to the egress sensor of this host, and its control.\n\nCommands:\n",
	      out);
	for (const struct cli_command *c = table; c->name; c++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%s %s", c->name, c->words);
		fprintf(out, "  %-26s %s\n", left, c->help);
	}
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < COMMON_COUNT; i++)
		help_option(&cli_common[i], out);
	help_option(&(struct cli_option){ "version", 'V', NULL, "say the version and exit" }, out);
	fputs("\n`egressctl help COMMAND` tells a command's options. Exit status: 0 ok, 1 no or\n"
	      "failed, 2 usage or bad input, 3 no daemon, 4 no permission.\n",
	      out);
}
