/* SPDX-License-Identifier: Apache-2.0
 *
 * ClickHouse over HTTP: INSERT ... FORMAT JSONEachRow.
 */
#include <string.h>

#include "sink/sender_http.h"

/* Unknown columns are passed over, so that a newer sensor meets an older table. */
static int clickhouse_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	int r = http_sender_open(params, host, "application/x-ndjson", ret);

	if (r == 0)
		(void)snprintf((*ret)->url, sizeof((*ret)->url),
			       "%s%cquery=INSERT%%20INTO%%20%s%%20FORMAT%%20JSONEachRow"
			       "&input_format_skip_unknown_fields=1",
			       params->url, strchr(params->url, '?') ? '&' : '?', params->table);
	return r;
}

static void clickhouse_send(struct sender *s, struct send_item *items, size_t count,
			    struct send_result *result)
{
	struct buf body _cleanup_buf_ = BUF_INIT;

	http_sender_lines(s, "row", items, count, result, &body);
	http_sender_post(s, NULL, &body, items, count, result);
}

const struct sender_ops sender_clickhouse = {
	.open = clickhouse_open,
	.send = clickhouse_send,
	.close = http_sender_close,
};
