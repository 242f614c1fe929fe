/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl expect|role|budget|silence`: what the operator declares. Each is checked
 * here by the parser of the configuration before the daemon is asked, and again there.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "config/declaration.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

#define WHO                                                                                 \
	{ "actor", 0, "NAME", "the program's file name; * and ? match any text" },          \
		{ "user", 0, "NAME", "the user it runs as" },                               \
		{ "container", 0, "NAME", "the image of its container" },                   \
	{                                                                                   \
		"destination", 'd', "WHERE", "an address, a network as 10.2.0.0/16, a name" \
	}
#define END                                                              \
	{ "until", 0, "WHEN", "its end: 2027-01-01T00:00:00Z, a date" }, \
	{                                                                \
		"for", 0, "TIME", "its end, from now: 2h, 7d"            \
	}
#define WHY                                       \
	{                                         \
		"why", 0, "TEXT", "for the audit" \
	}
#define LEVEL                                                                         \
	{                                                                             \
		"level", 0, "LEVEL", "of the alert beyond it: notice, ticket or page" \
	}

const struct cli_option expect_options[] = {
	WHO,
	{ "bytes", 0, "SIZE", "the budget: 600GB" },
	{ "between", 0, "WINDOW", "01:00-05:00 in UTC; the budget is for each of them" },
	{ "days", 0, "DAYS", "only on these, in UTC: sun, mon-fri, mon,wed,fri" },
	{ "per", 0, "PERIOD", "what the budget is for: window, total (until its end) or day" },
	LEVEL,
	END,
	WHY,
	{ 0 },
};

const struct cli_option role_options[] = { WHO, END, WHY, { 0 } };

const struct cli_option budget_options[] = {
	WHO, { "scope", 0, "SCOPE", "any, internal or public" }, LEVEL, END, WHY, { 0 },
};

const struct cli_option silence_options[] = {
	WHO, { "bytes", 0, "SIZE", "until so much more has left: 10GB" }, END, WHY, { 0 },
};

/* One key for the check here and the request. */
static int put(struct declaration *d, struct buf *request, const char *key, const char *value)
{
	_cleanup_buf_ struct buf why = BUF_INIT;

	if (declaration_set(d, key, value, &why) < 0)
		return ctl_fail(CTL_USAGE, "%s", why.data ? why.data : key);
	if (strcmp(key, "until") == 0)
		jsonw_i64(request, "until", d->until_ts);
	else
		jsonw_str(request, key, value);
	return CTL_OK;
}

/* --for is an end counted from now; the daemon's clock counts. */
static int put_for(struct declaration *d, struct buf *request, const char *text)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	char until[24];
	uint64_t ms;

	if (parse_duration(text, &ms) < 0 || ms < 1000 || ms / 1000 > INT32_MAX)
		return ctl_fail(CTL_USAGE, "--for: \"%s\" will not do; give a time like 2h or 7d",
				text);
	snprintf(until, sizeof(until), "@%lld", (long long)time(NULL) + (long long)(ms / 1000));
	if (declaration_set(d, "until", until, &why) < 0)
		return ctl_fail(CTL_USAGE, "--for goes without --until");
	jsonw_u64(request, "seconds", ms / 1000);
	return CTL_OK;
}

static int put_options(struct declaration *d, struct buf *request, const struct cli_option *table,
		       const struct cli_args *args)
{
	int status = CTL_OK;

	for (size_t i = 0; table[i].name && status == CTL_OK; i++) {
		if (!args->value[i])
			continue;
		status = strcmp(table[i].name, "for") == 0
				 ? put_for(d, request, args->value[i])
				 : put(d, request, table[i].name, args->value[i]);
	}
	return status;
}

/* "1a2b3c4d  restic -> 10.0.5.9, ...". */
static int print_said(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	(void)ctl;
	for (size_t i = 0; i < rows->count; i++) {
		buf_clear(&line);
		text_add(&line, row_text(rows->item[i], "word.id"));
		buf_add_str(&line, "  ");
		text_add(&line, row_text(rows->item[i], "word.text"));
		puts(line.data ? line.data : "");
	}
	return CTL_OK;
}

static int say(struct ctl *ctl, enum word_kind kind, const struct cli_option *table,
	       const struct cli_args *args, const char *key)
{
	_cleanup_buf_ struct buf request = BUF_INIT, why = BUF_INIT;
	struct declaration d;
	int status = CTL_OK;

	declaration_init(&d, kind);
	request_begin(&request, word_kind_names[kind]);
	if (key)
		status = put(&d, &request, key, args->words[0]);
	if (status == CTL_OK)
		status = put_options(&d, &request, table, args);
	if (status != CTL_OK)
		return status;
	if (declaration_check(&d, kind != WORD_EXPECT, &why) < 0)
		return ctl_fail(CTL_USAGE, "%s", why.data ? why.data : "not complete");
	return ctl_answer(ctl, &request, print_said);
}

int cmd_expect(struct ctl *ctl, const struct cli_args *args)
{
	return say(ctl, WORD_EXPECT, expect_options, args, NULL);
}

int cmd_role(struct ctl *ctl, const struct cli_args *args)
{
	return say(ctl, WORD_ROLE, role_options, args, "role");
}

int cmd_budget(struct ctl *ctl, const struct cli_args *args)
{
	return say(ctl, WORD_BUDGET, budget_options, args, "bytes");
}

static const char *value_of(const struct cli_option *table, const struct cli_args *args,
			    const char *name)
{
	for (size_t i = 0; table[i].name; i++)
		if (strcmp(table[i].name, name) == 0)
			return args->value[i];
	return NULL;
}

static int print_silenced(const struct ctl *ctl, const struct rows *rows)
{
	(void)ctl;
	if (rows->count)
		printf("silenced %s until %s\n", row_text(rows->item[0], "silenced"),
		       row_text(rows->item[0], "until"));
	return CTL_OK;
}

/* What an alert is silenced by: so many bytes, so long. */
static int silence_alert(struct ctl *ctl, const struct cli_args *args)
{
	const char *bytes = value_of(silence_options, args, "bytes"),
		   *time = value_of(silence_options, args, "for"),
		   *why = value_of(silence_options, args, "why");
	_cleanup_buf_ struct buf request = BUF_INIT;
	uint64_t n, ms;

	if (value_of(silence_options, args, "until") || value_of(silence_options, args, "actor") ||
	    value_of(silence_options, args, "user") ||
	    value_of(silence_options, args, "container") ||
	    value_of(silence_options, args, "destination"))
		return ctl_fail(CTL_USAGE, "silence of an alert takes --bytes, --for and --why");
	if (!bytes || parse_size(bytes, &n) < 0 || n == 0)
		return ctl_fail(CTL_USAGE, "silence needs --bytes, a size above 0 like 10GB");
	if (!time || parse_duration(time, &ms) < 0 || ms < 1000)
		return ctl_fail(CTL_USAGE, "silence needs --for, a time of at least 1s like 2h");
	request_begin(&request, "silence");
	jsonw_str(&request, "alert", args->words[0]);
	jsonw_u64(&request, "bytes", n);
	jsonw_u64(&request, "seconds", ms / 1000);
	if (why)
		jsonw_str(&request, "why", why);
	return ctl_answer(ctl, &request, print_silenced);
}

int cmd_silence(struct ctl *ctl, const struct cli_args *args)
{
	return args->count ? silence_alert(ctl, args)
			   : say(ctl, WORD_SILENCE, silence_options, args, NULL);
}

static void add_state(struct table *t, struct json_object *row)
{
	table_add(t, row_bool(row, "word.expired")    ? "over"
		     : row_bool(row, "word.exceeded") ? "exceeded"
						      : "");
}

/* Of a word its id, of the silence of an alert the alert's. */
static void add_id(struct table *t, struct json_object *row)
{
	const char *id = row_text(row, "word.id");
	char alert[13];

	snprintf(alert, sizeof(alert), "%.12s", row_text(row, "alert.id"));
	table_add(t, *id ? id : alert);
}

static int print_words(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "ID", false },
			    { "WHAT", false },
			    { "STATE", false },
			    { "USED", true },
			    { "LEFT", true },
			    { "UNTIL", false },
			    { "BY", false },
			    { "WHY", false } },
		.columns = 8,
	};

	for (size_t i = 0; i < rows->count; i++) {
		struct json_object *row = rows->item[i];

		add_id(&t, row);
		cell_text(&t, row, "word.text");
		add_state(&t, row);
		cell_short(&t, row, "word.used_bytes");
		cell_short(&t, row, "word.left_bytes");
		cell_text(&t, row, "word.until");
		cell_text(&t, row, "word.by");
		cell_text(&t, row, "word.why");
	}
	return ctl_answer_table(ctl, &t, "none");
}

int cmd_words_list(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	(void)args;
	request_begin(&request, "words");
	jsonw_str(&request, "kind", ctl->command);
	return ctl_answer(ctl, &request, print_words);
}

static int print_removed(const struct ctl *ctl, const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		if (*row_text(rows->item[i], "unsilenced"))
			printf("removed the silence of %s\n",
			       row_text(rows->item[i], "unsilenced"));
	return *row_text(rows->count ? rows->item[0] : NULL, "word.id")
		       ? (fputs("removed ", stdout), print_said(ctl, rows))
		       : CTL_OK;
}

int cmd_words_remove(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, "forget");
	jsonw_str(&request, "kind", ctl->command);
	jsonw_str(&request, "id", args->words[0]);
	return ctl_answer(ctl, &request, print_removed);
}
