/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSF 1.8.0: alerts are Detection Findings (2004) whose baseline and observation
 * stand in anomaly_analyses; flows are Network Activity (4001) with totals in
 * cumulative_traffic; the sensor's own events are Application Lifecycle (6002).
 */
#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "egress/version.h"
#include "sink/format.h"
#include "sink/format_parts.h"

enum { ACTIVITY_TRAFFIC = 6, ACTIVITY_UPDATE = 8, DISPOSITION_DETECTED = 15 };
enum { DIRECTION_UNKNOWN = 0, DIRECTION_INBOUND = 1, DIRECTION_OUTBOUND = 2 };

static void open_object(struct buf *b, const char *key)
{
	jsonw_key(b, key);
	jsonw_open(b, '{');
}

static void open_list(struct buf *b, const char *key)
{
	jsonw_key(b, key);
	jsonw_open(b, '[');
}

static void add_class(struct buf *b, unsigned int category, unsigned int class, const char *name,
		      unsigned int activity)
{
	jsonw_u64(b, "category_uid", category);
	jsonw_u64(b, "class_uid", class);
	jsonw_str(b, "class_name", name);
	jsonw_u64(b, "activity_id", activity);
	jsonw_u64(b, "type_uid", class * 100ull + activity);
}

static void add_product(struct buf *b, const char *key)
{
	open_object(b, key);
	jsonw_str(b, "name", "egressd");
	jsonw_str(b, "vendor_name", "egressd");
	jsonw_str(b, "version", EGRESS_VERSION);
	jsonw_close(b, '}');
}

/* 32 bits are all the schema has for a sequence. */
static void add_metadata(struct buf *b, const struct record *r, const char *profile)
{
	uint64_t sequence;

	open_object(b, "metadata");
	jsonw_str(b, "version", FORMAT_OCSF_VERSION);
	add_product(b, "product");
	if (*r->id)
		jsonw_str(b, "uid", r->id);
	if (record_u64(r, "event.sequence", &sequence) && sequence <= INT32_MAX)
		jsonw_u64(b, "sequence", sequence);
	if (record_str(r, "alert.id"))
		jsonw_str(b, "correlation_uid", record_str(r, "alert.id"));
	open_list(b, "profiles");
	jsonw_str(b, NULL, "host");
	if (profile)
		jsonw_str(b, NULL, profile);
	jsonw_close(b, ']');
	jsonw_close(b, '}');
}

static void add_head(struct buf *b, const struct record *r)
{
	jsonw_i64(b, "time", r->ts * 1000);
	jsonw_i64(b, "start_time", r->first_ts * 1000);
	jsonw_i64(b, "end_time", r->ts * 1000);
	jsonw_u64(b, "severity_id", r->severity->ocsf);
	jsonw_str(b, "severity", r->severity->ocsf_name);
	jsonw_str(b, "message", record_message(r));
}

static void add_device(struct buf *b, const struct record *r)
{
	open_object(b, "device");
	jsonw_u64(b, "type_id", 1);
	jsonw_str(b, "type", "Server");
	jsonw_str(b, "name", r->host);
	jsonw_close(b, '}');
}

static void add_user(struct buf *b, const char *name)
{
	open_object(b, "user");
	jsonw_str(b, "name", name);
	jsonw_close(b, '}');
}

/* A process is told by its pid; without one it is a name and nothing else. */
static bool add_process(struct buf *b, const struct record *r)
{
	const char *name = record_str(r, "process.name"), *user = record_str(r, "user.name");
	const char *exe = record_str(r, "process.executable");
	const char *cmd = record_str(r, "process.command_line");
	const char *slash = name ? strrchr(name, '/') : NULL;
	uint64_t pid;

	if (!record_u64(r, "process.pid", &pid) || pid > INT32_MAX)
		return false;
	open_object(b, "process");
	jsonw_u64(b, "pid", pid);
	if (name)
		jsonw_str(b, "name", slash && slash[1] ? slash + 1 : name);
	if (exe || (name && name[0] == '/'))
		jsonw_str(b, "path", exe ? exe : name);
	if (cmd)
		jsonw_str(b, "cmd_line", cmd);
	if (user)
		add_user(b, user);
	jsonw_close(b, '}');
	return true;
}

static void add_actor(struct buf *b, const struct record *r)
{
	const char *name = record_str(r, "process.name"), *user = record_str(r, "user.name");
	uint64_t pid;

	if (!name && !user && !record_u64(r, "process.pid", &pid))
		return;
	open_object(b, "actor");
	if (!add_process(b, r) && name)
		jsonw_str(b, "app_name", name);
	if (user)
		add_user(b, user);
	jsonw_close(b, '}');
}

static void add_endpoint(struct buf *b, const char *key, const char *host, bool is_ip,
			 uint64_t port)
{
	open_object(b, key);
	jsonw_str(b, is_ip ? "ip" : "name", host);
	if (port && port <= UINT16_MAX)
		jsonw_u64(b, "port", port);
	jsonw_close(b, '}');
}

/* Source began, destination answers; not known: the host is put first and said so. */
static void add_endpoints(struct buf *b, const struct record *r)
{
	bool answers = r->role == ROLE_DESTINATION;

	if (r->role == ROLE_NONE)
		return;
	if (answers)
		add_endpoint(b, "src_endpoint", r->peer, r->peer_is_ip, 0);
	else
		add_endpoint(b, "src_endpoint", r->host, false, 0);
	if (answers)
		add_endpoint(b, "dst_endpoint", r->host, false, r->port);
	else
		add_endpoint(b, "dst_endpoint", r->peer, r->peer_is_ip,
			     r->role == ROLE_SOURCE ? r->port : 0);
}

static void add_connection(struct buf *b, const struct record *r)
{
	const char *transport = record_str(r, "network.transport");

	open_object(b, "connection_info");
	jsonw_u64(b, "direction_id",
		  r->role == ROLE_SOURCE        ? DIRECTION_OUTBOUND
		  : r->role == ROLE_DESTINATION ? DIRECTION_INBOUND
						: DIRECTION_UNKNOWN);
	if (transport)
		jsonw_str(b, "protocol_name", transport);
	if (r->peer_is_ip)
		jsonw_u64(b, "protocol_ver_id", r->peer_is_ip6 ? 6 : 4);
	jsonw_close(b, '}');
}

/* bytes_out are sent by the source: a server's answer is bytes_in. */
static void add_traffic(struct buf *b, const char *key, const struct record *r)
{
	uint64_t packets;

	if (!r->has_bytes)
		return;
	open_object(b, key);
	if (r->role == ROLE_DESTINATION)
		jsonw_u64(b, "bytes_in", r->bytes);
	else if (r->role == ROLE_SOURCE)
		jsonw_u64(b, "bytes_out", r->bytes);
	else
		jsonw_u64(b, "bytes", r->bytes);
	if (r->role != ROLE_UNKNOWN && record_u64(r, "egress.packets", &packets))
		jsonw_u64(b, r->role == ROLE_DESTINATION ? "packets_in" : "packets_out", packets);
	jsonw_close(b, '}');
}

static void add_unmapped(struct buf *b, const struct record *r)
{
	static const struct part own[] = {
		{ "egress.initiation", "egress.initiation", PART_TEXT },
		{ "egress.scope", "egress.scope", PART_TEXT },
		{ "egress.wire_bytes", "egress.wire_bytes", PART_NUMBER },
		{ "level", "level", PART_TEXT },
		{ "score", "score", PART_NUMBER },
		{ "read_bytes", "read_bytes", PART_NUMBER },
		{ "db.bytes", "db.bytes", PART_NUMBER },
		{ "db.share_percent", "db.share_percent", PART_NUMBER },
		{ "gap.from", "gap.from", PART_NUMBER },
		{ "gap.to", "gap.to", PART_NUMBER },
		{ "config.hash", "config.hash", PART_TEXT },
		{ "egress.interval_bytes", "egress.interval_bytes", PART_NUMBER },
	};

	open_object(b, "unmapped");
	jsonw_str(b, "egress.layer", "payload");
	jsonw_str(b, "egress.counts", format_counts(r));
	if (r->has_bytes)
		jsonw_u64(b, "egress.bytes", r->bytes);
	format_parts(b, r, own, ARRAY_SIZE(own));
	jsonw_close(b, '}');
}

static void add_attack(struct buf *b, const struct record *r)
{
	struct record_threat t;

	if (!record_threat(r, &t))
		return;
	open_list(b, "attacks");
	jsonw_open(b, '{');
	open_object(b, "tactic");
	jsonw_str(b, "uid", t.tactic_id);
	jsonw_str(b, "name", t.tactic);
	jsonw_close(b, '}');
	open_object(b, "technique");
	jsonw_str(b, "uid", t.id);
	jsonw_str(b, "name", t.name);
	jsonw_close(b, '}');
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_finding_info(struct buf *b, const struct record *r)
{
	const char *id = record_str(r, "alert.id"), *rule = record_str(r, "rule");

	open_object(b, "finding_info");
	jsonw_str(b, "uid", id ? id : r->id);
	jsonw_str(b, "title", record_title(r));
	jsonw_str(b, "desc", record_message(r));
	jsonw_i64(b, "created_time", r->first_ts * 1000);
	jsonw_i64(b, "first_seen_time", r->first_ts * 1000);
	jsonw_i64(b, "last_seen_time", r->ts * 1000);
	open_object(b, "analytic");
	jsonw_u64(b, "type_id", 3);
	jsonw_str(b, "type", "Statistical");
	jsonw_str(b, "name", rule ? rule : "egress");
	jsonw_close(b, '}');
	jsonw_close(b, '}');
}

/* [{"observation_parameter":..,"observations":[{"value":".."}]}] */
static void add_observation(struct buf *b, const char *key, const char *parameter, uint64_t value,
			    uint64_t span_s)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	open_list(b, key);
	jsonw_open(b, '{');
	jsonw_str(b, "observation_parameter", parameter);
	jsonw_str(b, "observation_type", "bytes");
	open_list(b, "observations");
	jsonw_open(b, '{');
	jsonw_str(b, "value", text);
	if (span_s) {
		open_object(b, "timespan");
		jsonw_u64(b, "duration", span_s * 1000);
		jsonw_u64(b, "duration_secs", span_s);
		jsonw_close(b, '}');
	}
	jsonw_close(b, '}');
	jsonw_close(b, ']');
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_analysis(struct buf *b, const struct record *r)
{
	const char *subject = record_str(r, "subject");
	uint64_t observed, baseline, span_s = 0;

	if (!record_u64(r, "observed", &observed))
		return;
	(void)record_u64(r, "horizon_s", &span_s);
	open_list(b, "anomaly_analyses");
	jsonw_open(b, '{');
	open_list(b, "analysis_targets");
	jsonw_open(b, '{');
	jsonw_str(b, "name", subject ? subject : r->host);
	jsonw_str(b, "type", record_str(r, "rule") ? record_str(r, "rule") : "egress");
	jsonw_close(b, '}');
	jsonw_close(b, ']');
	add_observation(b, "anomalies", "egress payload bytes", observed, span_s);
	if (record_u64(r, "baseline", &baseline))
		add_observation(b, "baselines", "egress payload bytes", baseline, span_s);
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_container(struct buf *b, const struct record *r)
{
	const char *name = record_str(r, "container.name"), *id = record_str(r, "container.id");

	if (!name && !id)
		return;
	open_object(b, "container");
	if (id)
		jsonw_str(b, "uid", id);
	if (name)
		jsonw_str(b, "name", name);
	jsonw_close(b, '}');
}

static void add_evidence(struct buf *b, const struct record *r)
{
	open_list(b, "evidences");
	jsonw_open(b, '{');
	add_actor(b, r);
	add_container(b, r);
	add_endpoints(b, r);
	add_connection(b, r);
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_detection(struct buf *b, const struct record *r)
{
	bool opens = strcmp(r->event, "open") == 0, closes = strcmp(r->event, "close") == 0;

	add_class(b, 2, 2004, "Detection Finding", opens ? 1 : closes ? 3 : 2);
	add_head(b, r);
	jsonw_u64(b, "status_id", opens ? 1 : closes ? 4 : 2);
	jsonw_bool(b, "is_alert", true);
	jsonw_u64(b, "action_id", 1);
	jsonw_u64(b, "disposition_id", DISPOSITION_DETECTED);
	add_metadata(b, r, "security_control");
	add_finding_info(b, r);
	add_analysis(b, r);
	add_attack(b, r);
	add_evidence(b, r);
}

static void add_activity(struct buf *b, const struct record *r)
{
	add_class(b, 4, 4001, "Network Activity", ACTIVITY_TRAFFIC);
	add_head(b, r);
	add_metadata(b, r, NULL);
	if (r->role == ROLE_NONE)
		add_endpoint(b, "src_endpoint", r->host, false, 0);
	add_endpoints(b, r);
	jsonw_bool(b, "is_src_dst_assignment_known",
		   r->role == ROLE_SOURCE || r->role == ROLE_DESTINATION);
	add_connection(b, r);
	add_traffic(b, "cumulative_traffic", r);
	add_actor(b, r);
}

static void add_lifecycle(struct buf *b, const struct record *r)
{
	add_class(b, 6, 6002, "Application Lifecycle", ACTIVITY_UPDATE);
	jsonw_str(b, "activity_name", r->event);
	add_head(b, r);
	add_metadata(b, r, NULL);
	add_product(b, "app");
}

int format_ocsf(const struct record *r, const struct format_options *o, struct buf *out)
{
	struct buf doc _cleanup_buf_ = BUF_INIT;

	(void)o;
	jsonw_open(&doc, '{');
	if (r->kind == RECORD_ALERT)
		add_detection(&doc, r);
	else if (r->kind == RECORD_FLOW)
		add_activity(&doc, r);
	else
		add_lifecycle(&doc, r);
	add_device(&doc, r);
	add_unmapped(&doc, r);
	jsonw_close(&doc, '}');
	return format_take(&doc, out);
}
