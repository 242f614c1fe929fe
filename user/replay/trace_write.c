/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing half of the trace format, used by `record`.
 */
#include "base/jsonw.h"
#include "base/vocab.h"
#include "replay/trace.h"
#include "replay/trace_int.h"

int trace_write_header(struct buf *out, uint32_t interval_s, uint64_t db_bytes)
{
	jsonw_open(out, '{');
	jsonw_str(out, "trace", "egress");
	jsonw_u64(out, "version", TRACE_VERSION);
	jsonw_u64(out, "interval_s", interval_s);
	if (db_bytes)
		jsonw_u64(out, "db_bytes", db_bytes);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
	return out->error;
}

static void write_actor(struct buf *out, const struct actor *actor, const char *exe_path)
{
	const char *exe = exe_path && exe_path[0] ? exe_path : actor ? actor->exe : "";

	if (exe[0])
		jsonw_str(out, "exe", exe);
	if (!actor)
		return;
	if (actor->comm[0])
		jsonw_str(out, "comm", actor->comm);
	if (actor->container[0])
		jsonw_str(out, "container", actor->container);
	if (actor->user[0])
		jsonw_str(out, "user", actor->user);
}

static void write_where(struct buf *out, const struct tick_row *row)
{
	const char *proto = proto_name(row->proto);

	if (row->dest)
		jsonw_str(out, "dst", row->dest->example);
	if (row->port)
		jsonw_u64(out, "port", row->port);
	if (proto[0])
		jsonw_str(out, "proto", proto);
	else if (row->proto)
		jsonw_u64(out, "proto", row->proto);
	if (row->init)
		jsonw_str(out, "init", init_name(row->init));
	if (row->scope)
		jsonw_str(out, "scope", scope_name(row->scope));
}

int trace_write_row(struct buf *out, const struct tick *tick, const struct tick_row *row,
		    const char *exe_path)
{
	jsonw_open(out, '{');
	jsonw_i64(out, "ts", tick->ts);
	jsonw_str(out, "host", tick->host);
	write_actor(out, row->actor, exe_path);
	write_where(out, row);
	if (row->tx_unknown)
		jsonw_null(out, "tx");
	else
		jsonw_u64(out, "tx", row->tx_bytes);
	if (row->rd_bytes)
		jsonw_u64(out, "rd", row->rd_bytes);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
	return out->error;
}
