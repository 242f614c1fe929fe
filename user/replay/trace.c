/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace reader: lines to rows, rows of one interval gathered by host, one tick a
 * call. Rows of an interval are complete when the first row of the next one is seen.
 */
#include "replay/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "replay/trace_int.h"

int trace_open(const char *path, struct names *names, struct trace_reader **ret)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	if (!r)
		return -ENOMEM;
	r->names = names;
	r->path = strdup(strcmp(path, "-") ? path : "stdin");
	if (r->path)
		err = trace_input_open(path, &r->input);
	if (err) {
		trace_close(r);
		return err;
	}
	*ret = r;
	return 0;
}

void trace_close(struct trace_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->hosts.cap; i++) {
		union { /* hosts are kept in the cache as const pointers, but are ours */
			const void *in;
			struct trace_host *out;
		} host = { .in = r->hosts.entries[i].value };

		if (host.out)
			free(host.out->rows);
		free(host.out);
	}
	slice_cache_free(&r->hosts);
	slice_cache_free(&r->actors);
	for (size_t i = 0; i < r->ignored_count; i++)
		free(r->ignored[i]);
	free(r->pending);
	if (r->tokener)
		json_tokener_free(r->tokener);
	json_object_put(r->object);
	buf_free(&r->csv_scratch);
	buf_free(&r->error);
	trace_input_close(r->input);
	free(r->path);
	free(r);
}

const char *trace_error(const struct trace_reader *r)
{
	return r->error.len ? r->error.data : "";
}

uint64_t trace_rows(const struct trace_reader *r)
{
	return r->rows;
}

size_t trace_ignored(const struct trace_reader *r, const char *const **ret)
{
	*ret = (const char *const *)r->ignored;
	return r->ignored_count;
}

/* Errors of the input that nobody has put into words yet. */
static int input_error(struct trace_reader *r, int err)
{
	if (r->error.len)
		return err;
	if (err == -EBADMSG)
		return trace_fail(r, "the compressed data is damaged or ends early");
	if (err == -EMSGSIZE)
		return trace_fail(r, "the line is longer than %d bytes", TRACE_LINE_MAX);
	if (err == -EISDIR)
		return trace_fail(r, "this is a directory; give one trace at a time");
	(void)trace_fail(r, "%s", strerror(-err));
	return err;
}

/* 1 = a row, 0 = end. */
static int read_row(struct trace_reader *r, struct trace_parsed *ret)
{
	struct trace_fields fields;
	const char *line;
	size_t len;
	int rc;

	do {
		rc = trace_input_line(r->input, &line, &len);
		if (rc <= 0)
			return rc;
	} while (len == 0);
	rc = r->form == TRACE_CSV ? trace_csv_fields(r, line, len, &fields)
				  : trace_json_fields(r, line, len, &fields);
	if (!rc)
		rc = trace_parse_row(r, &fields, ret);
	if (rc)
		return rc;
	r->rows++;
	return 1;
}

static int host_grow(struct trace_host *h)
{
	size_t cap = h->cap ? h->cap * 2 : 4;
	struct tick_row *rows = reallocarray(h->rows, cap, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	h->rows = rows;
	h->cap = cap;
	return 0;
}

static int pending_add(struct trace_reader *r, struct trace_host *h)
{
	if (r->pending_count == r->pending_cap) {
		size_t cap = r->pending_cap ? r->pending_cap * 2 : 16;
		struct trace_host **pending =
			reallocarray(r->pending, cap, sizeof(struct trace_host *));

		if (!pending)
			return -ENOMEM;
		r->pending = pending;
		r->pending_cap = cap;
	}
	r->pending[r->pending_count++] = h;
	return 0;
}

static int add_row(struct trace_reader *r, const struct trace_parsed *p)
{
	struct trace_host *h = p->host;
	int err = h->count ? 0 : pending_add(r, h);

	if (!err && h->count == h->cap)
		err = host_grow(h);
	if (err)
		return err;
	h->rows[h->count++] = p->row;
	h->gap |= p->row.tx_unknown;
	return 0;
}

/* Gathers the next interval. 1 = something to give, 0 = end. */
static int gather(struct trace_reader *r)
{
	struct trace_parsed p;
	int rc;

	for (size_t i = 0; i < r->pending_count; i++) {
		r->pending[i]->count = 0;
		r->pending[i]->gap = false;
	}
	r->pending_count = r->pending_pos = 0;
	if (r->held_valid) {
		r->held_valid = false;
		r->ts = r->held.ts;
		rc = add_row(r, &r->held);
		if (rc)
			return rc;
	}
	while (!r->ended) {
		rc = read_row(r, &p);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			r->ended = true;
			break;
		}
		if (!r->pending_count)
			r->ts = p.ts;
		if (p.ts < r->ts)
			return trace_fail(r,
					  "time goes backwards, from %" PRId64 " to %" PRId64
					  "; sort the rows by ts",
					  r->ts, p.ts);
		if (p.ts > r->ts) {
			r->held = p;
			r->held_valid = true;
			break;
		}
		rc = add_row(r, &p);
		if (rc)
			return rc;
	}
	return r->pending_count > 0;
}

/* No header gave it: the distance of the first two times. */
static uint32_t infer_interval(const struct trace_reader *r)
{
	int64_t step = r->held_valid ? r->held.ts - r->ts : 0;

	return step > 0 && step <= TRACE_INTERVAL_MAX_S ? (uint32_t)step : TRACE_INTERVAL_DEFAULT_S;
}

int trace_next(struct trace_reader *r, struct tick *ret)
{
	const struct trace_host *h;
	int rc = 0;

	if (r->error.len)
		return -EINVAL;
	if (!r->started) {
		rc = trace_read_header(r);
		if (rc)
			return input_error(r, rc);
		r->started = true;
	}
	if (r->pending_pos == r->pending_count) {
		rc = gather(r);
		if (rc < 0)
			return input_error(r, rc);
		if (rc == 0)
			return 0;
		if (!r->interval_s)
			r->interval_s = infer_interval(r);
	}
	h = r->pending[r->pending_pos++];
	*ret = (struct tick){
		.host = h->name,
		.ts = r->ts,
		.interval_s = r->interval_s,
		.db_bytes = r->db_bytes,
		.rows = h->rows,
		.row_count = h->count,
		.gap = h->gap,
	};
	return 1;
}
