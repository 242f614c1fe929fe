/* SPDX-License-Identifier: Apache-2.0
 *
 * Summaries and audit records on their way to the sinks. They go through the spool like
 * alerts, a few a tick because each is synced, and never take the half of it that is kept
 * for alerts: while a sink is that far behind, no summary is made, and the next one has
 * the bytes of the whole time.
 */
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "config/sinks.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "enrich/enrich.h"
#include "model/summary.h"
#include "sink/spool.h"
#include "store/slots.h"

enum {
	RECORDS_A_TICK = 8,
	KEEP_S = 60, /* with the history's minutes: what is in one is in the other */
};

static bool anybody_wants(const struct manager *m, bool flows)
{
	const struct sinks *sinks = config_sinks(m->config);

	for (size_t i = 0; i < sinks->count; i++) {
		const struct params_sink *p = &sinks->list[i].params;

		if (flows ? p->flows : p->audit)
			return m->exporter && m->spool;
	}
	return false;
}

/* Of the spool's records the sink that is furthest behind has still to take more than
 * half of what fits. */
static bool is_reserved(const struct manager *m)
{
	const struct sinks *sinks = config_sinks(m->config);
	struct spool_stats s;
	uint64_t behind = 0;

	spool_get_stats(m->spool, &s);
	for (size_t i = 0; i < sinks->count; i++) {
		uint64_t cursor = 0;

		if (spool_cursor(m->spool, sinks->list[i].params.name, &cursor) == 0 &&
		    s.next_sequence > cursor)
			behind = MAX(behind, s.next_sequence - 1 - cursor);
	}
	behind = MIN(behind, s.records);
	return s.records && s.bytes / s.records * behind > s.max_bytes / 2;
}

static void send_some(struct manager *m, size_t max)
{
	struct buf *w = &m->summary;
	uint64_t sequence;
	size_t at = 0;

	for (size_t n = 0; n < max && at < w->len; n++) {
		const char *line = w->data + at, *end = memchr(line, '\n', w->len - at);
		size_t len = end ? (size_t)(end - line) : w->len - at;
		int r = spool_append(m->spool, line, len, &sequence);

		if (r < 0)
			log_warning("a summary's record could not be written to the spool: %s",
				    strerror(-r));
		at += len + 1;
	}
	if (!at)
		return;
	at = MIN(at, w->len);
	memmove(w->data, w->data + at, w->len - at);
	w->len -= at;
	exporter_poke(m->exporter);
}

static void make_summary(struct manager *m)
{
	const char *const *dirs;
	const size_t dir_count = enrich_data_dirs(m->enrich, &dirs);
	const struct summary s = {
		.host = m->host,
		.ts = m->clock.now,
		.interval_s = (uint32_t)MAX(m->clock.now - m->summary_ts, 1),
		.top = m->params->exports.flows_top,
		.path = dir_count == 1 ? dirs[0] : NULL,
	};
	int r = summary_flows(m->flows, &s, &m->summary);

	if (r == 0)
		r = summary_reads(m->flows, &s, &m->summary);
	if (r < 0)
		log_warning("flow summary: %s; the next one has its bytes", strerror(-r));
	m->summary.error = 0;
	m->summary_ts = m->clock.now;
	told_keep(m);
}

void summary_tick(struct manager *m)
{
	int64_t now = m->clock.now;
	uint32_t every = m->params->exports.flows_s;

	if (!every || !anybody_wants(m, true)) {
		m->told_boot_ns = 0; /* what leaves the table owes nothing to anybody */
		return;
	}
	if (!m->summary_ts)
		told_open(m);
	if (m->summary.len == 0 && (now >= m->summary_ts + every || now < m->summary_ts)) {
		if (is_reserved(m)) {
			if (!m->summary_waits)
				log_warning("flow summaries wait for a sink that is behind; the "
					    "next one covers the time");
			m->summary_waits = true;
			return;
		}
		m->summary_waits = false;
		make_summary(m);
	} else if (now / KEEP_S != m->told_ts / KEEP_S) {
		told_keep(m);
	}
	send_some(m, RECORDS_A_TICK);
}

void summary_stop(struct manager *m)
{
	if (m->params && m->params->exports.flows_s && m->summary_ts && m->flows &&
	    anybody_wants(m, true)) {
		m->summary_ends = true;
		if (m->clock.now > m->summary_ts && !is_reserved(m))
			make_summary(m);
		else
			told_keep(m);
		send_some(m, SIZE_MAX);
	}
	slots_close(TAKE_PTR(m->told));
	buf_free(&m->summary);
}

void audit_line(const struct manager *m, int64_t ts, uint64_t uid, const char *action,
		const char *detail, struct buf *out)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	char id[32];

	buf_addf(&text, "%s|%" PRId64 "|%" PRIu64 "|%s|%s", m->host, ts, uid, action, detail);
	(void)snprintf(id, sizeof(id), "audit-%016" PRIx64,
		       (uint64_t)XXH3_64bits(text.data, text.len));
	jsonw_open(out, '{');
	jsonw_time(out, "@timestamp", ts);
	jsonw_i64(out, "ts", ts);
	jsonw_str(out, "host", m->host);
	jsonw_str(out, "event.id", id);
	jsonw_str(out, "event", "audit");
	jsonw_str(out, "event.action", action);
	jsonw_u64(out, "user.id", uid);
	jsonw_str(out, "message", detail);
	jsonw_close(out, '}');
}

void audit_send(struct manager *m, int64_t ts, uint64_t uid, const char *action, const char *detail)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
	uint64_t sequence;
	int r;

	if (!anybody_wants(m, false))
		return;
	audit_line(m, ts, uid, action, detail, &line);
	r = line.error ? line.error : spool_append(m->spool, line.data, line.len, &sequence);
	if (r < 0)
		log_warning("an audit record could not be written to the spool: %s", strerror(-r));
	else
		exporter_poke(m->exporter);
}
