/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl export`: alerts, flows, reads or audit as the documents a SIEM would get, one a line.
 * The daemon formats them with the code of its sinks.
 */
#include <json-c/json.h>

#include "base/jsonw.h"
#include "ctl/ctl.h"
#include "ctl/row.h"

enum { E_FORMAT, E_SINCE, E_FLOWS, E_READS, E_AUDIT, E_STANDARD, E_WIDE };

const struct cli_option export_options[] = {
	[E_FORMAT] = { "format", 'F', "NAME",
		       "ecs (default), ocsf, cef, leef, syslog, cloudevents, hec, row, json" },
	[E_SINCE] = { "since", 0, "WHEN",
		      "alerts or audit since 2026-05-01T02:13:40Z, today, or 2h ago" },
	[E_FLOWS] = { "flows", 0, NULL, "the flows of now instead of alerts" },
	[E_READS] = { "reads", 0, NULL, "what each process has read of database files" },
	[E_AUDIT] = { "audit", 0, NULL, "what was changed on the sensor, when, by whom" },
	[E_STANDARD] = { "cef-standard", 0, NULL, "CEF in and out as its standard defines them" },
	[E_WIDE] = { "cef-wide", 0, NULL, "CEF in and out above 2147483647 too" },
	{ 0 },
};

/* A client_line_fn. */
static int print_document(void *ctx, const char *line, size_t len)
{
	struct json_object *o = row_parse(line, len), *v;
	int r = 0;

	(void)ctx;
	if (o && json_object_object_get_ex(o, "document", &v))
		r = puts(json_object_get_string(v)) == EOF;
	json_object_put(o);
	return r;
}

int cmd_export(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int64_t since;

	if (!!args->value[E_FLOWS] + !!args->value[E_READS] + !!args->value[E_AUDIT] > 1)
		return ctl_fail(CTL_USAGE, "give one of --flows, --reads and --audit");
	request_begin(&request, "export");
	if (args->value[E_FORMAT])
		jsonw_str(&request, "format", args->value[E_FORMAT]);
	if (args->value[E_SINCE]) {
		if (ctl_parse_when("since", args->value[E_SINCE], &since) < 0)
			return CTL_USAGE;
		jsonw_i64(&request, "since", since);
	}
	jsonw_bool(&request, "flows", args->value[E_FLOWS] != NULL);
	jsonw_bool(&request, "reads", args->value[E_READS] != NULL);
	jsonw_bool(&request, "audit", args->value[E_AUDIT] != NULL);
	jsonw_bool(&request, "cef_standard", args->value[E_STANDARD] != NULL);
	jsonw_bool(&request, "cef_wide", args->value[E_WIDE] != NULL);
	return ctl_request(ctl, &request, print_document, NULL);
}
