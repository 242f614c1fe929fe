/* SPDX-License-Identifier: Apache-2.0
 *
 * `export`: alerts, flows, reads or audit as the documents a receiver would get, one a row:
 * {"document":"..."}; a document need not be JSON.
 */
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "enrich/enrich.h"
#include "model/summary.h"
#include "sink/format.h"

static int add_document(const struct manager *m, const struct format *format,
			const struct format_options *options, const char *line, size_t len,
			struct buf *rows)
{
	struct record r _cleanup_record_ = { 0 };
	struct buf doc _cleanup_buf_ = BUF_INIT;
	int result = record_parse(line, len, &r);

	if (result == -ENODATA || result == -EINVAL)
		return 0; /* a sum, or the remainder */
	if (result < 0)
		return result;
	if (!record_str(&r, "host"))
		r.host = m->host;
	result = format->fn(&r, options, &doc);
	if (result < 0)
		return result;
	jsonw_open(rows, '{');
	jsonw_strn(rows, "document", doc.data, doc.len);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

static const struct format *which(struct json_object *request, struct buf *error)
{
	const char *name = op_string(request, "format");
	const struct format *format = format_find(name ? name : "ecs");

	if (format && format->text)
		return format;
	if (format)
		buf_addf(error, "%s documents are not text; its sink sends them", name);
	else
		buf_addf(error, "no format '%s'; there are: %s", name, format_names());
	return NULL;
}

/* What each process has read so far. */
static int list_reads(const struct manager *m, struct buf *lines)
{
	const char *const *dirs;
	const size_t count = enrich_data_dirs(m->enrich, &dirs);
	const struct summary s = {
		.host = m->host,
		.ts = m->clock.now,
		.top = SUMMARY_TOP_MAX,
		.path = count == 1 ? dirs[0] : NULL,
	};

	return summary_reads_total(m->flows, &s, lines);
}

/* The history's lines as they were sent. */
static int list_audit(void *ctx, const struct serve_peer *peer, struct json_object *request,
		      struct buf *lines, struct buf *error, int *status)
{
	struct buf kept _cleanup_buf_ = BUF_INIT;
	int r = op_audit_list(ctx, peer, request, &kept, error, status);

	for (char *line = kept.data; r == 0 && line && *line;) {
		char *end = strchr(line, '\n');
		struct json_object *o;

		if (end)
			*end = '\0';
		o = json_tokener_parse(line);
		if (o)
			audit_line(ctx, (int64_t)op_u64(o, "ts", 0), op_u64(o, "user.id", 0),
				   op_string(o, "event.action"), op_string(o, "message"), lines);
		buf_add_char(lines, '\n');
		json_object_put(o);
		line = end ? end + 1 : NULL;
		r = lines->error;
	}
	return r;
}

static int list_lines(void *ctx, const struct serve_peer *peer, struct json_object *request,
		      struct buf *lines, struct buf *error, int *status)
{
	if (op_bool(request, "reads"))
		return list_reads(ctx, lines);
	if (op_bool(request, "audit"))
		return list_audit(ctx, peer, request, lines, error, status);
	return op_bool(request, "flows") ? op_flows(ctx, peer, request, lines, error, status)
					 : op_alerts(ctx, peer, request, lines, error, status);
}

int op_export(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;
	const struct format *format = which(request, error);
	const struct format_options options = {
		.cef_standard = op_bool(request, "cef_standard"),
		.cef_wide_integers = op_bool(request, "cef_wide"),
	};
	struct buf lines _cleanup_buf_ = BUF_INIT;
	const char *line;
	size_t at = 0, len;
	int r;

	if (!format) {
		*status = 2;
		return -EINVAL;
	}
	r = list_lines(ctx, peer, request, &lines, error, status);
	while (r == 0 && buf_next_line(&lines, &at, &line, &len))
		r = add_document(m, format, &options, line, len, rows);
	return r;
}
