/* SPDX-License-Identifier: Apache-2.0
 *
 * `spool`: how far each sink has come and what was refused. `spool_retry`: dead letters
 * go through the spool once more, each to its sink alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "config/sinks.h"
#include "daemon/deadletter.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "sink/addressed.h"
#include "sink/spool.h"

enum { RETRY_MAX = 64 }; /* a request: each is synced, and the next tick waits */

static void add_spool(struct buf *rows, const struct manager *m)
{
	struct spool_stats s;

	spool_get_stats(m->spool, &s);
	jsonw_open(rows, '{');
	jsonw_u64(rows, "spool.bytes", s.bytes);
	jsonw_u64(rows, "spool.max_bytes", s.max_bytes);
	jsonw_u64(rows, "spool.records", s.records);
	jsonw_u64(rows, "spool.oldest_sequence", s.oldest_sequence);
	jsonw_u64(rows, "spool.newest_sequence", s.next_sequence - 1);
	jsonw_u64(rows, "spool.dropped", s.dropped);
	jsonw_u64(rows, "spool.corrupt_records", s.corrupt_records);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
}

struct letters {
	const struct manager *m;
	const char *sink; /* NULL = all */
	struct buf *rows;
	size_t count, taken, left;
	int error;
};

/* A deadletter_fn. */
static int add_letter(void *ctx, const struct deadletter *d)
{
	struct letters *l = ctx;

	if (l->sink && strcmp(l->sink, d->sink) != 0)
		return 0;
	jsonw_open(l->rows, '{');
	jsonw_str(l->rows, "@timestamp", d->time);
	jsonw_str(l->rows, "sink.name", d->sink);
	jsonw_u64(l->rows, "sink.sequence", d->sequence);
	jsonw_str(l->rows, "sink.reason", d->reason);
	jsonw_str(l->rows, "record", d->record);
	jsonw_close(l->rows, '}');
	buf_add_char(l->rows, '\n');
	return l->rows->error;
}

/* A deadletter_fn. */
static int count_letter(void *ctx, const struct deadletter *d)
{
	struct letters *l = ctx;

	l->count += !l->sink || strcmp(l->sink, d->sink) == 0;
	return 0;
}

static void add_sinks(struct buf *rows, const struct manager *m)
{
	const struct sinks *sinks = config_sinks(m->config);

	for (size_t i = 0; i < sinks->count; i++) {
		const char *name = sinks->list[i].params.name;
		struct letters l = { .m = m, .sink = name };
		struct spool_stats s;
		uint64_t cursor = 0;

		spool_get_stats(m->spool, &s);
		(void)spool_cursor(m->spool, name, &cursor);
		(void)deadletter_each(m->params->daemon.state_dir, count_letter, &l);
		jsonw_open(rows, '{');
		jsonw_str(rows, "sink.name", name);
		jsonw_str(rows, "sink.type", sinks->list[i].params.type);
		jsonw_str(rows, "sink.promise", sink_promise(&sinks->list[i].params));
		jsonw_u64(rows, "sink.cursor", cursor);
		jsonw_u64(rows, "sink.behind", s.next_sequence - 1 - cursor);
		jsonw_u64(rows, "sink.dead_letters", l.count);
		jsonw_close(rows, '}');
		buf_add_char(rows, '\n');
	}
}

static int no_spool(struct buf *error)
{
	buf_add_str(error, "there is no spool: see the reductions in egressctl status");
	return -ENODEV;
}

int op_spool(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;
	struct letters l = { .m = m, .sink = op_string(request, "sink"), .rows = rows };

	(void)peer;
	(void)status;
	if (!m->spool)
		return no_spool(error);
	if (op_bool(request, "dead"))
		return deadletter_each(m->params->daemon.state_dir, add_letter, &l);
	add_spool(rows, m);
	add_sinks(rows, m);
	return rows->error;
}

static bool is_configured(const struct manager *m, const char *name)
{
	const struct sinks *sinks = config_sinks(m->config);

	for (size_t i = 0; i < sinks->count; i++)
		if (strcmp(sinks->list[i].params.name, name) == 0)
			return true;
	return false;
}

/* A deadletter_fn: into the spool, for its sink alone. */
static int send_again(void *ctx, const struct deadletter *d)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	struct letters *l = ctx;
	uint64_t sequence;

	if ((l->sink && strcmp(l->sink, d->sink) != 0) || !is_configured(l->m, d->sink))
		return 0;
	if (l->taken == RETRY_MAX || l->error) {
		l->left++;
		return 0;
	}
	/* What is no event would be refused again. */
	l->error = addressed_add(&record, d->sink, d->record, strlen(d->record));
	if (l->error == -EINVAL) {
		l->error = 0;
		return 0;
	}
	if (l->error == 0)
		l->error = spool_append(l->m->spool, record.data, record.len, &sequence);
	l->taken += l->error == 0;
	return l->error == 0;
}

/* More than half of the spool is still wanted by some sink: what is added now could cost
 * an alert its place. */
static bool is_crowded(const struct manager *m)
{
	const struct sinks *sinks = config_sinks(m->config);
	struct spool_stats s;
	uint64_t lowest = UINT64_MAX, wanted;

	spool_get_stats(m->spool, &s);
	for (size_t i = 0; i < sinks->count; i++) {
		uint64_t cursor = 0;

		(void)spool_cursor(m->spool, sinks->list[i].params.name, &cursor);
		lowest = MIN(lowest, cursor);
	}
	if (!s.records || lowest >= s.next_sequence)
		return false;
	wanted = MIN(s.next_sequence - 1 - lowest, s.records);
	return s.bytes / s.records * wanted > s.max_bytes / 2;
}

int op_spool_retry(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status)
{
	struct manager *m = ctx;
	struct letters l = { .m = m, .sink = op_string(request, "sink") };
	int r;

	if (!m->spool)
		return no_spool(error);
	if (l.sink && !is_configured(m, l.sink)) {
		buf_addf(error, "no sink is named '%s'; see egressctl spool ls", l.sink);
		*status = 2;
		return -EINVAL;
	}
	if (is_crowded(m)) {
		buf_add_str(error, "the spool is half full of what sinks have not taken yet; "
				   "try again once they have caught up");
		return -ENOBUFS;
	}
	r = deadletter_take(m->params->daemon.state_dir, send_again, &l);
	if (r == 0)
		r = l.error;
	exporter_poke(m->exporter);
	if (l.taken)
		op_audit(m, peer, "spool retry", "%zu dead letters of %s", l.taken,
			 l.sink ? l.sink : "all sinks");
	jsonw_open(rows, '{');
	jsonw_u64(rows, "spool.retried", l.taken);
	jsonw_u64(rows, "spool.left", l.left);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return r < 0 ? r : rows->error;
}
