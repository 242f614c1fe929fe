/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl detach` and `history`: single questions with a plain answer.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

enum { H_ALL, H_SINCE, H_UNTIL };

const struct cli_option history_options[] = {
	[H_ALL] = { "all", 'a', NULL, "hand-offs inside the host too, as --json has them" },
	[H_SINCE] = { "since", 0, "WHEN", "from then on (default: 1h ago)" },
	[H_UNTIL] = { "until", 0, "WHEN", "to then (default: now)" },
	{ 0 },
};

int cmd_detach(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status;

	(void)args;
	request_begin(&request, "detach");
	status = ctl->json ? ctl_pass_through(ctl, &request)
			   : ctl_request(ctl, &request, NULL, NULL);
	if (status == CTL_NO_DAEMON)
		fputs("Without a daemon, `egressd --detach` removes the pinned counters.\n",
		      stderr);
	else if (status == CTL_OK && !ctl->json)
		puts("detached: nothing is counted until egressd starts again");
	return status;
}

/* What stayed inside would bury what left. */
static bool is_inside(struct json_object *row)
{
	const char *scope = row_text(row, "scope");

	return strcmp(scope, "loopback") == 0 || strcmp(scope, "host-local") == 0;
}

static int print_history(const struct ctl *ctl, const struct rows *rows, bool all)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "TIME", false },
			    { "PROCESS", false },
			    { "USER", false },
			    { "CONTAINER", false },
			    { "INITIATION", false },
			    { "DESTINATION", false },
			    { "PORT", true },
			    { "SCOPE", false },
			    { "SENT", true },
			    { "WIRE", true } },
		.columns = 10,
	};

	for (size_t i = 0; i < rows->count; i++) {
		struct json_object *o = rows->item[i];
		char time[32] = "";
		uint64_t ts;

		if (!all && is_inside(o))
			continue;
		if (row_u64(o, "ts", &ts))
			format_time(time, (int64_t)ts);
		table_add(&t, time);
		cell_text(&t, o, *row_text(o, "comm") ? "comm" : "exe");
		cell_text(&t, o, "user");
		cell_text(&t, o, "container");
		cell_text(&t, o, "init");
		cell_text(&t, o, "dst");
		cell_number(&t, o, "port");
		cell_text(&t, o, "scope");
		cell_short(&t, o, "tx");
		cell_short(&t, o, "wire");
	}
	return ctl_answer_table(ctl, &t,
				all || !rows->count ? "no history in that time"
						    : "nothing left this host in that time; --all "
						      "has what was handed over inside");
}

static int print_left(const struct ctl *ctl, const struct rows *rows)
{
	return print_history(ctl, rows, false);
}

static int print_all(const struct ctl *ctl, const struct rows *rows)
{
	return print_history(ctl, rows, true);
}

int cmd_history(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	const char *since = args->value[H_SINCE] ? args->value[H_SINCE] : "1h";
	int64_t when;

	request_begin(&request, "history");
	if (ctl_parse_when("since", since, &when) < 0)
		return CTL_USAGE;
	jsonw_i64(&request, "since", when);
	if (args->value[H_UNTIL]) {
		if (ctl_parse_when("until", args->value[H_UNTIL], &when) < 0)
			return CTL_USAGE;
		jsonw_i64(&request, "until", when);
	}
	return ctl_answer(ctl, &request, args->value[H_ALL] ? print_all : print_left);
}
