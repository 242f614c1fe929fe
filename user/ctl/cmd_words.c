/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl silence|approve|decline`: the operator's words on an alert.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

enum { S_BYTES, S_FOR, S_WHY };

const struct cli_option silence_options[] = {
	[S_BYTES] = { "bytes", 0, "SIZE", "until so much more has left (10GB)" },
	[S_FOR] = { "for", 0, "TIME", "and at most so long (2h, 7d)" },
	[S_WHY] = { "why", 0, "TEXT", "for the audit" },
	{ 0 },
};

enum { V_WHY };

const struct cli_option verdict_options[] = {
	[V_WHY] = { "why", 0, "TEXT", "for the audit" },
	{ 0 },
};

/* Asks, and prints what the daemon answered: as it came, or in `words` with the id. */
static int ask(struct ctl *ctl, struct buf *request, const char *key, const char *words)
{
	_cleanup_rows_ struct rows rows = { 0 };
	int status;

	if (ctl->json)
		return ctl_pass_through(ctl, request);
	status = ctl_request_rows(ctl, request, &rows);
	if (status == CTL_OK && rows.count)
		printf("%s %s\n", words, row_text(rows.item[0], key));
	return status;
}

static int add_size(struct buf *request, const char *option, const char *text)
{
	uint64_t bytes;

	if (!text || parse_size(text, &bytes) < 0 || bytes == 0)
		return ctl_fail(CTL_USAGE, "--%s: give a size above 0, like 10GB", option);
	jsonw_u64(request, option, bytes);
	return CTL_OK;
}

static int add_seconds(struct buf *request, const char *option, const char *text)
{
	uint64_t ms;

	if (!text || parse_duration(text, &ms) < 0 || ms < 1000)
		return ctl_fail(CTL_USAGE, "--%s: give a time of at least 1s, like 2h", option);
	jsonw_u64(request, "seconds", ms / 1000);
	return CTL_OK;
}

int cmd_silence(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status;

	request_begin(&request, "silence");
	jsonw_str(&request, "alert", args->words[0]);
	status = add_size(&request, "bytes", args->value[S_BYTES]);
	if (status == CTL_OK)
		status = add_seconds(&request, "for", args->value[S_FOR]);
	if (status != CTL_OK)
		return status;
	if (args->value[S_WHY])
		jsonw_str(&request, "why", args->value[S_WHY]);
	return ask(ctl, &request, "silenced", "silenced");
}

int cmd_silence_remove(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, "silence");
	jsonw_str(&request, "alert", args->words[0]);
	jsonw_bool(&request, "remove", true);
	return ask(ctl, &request, "unsilenced", "silence ended:");
}

static int give_verdict(struct ctl *ctl, const struct cli_args *args, const char *op,
			const char *word)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, op);
	jsonw_str(&request, "alert", args->words[0]);
	if (args->value[V_WHY])
		jsonw_str(&request, "why", args->value[V_WHY]);
	return ask(ctl, &request, word, word);
}

int cmd_approve(struct ctl *ctl, const struct cli_args *args)
{
	return give_verdict(ctl, args, "approve", "approved");
}

int cmd_decline(struct ctl *ctl, const struct cli_args *args)
{
	return give_verdict(ctl, args, "decline", "declined");
}
