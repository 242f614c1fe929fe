/* SPDX-License-Identifier: Apache-2.0
 *
 * `status`: what is counted and how, what is reduced, what was lost, how old the
 * knowledge is. One object, flat dotted keys (docs/json.md).
 */
#include <sys/resource.h>
#include <time.h>

#include "alert/alert.h"
#include "base/jsonw.h"
#include "collect/collect.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "daemon/sessions.h"
#include "detect/engine.h"
#include "egress/version.h"
#include "enrich/enrich.h"
#include "model/flowtab.h"
#include "sink/spool.h"
#include "store/store.h"

enum { LEARNING_DAYS = 14 }; /* the day horizon is warm (DETECTION 1.4) */

static void add_rungs(struct buf *b, const struct manager *m)
{
	struct buf lines _cleanup_buf_ = BUF_INIT;
	const struct collect_rung *rungs;
	size_t count = collect_rungs(m->collect, &rungs);

	jsonw_key(b, "rungs");
	jsonw_open(b, '[');
	for (size_t i = 0; i < count; i++) {
		jsonw_open(b, '{');
		jsonw_str(b, "group", rungs[i].group);
		jsonw_str(b, "rung", rungs[i].rung);
		jsonw_str(b, "detail", rungs[i].detail);
		jsonw_close(b, '}');
	}
	jsonw_close(b, ']');
	jsonw_key(b, "reductions");
	jsonw_open(b, '[');
	health_lines(m, &lines);
	for (const char *at = lines.data; at && *at;) {
		const char *end = strchr(at, '\n');

		if (!end)
			break;
		jsonw_strn(b, NULL, at, (size_t)(end - at));
		at = end + 1;
	}
	jsonw_close(b, ']');
}

/* The last 24 hours against what is allowed in a day; null while nothing has left. */
static void add_day(struct buf *b, struct manager *m)
{
	if (normals_refresh(&m->normals, m->engine, m->ticks) < 0 || !m->normals.host_day_allowed) {
		jsonw_null(b, "egress.today_bytes");
		jsonw_null(b, "egress.today_allowed_bytes");
		return;
	}
	jsonw_u64(b, "egress.today_bytes", m->normals.host_day_bytes);
	jsonw_u64(b, "egress.today_allowed_bytes", m->normals.host_day_allowed);
}

static void add_totals(struct buf *b, const struct manager *m)
{
	struct flowtab_totals t;

	flowtab_get_totals(m->flows, &t);
	jsonw_bool(b, "counting.exact", !t.inexact);
	jsonw_bool(b, "reads.exact", !t.reads_inexact);
	jsonw_bool(b, "invariant_ok", t.invariant_ok);
	jsonw_u64(b, "ticks", t.ticks);
	jsonw_u64(b, "ticks.invariant_broken", t.ticks_invariant_broken);
	jsonw_u64(b, "ticks.inexact", t.ticks_inexact);
	jsonw_u64(b, "egress.rate_1s", t.egress_rate_bps);
	jsonw_u64(b, "egress.bytes", t.egress_bytes);
	jsonw_u64(b, "total.payload_bytes", t.total[EG_COLUMN_EGRESS].payload_bytes);
	jsonw_u64(b, "total.wire_bytes", t.total[EG_COLUMN_EGRESS].wire_bytes);
	jsonw_u64(b, "total.handoff_bytes", t.total[EG_COLUMN_HANDOFF].payload_bytes);
	if (t.reads_known) {
		jsonw_u64(b, "file.read_bytes", t.read_total.read_bytes);
		jsonw_u64(b, "file.mapped_bytes", t.read_total.mapped_bytes);
	} else {
		jsonw_null(b, "file.read_bytes");
		jsonw_null(b, "file.mapped_bytes");
	}
	jsonw_u64(b, "unattributed_bytes", t.losses.unattributed_bytes);
	jsonw_u64(b, "residual.devices", t.residual.devices);
	if (t.residual.known) {
		jsonw_u64(b, "residual.device_bytes", t.residual.device_bytes);
		jsonw_u64(b, "residual.bytes", t.residual.bytes);
	} else {
		jsonw_null(b, "residual.device_bytes");
		jsonw_null(b, "residual.bytes");
	}
	jsonw_key(b, "lost");
	jsonw_open(b, '{');
	jsonw_u64(b, "flow_map_full", t.losses.flow_map_full);
	jsonw_u64(b, "storage_refused", t.losses.storage_refused);
	jsonw_u64(b, "ring_full", t.losses.ring_full);
	jsonw_u64(b, "recursion_misses", t.losses.recursion_misses);
	jsonw_u64(b, "clock_back", t.losses.clock_back);
	jsonw_u64(b, "readers_full", t.losses.readers_full);
	jsonw_u64(b, "file_misses", t.losses.file_misses);
	jsonw_close(b, '}');
}

static void add_learning(struct buf *b, const struct manager *m)
{
	uint32_t days = engine_age_days(m->engine);

	jsonw_u64(b, "learning.days", MIN(days, (uint32_t)LEARNING_DAYS));
	jsonw_u64(b, "learning.of", LEARNING_DAYS);
	jsonw_u64(b, "learning.age_days", days);
	jsonw_u64(b, "learning.series", engine_series_count(m->engine));
	jsonw_u64(b, "alerts.open.page", alerts_open_count(m->alerts, EG_LEVEL_PAGE));
	jsonw_u64(b, "alerts.open.ticket", alerts_open_count(m->alerts, EG_LEVEL_TICKET));
	jsonw_u64(b, "alerts.open.notice", alerts_open_count(m->alerts, EG_LEVEL_NOTICE));
	jsonw_u64(b, "alerts.not_on_disk", m->alerts_not_on_disk);
	jsonw_u64(b, "database_bytes",
		  m->params->detect.database_bytes ? m->params->detect.database_bytes
						   : enrich_database_bytes(m->enrich));
}

static void add_databases(struct buf *b, const struct manager *m)
{
	const char *const *dirs;
	size_t count = enrich_data_dirs(m->enrich, &dirs);

	jsonw_key(b, "database.directories");
	jsonw_open(b, '[');
	for (size_t i = 0; i < count; i++)
		jsonw_str(b, NULL, dirs[i]);
	jsonw_close(b, ']');
}

static void add_disk(struct buf *b, const struct manager *m)
{
	struct spool_stats spool;

	if (m->spool) {
		spool_get_stats(m->spool, &spool);
		jsonw_u64(b, "spool.bytes", spool.bytes);
		jsonw_u64(b, "spool.max_bytes", spool.max_bytes);
		jsonw_u64(b, "spool.records", spool.records);
		jsonw_u64(b, "spool.dropped", spool.dropped);
		jsonw_u64(b, "spool.corrupt_records", spool.corrupt_records);
	}
	if (m->store) {
		struct store_stats store;

		store_get_stats(m->store, &store);
		jsonw_u64(b, "store.bytes", store.bytes);
		jsonw_u64(b, "store.max_bytes", store.max_bytes);
		jsonw_u64(b, "store.lost_writes", store.lost_writes);
	}
	jsonw_str(b, "store.state",
		  !m->store                ? "off"
		  : store_paused(m->store) ? "paused: disk full"
					   : "ok");
}

static void add_names(struct buf *b, const struct manager *m)
{
	struct enrich_stats names;

	enrich_get_stats(m->enrich, &names);
	jsonw_u64(b, "processes.known", names.processes);
	jsonw_u64(b, "processes.max", names.max_processes);
	jsonw_u64(b, "containers.known", names.containers);
	jsonw_u64(b, "containers.max", names.max_containers);
	jsonw_u64(b, "runtimes.asked", names.runtime_asked);
	jsonw_u64(b, "runtimes.answered", names.runtime_answered);
	jsonw_u64(b, "runtimes.failed", names.runtime_failed);
	names_status(m, b);
}

static void add_self(struct buf *b, const struct manager *m)
{
	struct serve_stats serve;
	struct rusage usage;
	uint64_t entries, max;

	collect_map_fill(m->collect, &entries, &max);
	jsonw_u64(b, "flows.entries", entries);
	jsonw_u64(b, "flows.max_entries", max);
	jsonw_u64(b, "flows.listed", flowtab_count(m->flows));
	add_names(b, m);
	serve_get_stats(m->serve, &serve);
	jsonw_u64(b, "control.requests", serve.requests);
	jsonw_u64(b, "control.refused", serve.refused);
	jsonw_u64(b, "control.bad_frames", serve.bad_frames);
	jsonw_u64(b, "control.cut_off", serve.cut_off);
	jsonw_bool(b, "control.read_group_missing", serve.read_group_missing);
	jsonw_u64(b, "tick.cost_us", m->tick_cost_ns / 1000);
	jsonw_u64(b, "tick.cost_max_us", m->tick_cost_max_ns / 1000);
	if (getrusage(RUSAGE_SELF, &usage) == 0) {
		jsonw_u64(b, "process.max_rss_bytes", (uint64_t)usage.ru_maxrss * 1024);
		jsonw_u64(b, "process.cpu_ms",
			  (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
				  (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
					  1000);
	}
}

int op_status(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status)
{
	struct manager *m = ctx;
	struct timespec boot;

	(void)request;
	(void)error;
	(void)status;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	jsonw_open(rows, '{');
	jsonw_str(rows, "egressd.version", EGRESS_VERSION);
	jsonw_time(rows, "@timestamp", m->clock.now);
	jsonw_str(rows, "host", m->host);
	jsonw_u64(rows, "egressd.uptime_s",
		  (uint64_t)boot.tv_sec - m->started_boot_ns / 1000000000);
	jsonw_bool(rows, "egressd.pinned", m->pin_dir && !m->health[HEALTH_PINS]);
	jsonw_bool(rows, "egressd.adopted", collect_adopted(m->collect));
	jsonw_u64(rows, "egressd.gap_bytes", m->gap_bytes);
	jsonw_bool(rows, "egressd.may_change", peer->may_change);
	jsonw_bool(rows, "clock.stepped", m->clock.stepped);
	add_totals(rows, m);
	add_day(rows, m);
	add_learning(rows, m);
	add_databases(rows, m);
	add_disk(rows, m);
	add_self(rows, m);
	jsonw_key(rows, "sinks");
	jsonw_open(rows, '[');
	exporter_status(m->exporter, rows);
	jsonw_close(rows, ']');
	jsonw_key(rows, "sessions");
	jsonw_open(rows, '[');
	sessions_status(m->sessions, rows);
	jsonw_close(rows, ']');
	add_rungs(rows, m);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

int op_support(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status)
{
	(void)peer;
	(void)request;
	(void)error;
	(void)status;
	jsonw_open(rows, '{');
	add_rungs(rows, ctx);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}
