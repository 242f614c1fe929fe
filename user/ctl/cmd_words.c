/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl approve|decline|audit`: the operator's verdict on an alert, and the record
 * of every change.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <pwd.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

enum { V_WHY };

const struct cli_option verdict_options[] = {
	[V_WHY] = { "why", 0, "TEXT", "for the audit" },
	{ 0 },
};

enum { U_SINCE, U_LIMIT };

const struct cli_option audit_options[] = {
	[U_SINCE] = { "since", 0, "WHEN", "those since 2026-05-01T02:13:40Z, today, or 2h ago" },
	[U_LIMIT] = { "limit", 'n', "N", "no more than the last N" },
	{ 0 },
};

static int give_verdict(struct ctl *ctl, const struct cli_args *args, const char *op,
			const char *word)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	_cleanup_rows_ struct rows rows = { 0 };
	int status;

	request_begin(&request, op);
	jsonw_str(&request, "alert", args->words[0]);
	if (args->value[V_WHY])
		jsonw_str(&request, "why", args->value[V_WHY]);
	if (ctl->json)
		return ctl_pass_through(ctl, &request);
	status = ctl_request_rows(ctl, &request, &rows);
	if (status == CTL_OK && rows.count)
		printf("%s %s\n", word, row_text(rows.item[0], word));
	return status;
}

int cmd_approve(struct ctl *ctl, const struct cli_args *args)
{
	return give_verdict(ctl, args, "approve", "approved");
}

int cmd_decline(struct ctl *ctl, const struct cli_args *args)
{
	return give_verdict(ctl, args, "decline", "declined");
}

/* "root (0)". */
static void add_who(struct table *t, struct json_object *row)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct passwd *user;
	uint64_t uid;

	if (row_u64(row, "user.id", &uid)) {
		user = getpwuid((uid_t)uid);
		buf_addf(&text, "%s (%" PRIu64 ")", user ? user->pw_name : "?", uid);
	}
	table_add(t, text.data ? text.data : "");
}

static int print_audit(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "WHEN", false },
			    { "WHO", false },
			    { "WHAT", false },
			    { "DETAIL", false } },
		.columns = 4,
	};

	for (size_t i = 0; i < rows->count; i++) {
		cell_text(&t, rows->item[i], "@timestamp");
		add_who(&t, rows->item[i]);
		cell_text(&t, rows->item[i], "event.action");
		cell_text(&t, rows->item[i], "message");
	}
	return ctl_answer_table(ctl, &t, "nothing was changed");
}

int cmd_audit(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	uint64_t limit;
	int64_t since;

	request_begin(&request, "audit");
	if (args->value[U_SINCE]) {
		if (ctl_parse_when("since", args->value[U_SINCE], &since) < 0)
			return CTL_USAGE;
		jsonw_i64(&request, "since", since);
	}
	if (args->value[U_LIMIT]) {
		if (parse_u64(args->value[U_LIMIT], &limit) < 0)
			return ctl_fail(CTL_USAGE, "--limit: give a number");
		jsonw_u64(&request, "limit", limit);
	}
	return ctl_answer(ctl, &request, print_audit);
}
