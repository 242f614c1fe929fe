/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of egressd; see options.h. Options that also stand in the
 * configuration file become overrides of it, so that both are checked alike.
 */
#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/buf.h"

struct option_row {
	const char *name, *argument, *config_name, *config_value, *help;
	int short_name;
};

enum { OPT_FIRST_LONG = 256 };

/* config_name: the option sets this configuration value, to the argument or config_value. */
static const struct option_row rows[] = {
	{ "config", "FILE", NULL, NULL,
	  "configuration (default: /etc/egressd/egressd.yaml if it exists)", 'c' },
	{ "check", NULL, NULL, NULL, "check the configuration and exit: 0 good, 2 bad", 0 },
	{ "support", NULL, NULL, NULL,
	  "say what this kernel can count and what is missing, and exit", 0 },
	{ "detach", NULL, NULL, NULL, "remove the pinned counters of the state directory and exit",
	  0 },
	{ "json", NULL, NULL, NULL, "with --support: one JSON object", 0 },
	{ "state-dir", "DIR", "daemon.state_dir", NULL,
	  "where baselines, alerts and history are kept", 0 },
	{ "socket", "PATH", "daemon.socket_path", NULL, "control socket", 0 },
	{ "no-store", NULL, "daemon.store", "false", "keep no history in SQLite", 0 },
	{ "ephemeral", NULL, "daemon.ephemeral", "true",
	  "do not pin counters: counting ends with the daemon", 0 },
	{ "log-level", "LEVEL", "daemon.log_level", NULL, "error, warning, info or debug", 0 },
	{ "rung", "NAME", NULL, NULL,
	  "use this rung of the ladder (see docs/kernel.md) instead of the best one, for tests",
	  0 },
	{ "help", NULL, NULL, NULL, "this text", 'h' },
	{ "version", NULL, NULL, NULL, "version and exit", 'V' },
};

void daemon_options_help(struct buf *out)
{
	buf_add_str(
		out,
		"Usage: egressd [OPTION]...\n"
		"Counts every byte that leaves this host, by process and destination, learns what is\n"
		"normal and reports what is not. Runs in the foreground; logs to standard error.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf left _cleanup_buf_ = BUF_INIT;

		if (rows[i].short_name)
			buf_addf(&left, "  -%c, ", rows[i].short_name);
		else
			buf_add_str(&left, "      ");
		buf_addf(&left, "--%s", rows[i].name);
		if (rows[i].argument)
			buf_addf(&left, " %s", rows[i].argument);
		buf_addf(out, "%-26s %s\n", left.data ? left.data : "", rows[i].help);
	}
	buf_add_str(out,
		    "\nExit status: 0 ok, 1 failed, 2 usage or bad input, 4 no permission, 77 not\n"
		    "supported by this kernel. See egressd(8), egressctl(1), egresstop(1).\n");
}

static int set_override(struct daemon_options *o, const char *name, const char *value)
{
	if (o->override_count == DAEMON_OVERRIDES_MAX)
		return -EINVAL;
	o->overrides[o->override_count].name = name;
	o->overrides[o->override_count++].value = value;
	return 0;
}

static int apply_row(struct daemon_options *o, const struct option_row *row, const char *argument)
{
	static const struct {
		const char *name;
		enum daemon_action action;
	} actions[] = {
		{ "check", ACTION_CHECK },     { "support", ACTION_SUPPORT },
		{ "detach", ACTION_DETACH },   { "help", ACTION_HELP },
		{ "version", ACTION_VERSION },
	};

	if (row->config_name)
		return set_override(o, row->config_name,
				    row->config_value ? row->config_value : argument);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(row->name, actions[i].name) == 0)
			o->action = actions[i].action;
	if (strcmp(row->name, "config") == 0)
		o->config_path = argument;
	else if (strcmp(row->name, "rung") == 0)
		o->force_rung = argument;
	else if (strcmp(row->name, "json") == 0)
		o->json = true;
	return 0;
}

int daemon_options_parse(int argc, char *argv[], struct daemon_options *ret, struct buf *error)
{
	struct option longs[ARRAY_SIZE(rows) + 1] = { 0 };
	int c;

	*ret = (struct daemon_options){ .action = ACTION_RUN };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument : no_argument,
			.val = OPT_FIRST_LONG + (int)i,
		};
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:hV", longs, NULL)) != -1) {
		const struct option_row *row = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			if (c == OPT_FIRST_LONG + (int)i || c == rows[i].short_name)
				row = &rows[i];
		if (c == '?' || c == ':' || !row) {
			buf_addf(error, "%s '%s'; try --help",
				 c == ':' ? "an argument is missing for" : "unknown option",
				 argv[optind - 1]);
			return -EINVAL;
		}
		if (apply_row(ret, row, optarg) < 0) {
			buf_addf(error, "too many options at '%s'; put them into a file",
				 argv[optind - 1]);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		buf_addf(error, "unexpected argument '%s'; try --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}
