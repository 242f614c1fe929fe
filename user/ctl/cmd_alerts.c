/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl alerts|show|ack`: incidents of the daemon, each with its sentence.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/terms.h"
#include "ctl/text.h"

#define ID_SHOWN 12 /* of 32: unique among thousands of alerts; `show` takes a prefix */

enum { A_FOLLOW, A_SINCE };

const struct cli_option alerts_options[] = {
	[A_FOLLOW] = { "follow", 'f', NULL, "go on with new ones as they come" },
	[A_SINCE] = { "since", 0, "WHEN", "those since 2026-05-01T02:13:40Z, today, or 2h ago" },
	{ 0 },
};

static void add_time(struct buf *line, struct json_object *o)
{
	char time[32] = "";
	uint64_t ts;

	if (row_u64(o, "ts", &ts)) {
		format_time(time, (int64_t)ts);
		buf_add_str(line, time);
	} else {
		text_add(line, row_text(o, "@timestamp"));
	}
}

static void print_event(const struct ctl *ctl, struct json_object *o)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	const char *level = row_text(o, "level");
	uint64_t sent;

	add_time(&line, o);
	buf_addf(&line, "  %s%-6s%s  %-6s  %-.*s  ", text_level_color(ctl, level), level,
		 text_plain(ctl), row_text(o, "event"), ID_SHOWN, row_text(o, "alert.id"));
	text_add(&line, row_text(o, "subject"));
	if (row_bool(o, "alert.silenced"))
		buf_add_str(&line, "  (silenced)");
	if (row_u64(o, "tx_total", &sent)) {
		buf_add_str(&line, "  ");
		format_bytes(&line, sent);
	}
	buf_add_str(&line, "\n    ");
	text_add(&line, row_text(o, "reason"));
	puts(line.data ? line.data : "");
}

/* The daemon gives every event, oldest first; a person wants the last of each alert. */
static int print_alerts(const struct ctl *ctl, const struct rows *rows)
{
	struct json_object *seen = json_object_new_object();
	bool *last = calloc(rows->count ? rows->count : 1, sizeof(*last));

	for (size_t i = rows->count; seen && last && i-- > 0;) {
		const char *id = row_text(rows->item[i], "alert.id");

		last[i] = !json_object_object_get_ex(seen, id, NULL);
		(void)json_object_object_add(seen, id, NULL);
	}
	for (size_t i = 0; i < rows->count; i++)
		if (!last || last[i])
			print_event(ctl, rows->item[i]);
	if (rows->count == 0)
		puts("no alerts");
	json_object_put(seen);
	free(last);
	return CTL_OK;
}

/* A client_line_fn for --follow. */
static int print_event_line(void *ctx, const char *line, size_t len)
{
	struct json_object *o = row_parse(line, len);

	if (o)
		print_event(ctx, o);
	json_object_put(o);
	return fflush(stdout) == 0 ? 0 : 1;
}

int cmd_alerts(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	bool follow = args->value[A_FOLLOW] != NULL;
	int64_t since;

	/* Of its own: a connection that follows never ends. */
	request_begin(&request, follow ? "subscribe" : "alerts");
	if (args->value[A_SINCE]) {
		if (ctl_parse_when("since", args->value[A_SINCE], &since) < 0)
			return CTL_USAGE;
		jsonw_i64(&request, "since", since);
	}
	if (!follow)
		return ctl_answer(ctl, &request, print_alerts);
	return ctl_request(ctl, &request, ctl->json ? print_line : print_event_line, ctl);
}

/* Its sentence, its arithmetic, then every member. */
static int print_alert(const struct ctl *ctl, const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		print_event(ctl, rows->item[i]);
		terms_print(rows->item[i]);
		putchar('\n');
	}
	return text_print_members(ctl, rows);
}

int cmd_show(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, "show");
	jsonw_str(&request, "alert", args->words[0]);
	return ctl_answer(ctl, &request, print_alert);
}

int cmd_ack(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status;

	request_begin(&request, "ack");
	jsonw_str(&request, "alert", args->words[0]);
	status = ctl->json ? ctl_pass_through(ctl, &request)
			   : ctl_request(ctl, &request, NULL, NULL);
	if (status == CTL_OK && !ctl->json)
		printf("acknowledged %s\n", args->words[0]);
	return status;
}
