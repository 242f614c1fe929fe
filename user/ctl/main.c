/* SPDX-License-Identifier: Apache-2.0
 *
 * egressctl: finds the subcommand, runs it, and sees to it that what was printed
 * arrived. Talks to the daemon only through client/.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "ctl/ctl.h"
#include "egress/version.h"

#define S CLI_SOCKET
#define J CLI_JSON

const struct cli_command ctl_commands[] = {
	{ "status", "", 0, 0, S | J, NULL, cmd_status,
	  "What is counted, how exactly, what was lost" },
	{ "flows", "", 0, 0, S | J, flows_options, cmd_flows, "Who sends what where" },
	{ "alerts", "", 0, 0, S | J, alerts_options, cmd_alerts, "Alerts, open and lately closed" },
	{ "show", "ALERT", 1, 1, S | J, NULL, cmd_show, "One alert with its evidence" },
	{ "explain", "ALERT", 1, 1, S | J, NULL, cmd_explain,
	  "Why an alert is one: arithmetic, evidence, its past as a chart" },
	{ "report", "[ALERT]", 0, 1, S, report_options, cmd_report,
	  "An incident as one HTML file, for people" },
	{ "ack", "ALERT", 1, 1, S | J, NULL, cmd_ack, "Acknowledge an alert" },
	{ "expect list", "", 0, 0, S | J, NULL, cmd_words_list, "Transfers that are declared" },
	{ "expect remove", "ID", 1, 1, S | J, NULL, cmd_words_remove, "Take a declaration back" },
	{ "expect", "", 0, 0, S | J, expect_options, cmd_expect,
	  "Declare a transfer: who, where, when, how much" },
	{ "role list", "", 0, 0, S | J, NULL, cmd_words_list, "Roles of peers and programs" },
	{ "role remove", "ID", 1, 1, S | J, NULL, cmd_words_remove, "Take a role back" },
	{ "role", "ROLE", 1, 1, S | J, role_options, cmd_role,
	  "Say what a peer is: replica, backup, application" },
	{ "budget list", "", 0, 0, S | J, NULL, cmd_words_list, "Daily budgets, and what is left" },
	{ "budget remove", "ID", 1, 1, S | J, NULL, cmd_words_remove, "Take a budget back" },
	{ "budget", "SIZE", 1, 1, S | J, budget_options, cmd_budget,
	  "Alert on more than that in a UTC day" },
	{ "silence list", "", 0, 0, S | J, NULL, cmd_words_list, "Silences, and what is left" },
	{ "silence remove", "ID", 1, 1, S | J, NULL, cmd_words_remove,
	  "End a silence, by its id or its alert's" },
	{ "silence", "[ALERT]", 0, 1, S | J, silence_options, cmd_silence,
	  "Hear nothing of an alert or a match, within a budget" },
	{ "approve", "ALERT", 1, 1, S | J, verdict_options, cmd_approve,
	  "What an alert is about may become normal" },
	{ "decline", "ALERT", 1, 1, S | J, verdict_options, cmd_decline,
	  "What an alert is about must not become normal" },
	{ "audit", "", 0, 0, S | J, audit_options, cmd_audit, "What was changed, when, by whom" },
	{ "history", "", 0, 0, S | J, history_options, cmd_history, "What left, minute by minute" },
	{ "baseline list", "", 0, 0, S | J, NULL, cmd_baseline_list, "What is normal, by series" },
	{ "baseline report", "", 0, 0, S | J, NULL, cmd_baseline_report,
	  "Who was learned to send to whom, public first" },
	{ "baseline show", "SERIES", 1, 1, S | J, NULL, cmd_baseline_show, "One series in full" },
	{ "baseline export", "FILE", 1, 1, S, NULL, cmd_baseline_export,
	  "Write what was learned to a file" },
	{ "baseline import", "FILE", 1, 1, S | J, NULL, cmd_baseline_import,
	  "Replace what was learned" },
	{ "baseline reset", "", 0, 0, S | J, NULL, cmd_baseline_reset, "Forget what was learned" },
	{ "record", "", 0, 0, S, record_options, cmd_record, "Write the live traffic as a trace" },
	{ "replay", "FILE", 1, 1, J, replay_options_table, cmd_replay,
	  "Judge a trace; needs no daemon and no root" },
	{ "what-if", "", 0, 0, S | J, what_if_options, cmd_what_if,
	  "Which alerts another configuration would have given" },
	{ "check-config", "[FILE]", 0, 1, J, check_config_options, cmd_check_config,
	  "Check a configuration file" },
	{ "export", "", 0, 0, S, export_options, cmd_export,
	  "Alerts or flows as a SIEM gets them" },
	{ "spool ls", "", 0, 0, S | J, spool_ls_options, cmd_spool_ls,
	  "What waits for each sink, what it refused" },
	{ "spool retry", "", 0, 0, S | J, spool_retry_options, cmd_spool_retry,
	  "Send dead letters again" },
	{ "spool fsck", "[DIR]", 0, 1, J, spool_fsck_options, cmd_spool_fsck,
	  "Check the spool in a state directory; needs no daemon" },
	{ "support", "", 0, 0, S | J, NULL, cmd_support,
	  "What this kernel offers, what each gap costs" },
	{ "doctor", "", 0, 0, S | J, NULL, cmd_doctor, "Look for what is wrong, with remedies" },
	{ "detach", "", 0, 0, S | J, NULL, cmd_detach, "Stop counting and remove the pins" },
	{ "help", "[COMMAND]", 0, 2, 0, NULL, cmd_help, "Tell a command's options" },
	{ "version", "", 0, 0, 0, NULL, cmd_version, "Say the version" },
	{ 0 },
};

int cmd_version(struct ctl *ctl, const struct cli_args *args)
{
	(void)ctl;
	(void)args;
	puts("egressctl " EGRESS_VERSION);
	return CTL_OK;
}

static int unknown_command(char **words)
{
	if (strcmp(words[0], "baseline") == 0)
		return ctl_fail(CTL_USAGE,
				"baseline: say list, report, show, export, import or reset");
	if (strcmp(words[0], "spool") == 0)
		return ctl_fail(CTL_USAGE, "spool: say ls, retry or fsck");
	return ctl_fail(CTL_USAGE, "unknown command \"%s\"; see egressctl --help", words[0]);
}

int cmd_help(struct ctl *ctl, const struct cli_args *args)
{
	int words;
	const struct cli_command *cmd = cli_find(ctl_commands, args->count, args->words, &words);

	(void)ctl;
	if (args->count == 0)
		cli_overview(ctl_commands, stdout);
	else if (!cmd)
		return unknown_command(args->words);
	else
		cli_help(cmd, stdout);
	return CTL_OK;
}

static int run_command(struct ctl *ctl, int argc, char **argv)
{
	struct cli_args args;
	int words, r;
	const struct cli_command *cmd = cli_find(ctl_commands, argc, argv, &words);

	if (!cmd)
		return unknown_command(argv);
	r = cli_parse(cmd, argc - words + 1, argv + words - 1, ctl, &args);
	if (r < 0)
		return CTL_USAGE;
	if (r > 0) {
		cli_help(cmd, stdout);
		return CTL_OK;
	}
	ctl->command = argv[0];
	return cmd->run(ctl, &args);
}

/* The options before the command. -1: go on; else the exit status. */
static int parse_global(struct ctl *ctl, int argc, char **argv)
{
	static const struct option table[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:s:jhV", table, NULL)) != -1) {
		switch (c) {
		case 's': ctl->socket = optarg; break;
		case 'j': ctl->json = true; break;
		case 'h': cli_overview(ctl_commands, stdout); return CTL_OK;
		case 'V': return cmd_version(ctl, NULL);
		case ':':
			return ctl_fail(CTL_USAGE, "an argument is missing after %s",
					argv[optind - 1]);
		default:
			return ctl_fail(CTL_USAGE, "unknown option %s; see egressctl --help",
					argv[optind - 1]);
		}
	}
	if (optind < argc)
		return -1;
	cli_overview(ctl_commands, stderr);
	return CTL_USAGE;
}

/* A reader that has gone (`| head`) is no error; a full disk is. */
static int finish_output(int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE || errno == 0)
		return status;
	return ctl_fail(CTL_NO, "cannot write the answer: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	const char *socket = getenv("EGRESSD_SOCKET"), *no_color = getenv("NO_COLOR");
	struct ctl ctl = {
		.socket = socket && *socket ? socket : client_default_socket,
		.color = isatty(STDOUT_FILENO) && !(no_color && *no_color),
	};
	int status;

	(void)setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth() only */
	(void)signal(SIGPIPE, SIG_IGN);
	status = parse_global(&ctl, argc, argv);
	if (status < 0)
		status = run_command(&ctl, argc - optind, argv + optind);
	return finish_output(status);
}
