/* SPDX-License-Identifier: Apache-2.0
 *
 * What the sensor says of itself: a heartbeat to every sink, so that a SIEM can alarm
 * on silence, and the snapshot behind /metrics. No label ever holds a pid, an address
 * or a command line.
 */
#include <inttypes.h>
#include <sys/resource.h>
#include <time.h>
#include <xxhash.h>

#include "alert/alert.h"
#include "base/jsonw.h"
#include "base/vocab.h"
#include "collect/collect.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "detect/engine.h"
#include "egress/version.h"
#include "model/flowtab.h"
#include "sink/spool.h"
#include "store/store.h"

enum { METRICS_S = 10, DAY_S = 86400 };

_Static_assert((int)MANAGER_RULES >= (int)SERIES_KINDS, "raise MANAGER_RULES");

static void add(struct buf *b, const char *name, const char *type, const char *help, uint64_t value)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type, name,
		 value);
}

static void add_counting(struct buf *b, const struct manager *m)
{
	struct flowtab_totals t;
	uint64_t entries, max;

	flowtab_get_totals(m->flows, &t);
	collect_map_fill(m->collect, &entries, &max);
	add(b, "egressd_egress_bytes_total", "counter",
	    "Payload bytes that left this host, without loopback and host-local ones.",
	    t.egress_bytes);
	add(b, "egressd_payload_bytes_total", "counter",
	    "Payload bytes of all IP packets of sockets, loopback too.",
	    t.total[EG_COLUMN_EGRESS].payload_bytes);
	add(b, "egressd_wire_bytes_total", "counter", "The same as IP bytes with headers.",
	    t.total[EG_COLUMN_EGRESS].wire_bytes);
	add(b, "egressd_handoff_bytes_total", "counter",
	    "Bytes accepted by AF_UNIX, AF_VSOCK and AF_PACKET sockets.",
	    t.total[EG_COLUMN_HANDOFF].payload_bytes);
	add(b, "egressd_unattributed_bytes_total", "counter", "Payload bytes without an owner.",
	    t.losses.unattributed_bytes);
	if (t.residual.known) {
		add(b, "egressd_device_bytes_total", "counter",
		    "Bytes sent by the network devices that lead off this host.",
		    t.residual.device_bytes);
		add(b, "egressd_residual_bytes_total", "counter",
		    "Of these, bytes that no socket sent (AF_XDP, tun writers, guests).",
		    t.residual.bytes);
	}
	add(b, "egressd_flows_tracked", "gauge", "Flows in the table.", flowtab_count(m->flows));
	add(b, "egressd_map_entries", "gauge", "Rows in the kernel's flow map.", entries);
	add(b, "egressd_map_max_entries", "gauge", "Rows the kernel's flow map can hold.", max);
	add(b, "egressd_ringbuf_lost_events_total", "counter",
	    "Process events the ring had no room for.", t.losses.ring_full);
	add(b, "egressd_ticks_total", "counter", "Samples taken.", t.ticks);
	add(b, "egressd_ticks_inexact_total", "counter", "Samples in which a hook missed calls.",
	    t.ticks_inexact);
	add(b, "egressd_ticks_invariant_broken_total", "counter",
	    "Samples whose rows did not add up to the kernel's total.", t.ticks_invariant_broken);
}

static void add_alerts(struct buf *b, const struct manager *m)
{
	buf_add_str(b, "# HELP egressd_alerts_total Alerts opened.\n"
		       "# TYPE egressd_alerts_total counter\n");
	for (unsigned int rule = 0; rule < SERIES_KINDS; rule++)
		for (unsigned int level = EG_LEVEL_NOTICE; level < EG_LEVEL_COUNT; level++)
			buf_addf(b,
				 "egressd_alerts_total{rule=\"%s\",severity=\"%s\"} %" PRIu64 "\n",
				 alert_rule_name(rule), level_name(level),
				 m->alerts_total[rule][level]);
	buf_add_str(b, "# HELP egressd_alerts_open Alerts open now.\n"
		       "# TYPE egressd_alerts_open gauge\n");
	for (unsigned int level = EG_LEVEL_NOTICE; level < EG_LEVEL_COUNT; level++)
		buf_addf(b, "egressd_alerts_open{severity=\"%s\"} %zu\n", level_name(level),
			 alerts_open_count(m->alerts, level));
	add(b, "egressd_baseline_age_seconds", "gauge", "Time learned, in whole days.",
	    (uint64_t)engine_age_days(m->engine) * DAY_S);
	add(b, "egressd_baseline_series", "gauge", "Series learned.",
	    engine_series_count(m->engine));
}

static void add_disk(struct buf *b, const struct manager *m)
{
	struct spool_stats s = { 0 };

	if (m->spool)
		spool_get_stats(m->spool, &s);
	add(b, "egressd_spool_bytes", "gauge", "Bytes of records in the spool.", s.bytes);
	add(b, "egressd_spool_max_bytes", "gauge", "Bytes the spool can hold.", s.max_bytes);
	add(b, "egressd_spool_corrupt_records_total", "counter", "Records found damaged.",
	    s.corrupt_records);
	buf_addf(b,
		 "# HELP egressd_events_dropped_total Events given up before a sink took them.\n"
		 "# TYPE egressd_events_dropped_total counter\n"
		 "egressd_events_dropped_total{class=\"alert\",reason=\"spool_full\"} %" PRIu64 "\n"
		 "egressd_events_dropped_total{class=\"alert\",reason=\"not_on_disk\"} %" PRIu64
		 "\n",
		 s.dropped, m->alerts_not_on_disk);
	add(b, "egressd_store_paused", "gauge", "History is paused: the disk is full.",
	    m->store && store_paused(m->store));
}

static void add_self(struct buf *b, const struct manager *m)
{
	struct rusage u;
	uint64_t us = 0;

	if (getrusage(RUSAGE_SELF, &u) == 0)
		us = (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
		     (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	buf_addf(b,
		 "# HELP egressd_process_cpu_seconds_total CPU time of the sensor.\n"
		 "# TYPE egressd_process_cpu_seconds_total counter\n"
		 "egressd_process_cpu_seconds_total %" PRIu64 ".%06" PRIu64 "\n",
		 us / 1000000, us % 1000000);
	buf_addf(b,
		 "# HELP egressd_tick_duration_seconds What the last sample cost.\n"
		 "# TYPE egressd_tick_duration_seconds gauge\n"
		 "egressd_tick_duration_seconds %" PRIu64 ".%06" PRIu64 "\n",
		 m->tick_cost_ns / 1000000000, m->tick_cost_ns / 1000 % 1000000);
	buf_addf(b,
		 "# HELP egressd_build_info The version that runs.\n"
		 "# TYPE egressd_build_info gauge\n"
		 "egressd_build_info{version=\"%s\"} 1\n",
		 EGRESS_VERSION);
}

static void send_metrics(struct manager *m)
{
	struct buf b _cleanup_buf_ = BUF_INIT;

	add_counting(&b, m);
	add_alerts(&b, m);
	add_disk(&b, m);
	add_self(&b, m);
	if (!b.error)
		exporter_metrics(m->exporter, b.data, b.len);
}

/* Of what decides about alerts: changes with every setting. */
static void add_config_hash(struct buf *b, const struct manager *m)
{
	uint64_t hash = XXH3_64bits(&m->params->detect, sizeof(m->params->detect)) ^
			XXH3_64bits(&m->params->alert, sizeof(m->params->alert));
	char text[17];

	(void)snprintf(text, sizeof(text), "%016" PRIx64, hash);
	jsonw_str(b, "config.hash", text);
}

static void send_heartbeat(struct manager *m)
{
	struct buf b _cleanup_buf_ = BUF_INIT, id _cleanup_buf_ = BUF_INIT;
	struct flowtab_totals t;
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	flowtab_get_totals(m->flows, &t);
	buf_addf(&id, "heartbeat-%s-%" PRId64, m->host, m->clock.now);
	jsonw_open(&b, '{');
	jsonw_time(&b, "@timestamp", m->clock.now);
	jsonw_i64(&b, "ts", m->clock.now);
	jsonw_str(&b, "host", m->host);
	jsonw_str(&b, "event.id", id.data ? id.data : "heartbeat");
	jsonw_str(&b, "event", "heartbeat");
	jsonw_u64(&b, "event.sequence", ++m->heartbeats);
	jsonw_u64(&b, "egress.payload_bytes", t.egress_bytes);
	jsonw_u64(&b, "egress.interval_bytes", t.egress_bytes - m->heartbeat_bytes);
	jsonw_u64(&b, "unattributed_bytes", t.losses.unattributed_bytes);
	jsonw_u64(&b, "lost.total",
		  t.losses.flow_map_full + t.losses.storage_refused + t.losses.ring_full);
	jsonw_bool(&b, "counting.exact", !t.inexact);
	jsonw_u64(&b, "flows.tracked", flowtab_count(m->flows));
	jsonw_u64(&b, "alerts.open",
		  alerts_open_count(m->alerts, EG_LEVEL_NOTICE) +
			  alerts_open_count(m->alerts, EG_LEVEL_TICKET) +
			  alerts_open_count(m->alerts, EG_LEVEL_PAGE));
	jsonw_u64(&b, "egressd.uptime_s", (uint64_t)boot.tv_sec - m->started_boot_ns / 1000000000);
	add_config_hash(&b, m);
	jsonw_close(&b, '}');
	m->heartbeat_bytes = t.egress_bytes;
	if (!b.error)
		exporter_tell(m->exporter, b.data, b.len);
}

void telemetry_tick(struct manager *m)
{
	uint32_t every = m->params->exports.heartbeat_s;
	int64_t now = m->clock.now;

	if (!m->exporter)
		return;
	if (now >= m->metrics_ts + METRICS_S || now < m->metrics_ts) {
		m->metrics_ts = now;
		send_metrics(m);
	}
	if (every && (now >= m->heartbeat_ts + every || now < m->heartbeat_ts)) {
		m->heartbeat_ts = now;
		send_heartbeat(m);
	}
}
