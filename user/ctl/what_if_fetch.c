/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's history as a trace: asked in pieces that the daemon answers between two
 * ticks, kept in the trace format's own columns.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "base/jsonw.h"
#include "ctl/row.h"
#include "ctl/what_if.h"
#include "replay/trace.h"

#define PIECE_S 600 /* at most 10 x 1000 rows: a few milliseconds of the daemon's time */
#define STEP_S 60

static const char *const columns[] = { "ts",   "exe",   "comm", "container", "user", "dst",
				       "port", "proto", "init", "scope",     "tx" };

struct piece {
	FILE *trace;
	const char *host;
};

/* A row of `history` has the trace's columns and some more. */
static int write_row(void *ctx, const char *line, size_t len)
{
	const struct piece *p = ctx;
	struct json_object *row = row_parse(line, len), *out, *v;
	int r;

	if (!row)
		return 0;
	if (strcmp(row_text(row, "column"), "egress") != 0) {
		json_object_put(row);
		return 0;
	}
	out = json_object_new_object();
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (!json_object_object_get_ex(row, columns[i], &v) || !v ||
		    (json_object_is_type(v, json_type_string) && !json_object_get_string_len(v)))
			continue;
		json_object_object_add(out, columns[i], json_object_get(v));
	}
	json_object_object_add(out, "host", json_object_new_string(p->host));
	r = fprintf(p->trace, "%s\n", json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN)) <
			    0
		    ? -EIO
		    : 0;
	json_object_put(out);
	json_object_put(row);
	return r;
}

static int fetch_piece(const struct ctl *ctl, struct piece *p, int64_t since, int64_t until)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	request_begin(&request, "history");
	jsonw_i64(&request, "since", since);
	jsonw_i64(&request, "until", until);
	jsonw_u64(&request, "step", STEP_S);
	return ctl_request(ctl, &request, write_row, p);
}

/* Host and database size stand in the status. */
static int fetch_about(const struct ctl *ctl, struct rows *status)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int r;

	request_begin(&request, "status");
	r = ctl_request_rows(ctl, &request, status);
	return r == CTL_OK && status->count == 0 ? ctl_fail(CTL_NO, "no status") : r;
}

int what_if_fetch(const struct ctl *ctl, int64_t since, FILE *trace)
{
	_cleanup_rows_ struct rows status = { 0 };
	_cleanup_buf_ struct buf header = BUF_INIT;
	struct piece p = { .trace = trace };
	int64_t now = (int64_t)time(NULL);
	uint64_t db_bytes = 0;
	int r = fetch_about(ctl, &status);

	if (r != CTL_OK)
		return r;
	p.host = row_text(status.item[0], "host");
	(void)row_u64(status.item[0], "database_bytes", &db_bytes);
	if (trace_write_header(&header, STEP_S, db_bytes) < 0 || fputs(header.data, trace) < 0)
		return ctl_fail(CTL_NO, "the history could not be written down");
	since -= since % STEP_S;
	for (int64_t at = since; r == CTL_OK && at < now; at += PIECE_S)
		r = fetch_piece(ctl, &p, at, at + PIECE_S < now ? at + PIECE_S : now);
	if (r == CTL_OK && (fflush(trace) != 0 || ferror(trace)))
		r = ctl_fail(CTL_NO, "the history could not be written down: %s", strerror(errno));
	return r;
}
