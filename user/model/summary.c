/* SPDX-License-Identifier: Apache-2.0
 *
 * Summaries of an interval; see summary.h. `other` is what the table counted less what
 * the listed rows sent: flows that were forgotten meanwhile are in it, and bytes without
 * an owner.
 */
#include "model/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "model/flow_internal.h"
#include "model/flow_line.h"

struct top {
	const struct flow **flows;
	size_t count, room, max;
};

static int by_interval(const void *a, const void *b)
{
	const struct flow *x = *(const struct flow *const *)a, *y = *(const struct flow *const *)b;

	if (x->interval_bytes != y->interval_bytes)
		return x->interval_bytes < y->interval_bytes ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int take_flow(void *ctx, const struct flow *f)
{
	struct top *top = ctx;

	if (!f->interval_bytes)
		return 0;
	if (top->count == top->room) {
		size_t room = top->room ? top->room * 2 : 256;
		const struct flow **more = reallocarray(top->flows, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		top->flows = more;
		top->room = room;
	}
	top->flows[top->count++] = f;
	return 0;
}

/* One id an event, short enough for every format, the same when it is sent again. */
static void begin_record(const struct summary *s, const char *event, size_t n, bool interval,
			 struct buf *out)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	char id[32];

	buf_addf(&text, "%s|%s|%" PRId64 "|%zu|%d", s->host, event, s->ts, n, interval);
	(void)snprintf(id, sizeof(id), "%s-%016" PRIx64, event,
		       (uint64_t)XXH3_64bits(text.data, text.len));
	jsonw_open(out, '{');
	jsonw_time(out, "@timestamp", s->ts);
	jsonw_i64(out, "ts", s->ts);
	jsonw_str(out, "host", s->host);
	jsonw_str(out, "event.id", id);
	jsonw_str(out, "event", event);
	if (interval)
		jsonw_u64(out, "interval_s", s->interval_s);
}

static void end_record(struct buf *out)
{
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

static void add_flow(const struct flowtab *t, const struct summary *s, const struct flow *f,
		     size_t n, struct buf *out)
{
	const struct flow_query query = { .by = FLOW_BY_FLOW };
	const struct flow_line line = {
		.enrich = t->enrich,
		.flow = f,
		.sum = f->total,
		.rate_bps = { f->rate_bps[0], f->rate_bps[1], f->rate_bps[2] },
		.flows = 1,
		.ended = f->ended,
	};

	begin_record(s, "flow", n, true, out);
	jsonw_u64(out, "egress.interval_bytes", f->interval_bytes);
	flow_line_members(&line, &query, out);
	end_record(out);
}

static void begin_interval(struct flowtab *t)
{
	for (struct flow_row *r = t->rows; r; r = r->hh.next)
		r->flow.interval_bytes = 0;
	t->summed_bytes = t->totals.egress_bytes;
	t->owed_bytes = 0;
}

int summary_flows(struct flowtab *t, const struct summary *s, struct buf *out)
{
	uint64_t all = t->totals.egress_bytes - t->summed_bytes + t->owed_bytes, shown = 0;
	struct top top = { .max = s->top };
	size_t from = out->len, n = 0;
	int r = flowtab_each(t, take_flow, &top);

	if (r == 0 && top.count)
		qsort(top.flows, top.count, sizeof(struct flow *), by_interval);
	for (; r == 0 && n < MIN(top.count, top.max); n++) {
		add_flow(t, s, top.flows[n], n, out);
		shown += top.flows[n]->interval_bytes;
	}
	free(top.flows);
	if (r < 0)
		return r;
	begin_record(s, "flow", n, true, out);
	jsonw_bool(out, "flow.other", true);
	jsonw_u64(out, "egress.flows", top.count - n);
	jsonw_u64(out, "egress.interval_bytes", all - MIN(shown, all));
	jsonw_u64(out, "egress.all_bytes", all);
	jsonw_u64(out, "unattributed_bytes", t->totals.losses.unattributed_bytes);
	end_record(out);
	if (out->error) {
		out->len = from;
		return out->error;
	}
	begin_interval(t);
	return 0;
}

static void add_read(const struct summary *s, const struct read_row *row, size_t n, bool interval,
		     struct buf *out)
{
	begin_record(s, "read", n, interval, out);
	if (interval)
		jsonw_u64(out, "file.interval_bytes", row->interval_bytes);
	jsonw_u64(out, "file.read_bytes", row->total_bytes);
	if (s->path)
		jsonw_str(out, "file.path", s->path);
	flow_line_process(&row->flow, out);
	end_record(out);
}

static int add_reads(const struct flowtab *t, const struct summary *s, bool interval,
		     struct buf *out)
{
	uint64_t total = t->totals.read_total.read_bytes, all = total, shown = 0;
	struct read_row *rows = calloc(s->top, sizeof(*rows));
	size_t count;

	if (!rows)
		return -ENOMEM;
	if (interval)
		all = total - MIN(t->summed_read_bytes, total) + t->owed_read_bytes;
	count = reads_top(t, interval, rows, s->top);
	for (size_t i = 0; i < count; i++) {
		add_read(s, &rows[i], i, interval, out);
		shown += interval ? rows[i].interval_bytes : rows[i].total_bytes;
	}
	free(rows);
	if (all == 0)
		return out->error;
	begin_record(s, "read", count, interval, out);
	jsonw_bool(out, "flow.other", true);
	jsonw_u64(out, interval ? "file.interval_bytes" : "file.read_bytes", all - MIN(shown, all));
	jsonw_u64(out, "file.all_bytes", all);
	end_record(out);
	return out->error;
}

int summary_reads(struct flowtab *t, const struct summary *s, struct buf *out)
{
	size_t from = out->len;
	bool any = t->totals.reads_known || t->owed_read_bytes;
	int r = any ? add_reads(t, s, true, out) : 0;

	if (r < 0) {
		out->len = from;
		return r;
	}
	reads_begin_interval(t);
	t->summed_read_bytes = t->totals.read_total.read_bytes;
	t->owed_read_bytes = 0;
	return 0;
}

int summary_reads_total(const struct flowtab *t, const struct summary *s, struct buf *out)
{
	return t->totals.reads_known ? add_reads(t, s, false, out) : 0;
}
