/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of operations and the small ones; see ops.h and docs/protocol.md.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/jsonw.h"
#include "collect/collect.h"
#include "daemon/manager.h"
#include "egress/version.h"
#include "model/tick.h"
#include "replay/trace.h"

static int op_ping(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;

	(void)request;
	(void)error;
	(void)status;
	jsonw_open(rows, '{');
	jsonw_str(rows, "egressd.version", EGRESS_VERSION);
	jsonw_str(rows, "host", m->host);
	jsonw_bool(rows, "may_change", peer->may_change);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

/* Alert events as they happen; those since then first, if asked. */
static int op_subscribe(void *ctx, const struct serve_peer *peer, struct json_object *request,
			struct buf *rows, struct buf *error, int *status)
{
	if (!json_object_object_get_ex(request, "since", NULL))
		return 0;
	return op_alerts(ctx, peer, request, rows, error, status);
}

/* The trace's header now; rows tick by tick (ops_publish_tick). */
static int op_record(void *ctx, const struct serve_peer *peer, struct json_object *request,
		     struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;

	(void)peer;
	(void)request;
	(void)error;
	(void)status;
	return trace_write_header(rows, MAX(m->params->daemon.interval_ms / 1000, 1u),
				  m->params->detect.database_bytes);
}

static int op_detach(void *ctx, const struct serve_peer *peer, struct json_object *request,
		     struct buf *rows, struct buf *error, int *status)
{
	const struct timeval answer_first = { .tv_usec = 200000 }; /* the asker hears of it */
	struct manager *m = ctx;

	(void)request;
	(void)error;
	(void)status;
	op_audit(m, peer, "detach", "counting ends");
	m->detach = true;
	event_base_loopexit(m->loop, &answer_first);
	buf_add_str(rows, "{\"detached\":true}\n");
	return rows->error;
}

static const struct serve_op operations[] = {
	{ .name = "ping", .handler = op_ping },
	{ .name = "status", .handler = op_status },
	{ .name = "support", .handler = op_support },
	{ .name = "flows", .handler = op_flows },
	{ .name = "alerts", .handler = op_alerts },
	{ .name = "export", .handler = op_export },
	{ .name = "spool", .handler = op_spool },
	{ .name = "show", .handler = op_show },
	{ .name = "connections", .handler = op_connections },
	{ .name = "files", .handler = op_files },
	{ .name = "history", .handler = op_history },
	{ .name = "baseline", .handler = op_baseline },
	{ .name = "subscribe", .handler = op_subscribe, .follow = true },
	{ .name = "record", .handler = op_record, .follow = true },
	{ .name = "spool_retry", .handler = op_spool_retry, .change = true },
	{ .name = "ack", .handler = op_ack, .change = true },
	{ .name = "expect", .handler = op_say, .change = true },
	{ .name = "role", .handler = op_say, .change = true },
	{ .name = "budget", .handler = op_say, .change = true },
	{ .name = "silence", .handler = op_silence, .change = true },
	{ .name = "forget", .handler = op_forget, .change = true },
	{ .name = "words", .handler = op_words },
	{ .name = "audit", .handler = op_audit_list },
	{ .name = "approve", .handler = op_approve, .change = true },
	{ .name = "decline", .handler = op_decline, .change = true },
	{ .name = "baseline_change", .handler = op_baseline_change, .change = true },
	{ .name = "detach", .handler = op_detach, .change = true },
	{ .name = NULL },
};

int ops_open(struct manager *m)
{
	const struct serve_options options = {
		.path = m->params->daemon.socket_path,
		.read_group = m->params->daemon.socket_group,
		.admin_group = m->params->daemon.admin_group,
		.ops = operations,
		.ctx = m,
	};

	return serve_open(m->loop, &options, &m->serve);
}

void ops_publish_tick(struct manager *m, const struct tick *tick)
{
	struct buf lines _cleanup_buf_ = BUF_INIT;

	if (!serve_followers(m->serve, "record"))
		return;
	for (size_t i = 0; i < tick->row_count; i++) {
		const struct tick_row *row = &tick->rows[i];

		if (trace_write_row(&lines, tick, row, row->actor ? row->actor->exe : "") < 0)
			return;
	}
	if (lines.len)
		serve_publish(m->serve, "record", lines.data, lines.len);
}
