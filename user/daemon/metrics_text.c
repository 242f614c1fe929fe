/* SPDX-License-Identifier: Apache-2.0
 *
 * The page behind /metrics, less what the exporter adds about its sinks. No label ever
 * holds a pid, an address or a command line.
 */
#include <inttypes.h>
#include <sys/resource.h>

#include "alert/alert.h"
#include "base/buf.h"
#include "base/vocab.h"
#include "collect/collect.h"
#include "daemon/manager.h"
#include "detect/engine.h"
#include "egress/version.h"
#include "model/flowtab.h"
#include "sink/spool.h"
#include "store/store.h"

enum { DAY_S = 86400, LEARNING_DAYS = 14 };

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
	if (t.reads_known)
		add(b, "egressd_file_read_bytes_total", "counter",
		    "Bytes read of watched database files.", t.read_total.read_bytes);
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
	buf_addf(b,
		 "# HELP egressd_baseline_ready_ratio Days learned of the %d that a day needs.\n"
		 "# TYPE egressd_baseline_ready_ratio gauge\n"
		 "egressd_baseline_ready_ratio %.3f\n",
		 LEARNING_DAYS,
		 (double)MIN(engine_age_days(m->engine), (uint32_t)LEARNING_DAYS) / LEARNING_DAYS);
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

void metrics_text(const struct manager *m, struct buf *out)
{
	add_counting(out, m);
	workloads_print(&m->workloads, out);
	add_alerts(out, m);
	add_disk(out, m);
	add_self(out, m);
}
