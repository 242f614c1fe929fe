/* SPDX-License-Identifier: Apache-2.0
 *
 * What the sensor says of itself: a heartbeat to every sink, so that a SIEM can alarm
 * on silence, and the snapshot behind /metrics.
 */
#include <inttypes.h>
#include <time.h>
#include <xxhash.h>

#include "alert/alert.h"
#include "base/jsonw.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "model/flowtab.h"
#include "store/store.h"

enum { METRICS_S = 10 };

static void send_metrics(struct manager *m)
{
	struct buf b _cleanup_buf_ = BUF_INIT;

	metrics_text(m, &b);
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

/* Guarantees that are reduced here: what `status` lists, as a number. */
static uint64_t reductions(const struct manager *m)
{
	struct buf lines _cleanup_buf_ = BUF_INIT;
	uint64_t n = 0;

	health_lines(m, &lines);
	for (size_t i = 0; i < lines.len; i++)
		n += lines.data[i] == '\n';
	return n;
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
	jsonw_u64(&b, "egressd.reductions", reductions(m));
	if (m->store)
		jsonw_bool(&b, "history.paused", store_paused(m->store));
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
