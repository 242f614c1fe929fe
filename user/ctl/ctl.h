/* SPDX-License-Identifier: Apache-2.0
 *
 * What every subcommand of egressctl shares: where the daemon is, how to print, the
 * exit statuses of the contract, and the subcommands themselves.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>

#include "base/buf.h"
#include "client/client.h"
#include "ctl/cli.h"

struct json_object;
struct table;

enum ctl_status {
	CTL_OK = 0,
	CTL_NO = 1, /* the answer is "no", or the action failed */
	CTL_USAGE = 2,
	CTL_NO_DAEMON = 3,
	CTL_NO_PERMISSION = 4,
};

struct ctl {
	const char *command; /* its first word: "expect" */
	const char *socket;
	bool json;
	bool color; /* standard output is a terminal and NO_COLOR is not set */
};

/* An answer kept whole: one json object a line. */
struct rows {
	struct json_object **item;
	size_t count, cap;
};
#define _cleanup_rows_ _cleanup_(rows_free)
void rows_free(struct rows *rows);

/* One line to stderr, "egressctl: ..."; returns `status`. */
_printf_(2, 3) int ctl_fail(int status, const char *format, ...);

/* Exit status for the negative errno of an input file. */
int ctl_status_of(int error);
/* The words of a library function as they are (they begin with file and line), or
 * "file: what the errno means", a line each; spoils `words`. Returns ctl_status_of(error). */
int ctl_fail_words(int error, struct buf *words, const char *file);

/* A whole answer: the table, or `if_empty` instead of its titles. An exit status. */
int ctl_answer_table(const struct ctl *ctl, const struct table *t, const char *if_empty);

/* Appends `{"op":op` ; the caller adds members and ends with ctl_request_*(), which
 * closes the object. */
void request_begin(struct buf *request, const char *op);

/* Connects, asks, gives each line to fn. Returns an exit status; what went wrong has
 * been said. fn returning nonzero ends the request quietly with CTL_OK. */
int ctl_request(const struct ctl *ctl, struct buf *request, client_line_fn fn, void *ctx);
/* The same with every line parsed. */
int ctl_request_rows(const struct ctl *ctl, struct buf *request, struct rows *ret);
/* The same, quiet about a no of the daemon: what is asked for may not be there. */
int ctl_try_rows(const struct ctl *ctl, struct buf *request, struct rows *ret);
/* The same with the lines as they come (--json). */
int ctl_pass_through(const struct ctl *ctl, struct buf *request);
/* --json: passes through; else parses and gives all rows to `print`. */
int ctl_answer(const struct ctl *ctl, struct buf *request,
	       int (*print)(const struct ctl *ctl, const struct rows *rows));

/* A client_line_fn: the line to stdout, at once; ends when nobody reads. */
int print_line(void *ctx, const char *line, size_t len);

/* Unix seconds for --since and the like; says what is wrong. */
int ctl_parse_when(const char *option, const char *text, int64_t *ret);

int cmd_status(struct ctl *ctl, const struct cli_args *args);
int cmd_flows(struct ctl *ctl, const struct cli_args *args);
int cmd_alerts(struct ctl *ctl, const struct cli_args *args);
int cmd_show(struct ctl *ctl, const struct cli_args *args);
int cmd_explain(struct ctl *ctl, const struct cli_args *args);
int cmd_report(struct ctl *ctl, const struct cli_args *args);
int cmd_ack(struct ctl *ctl, const struct cli_args *args);
int cmd_silence(struct ctl *ctl, const struct cli_args *args);
int cmd_expect(struct ctl *ctl, const struct cli_args *args);
int cmd_role(struct ctl *ctl, const struct cli_args *args);
int cmd_budget(struct ctl *ctl, const struct cli_args *args);
int cmd_words_list(struct ctl *ctl, const struct cli_args *args);
int cmd_words_remove(struct ctl *ctl, const struct cli_args *args);
int cmd_audit(struct ctl *ctl, const struct cli_args *args);
int cmd_approve(struct ctl *ctl, const struct cli_args *args);
int cmd_decline(struct ctl *ctl, const struct cli_args *args);
int cmd_history(struct ctl *ctl, const struct cli_args *args);
int cmd_baseline_list(struct ctl *ctl, const struct cli_args *args);
int cmd_baseline_report(struct ctl *ctl, const struct cli_args *args);
int cmd_baseline_show(struct ctl *ctl, const struct cli_args *args);
int cmd_baseline_export(struct ctl *ctl, const struct cli_args *args);
int cmd_baseline_import(struct ctl *ctl, const struct cli_args *args);
int cmd_baseline_reset(struct ctl *ctl, const struct cli_args *args);
int cmd_record(struct ctl *ctl, const struct cli_args *args);
int cmd_replay(struct ctl *ctl, const struct cli_args *args);
int cmd_what_if(struct ctl *ctl, const struct cli_args *args);
int cmd_check_config(struct ctl *ctl, const struct cli_args *args);
int cmd_export(struct ctl *ctl, const struct cli_args *args);
int cmd_spool_ls(struct ctl *ctl, const struct cli_args *args);
int cmd_spool_retry(struct ctl *ctl, const struct cli_args *args);
int cmd_spool_fsck(struct ctl *ctl, const struct cli_args *args);
int cmd_support(struct ctl *ctl, const struct cli_args *args);
int cmd_doctor(struct ctl *ctl, const struct cli_args *args);
int cmd_detach(struct ctl *ctl, const struct cli_args *args);
int cmd_help(struct ctl *ctl, const struct cli_args *args);
int cmd_version(struct ctl *ctl, const struct cli_args *args);

extern const struct cli_option silence_options[], verdict_options[], audit_options[];
extern const struct cli_option expect_options[], role_options[], budget_options[];
extern const struct cli_option flows_options[], alerts_options[], report_options[],
	history_options[], record_options[], replay_options_table[], what_if_options[],
	check_config_options[], export_options[], spool_ls_options[], spool_retry_options[],
	spool_fsck_options[];
extern const struct cli_command ctl_commands[]; /* ends with name NULL */

#endif
