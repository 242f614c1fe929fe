/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSF 1.8.0: alerts are Detection Findings (2004), flows Network Activity (4001), reads
 * of database files File System Activity (1001), what was changed on the sensor API
 * Activity (6003), its own events Application Lifecycle (6002).
 */
#include "sink/format_ocsf.h"

#include <string.h>

#include "base/jsonw.h"
#include "sink/format.h"
#include "sink/format_parts.h"

enum { ACTIVITY_TRAFFIC = 6, ACTIVITY_READ = 2 };              /* of 4001, 1001 */
enum { LIFECYCLE_UPDATE = 8, API_UPDATE = 3, API_DELETE = 4 }; /* of 6002, 6003 */
enum { FILE_FOLDER = 2 };

/* 32 bits are all the schema has for a sequence. */
static void add_metadata(struct buf *b, const struct record *r, const char *profile)
{
	uint64_t sequence;

	ocsf_object(b, "metadata");
	jsonw_str(b, "version", FORMAT_OCSF_VERSION);
	ocsf_product(b, "product");
	if (*r->id)
		jsonw_str(b, "uid", r->id);
	if (record_u64(r, "event.sequence", &sequence) && sequence <= INT32_MAX)
		jsonw_u64(b, "sequence", sequence);
	if (record_str(r, "alert.id"))
		jsonw_str(b, "correlation_uid", record_str(r, "alert.id"));
	ocsf_list(b, "profiles");
	jsonw_str(b, NULL, "host");
	if (profile)
		jsonw_str(b, NULL, profile);
	if (ocsf_container_known(r))
		jsonw_str(b, NULL, "container");
	jsonw_close(b, ']');
	jsonw_close(b, '}');
}

void ocsf_head(struct buf *b, const struct record *r, const struct ocsf_class *class,
	       unsigned int activity)
{
	jsonw_u64(b, "category_uid", class->category);
	jsonw_u64(b, "class_uid", class->uid);
	jsonw_str(b, "class_name", class->name);
	jsonw_u64(b, "activity_id", activity);
	jsonw_u64(b, "type_uid", class->uid * 100ull + activity);
	jsonw_i64(b, "time", r->ts * 1000);
	jsonw_i64(b, "start_time", r->first_ts * 1000);
	jsonw_i64(b, "end_time", r->end_ts * 1000);
	if (r->end_ts > r->first_ts)
		jsonw_i64(b, "duration", (r->end_ts - r->first_ts) * 1000);
	jsonw_u64(b, "severity_id", r->severity->ocsf);
	jsonw_str(b, "severity", r->severity->ocsf_name);
	jsonw_str(b, "message", record_message(r));
	add_metadata(b, r, class->profile);
}

/* bytes_out are sent by the source: a server's answer is bytes_in. */
static void add_traffic(struct buf *b, const char *key, const struct record *r, uint64_t bytes)
{
	uint64_t packets;

	ocsf_object(b, key);
	jsonw_u64(b,
		  r->role == ROLE_DESTINATION ? "bytes_in"
		  : r->role == ROLE_SOURCE    ? "bytes_out"
					      : "bytes",
		  MIN(bytes, (uint64_t)INT64_MAX));
	if (strcmp(key, "traffic") == 0) {
		jsonw_i64(b, "start_time", r->first_ts * 1000);
		jsonw_i64(b, "end_time", r->ts * 1000);
	} else if (r->role != ROLE_UNKNOWN && record_u64(r, "egress.packets", &packets)) {
		jsonw_u64(b, r->role == ROLE_DESTINATION ? "packets_in" : "packets_out", packets);
	}
	jsonw_close(b, '}');
}

/* A summary's interval is `traffic`, what the flow sent in all cumulative_traffic. */
static void add_activity(struct buf *b, const struct record *r)
{
	static const struct ocsf_class network = { 4, 4001, "Network Activity", NULL };
	uint64_t total;

	ocsf_head(b, r, &network, ACTIVITY_TRAFFIC);
	if (r->role == ROLE_NONE) {
		ocsf_object(b, "src_endpoint");
		jsonw_str(b, "name", r->host);
		jsonw_close(b, '}');
	}
	ocsf_endpoints(b, r);
	jsonw_bool(b, "is_src_dst_assignment_known",
		   r->role == ROLE_SOURCE || r->role == ROLE_DESTINATION);
	ocsf_connection(b, r);
	if (r->delta)
		add_traffic(b, "traffic", r, r->bytes);
	if (record_u64(r, "egress.payload_bytes", &total))
		add_traffic(b, "cumulative_traffic", r, total);
	ocsf_actor(b, r, false);
}

static void add_read(struct buf *b, const struct record *r)
{
	static const struct ocsf_class file = { 1, 1001, "File System Activity", NULL };
	const char *path = record_str(r, "file.path"), *slash = path ? strrchr(path, '/') : NULL;

	ocsf_head(b, r, &file, ACTIVITY_READ);
	ocsf_actor(b, r, true);
	ocsf_object(b, "file");
	jsonw_str(b, "name", slash && slash[1] ? slash + 1 : "database files");
	jsonw_u64(b, "type_id", FILE_FOLDER);
	if (path)
		jsonw_str(b, "path", path);
	jsonw_close(b, '}');
}

static void add_audit(struct buf *b, const struct record *r)
{
	static const struct ocsf_class api = { 6, 6003, "API Activity", NULL };
	const char *action = record_str(r, "event.action");

	ocsf_head(b, r, &api, action && strstr(action, "remove") ? API_DELETE : API_UPDATE);
	ocsf_actor(b, r, true);
	ocsf_object(b, "api");
	jsonw_str(b, "operation", action ? action : r->event);
	ocsf_object(b, "service");
	jsonw_str(b, "name", "egressd");
	jsonw_close(b, '}');
	jsonw_close(b, '}');
	ocsf_object(b, "src_endpoint");
	jsonw_str(b, "name", r->host);
	jsonw_close(b, '}');
}

static void add_lifecycle(struct buf *b, const struct record *r)
{
	static const struct ocsf_class lifecycle = { 6, 6002, "Application Lifecycle", NULL };

	ocsf_head(b, r, &lifecycle, LIFECYCLE_UPDATE);
	jsonw_str(b, "activity_name", r->event);
	ocsf_product(b, "app");
}

/* The schema has no place for these; values are numbers, texts and booleans. */
static void add_unmapped(struct buf *b, const struct record *r)
{
	static const struct part own[] = {
		{ "egress.interval_s", "interval_s", PART_NUMBER },
		{ "egress.other", "flow.other", PART_BOOL },
		{ "egress.all_bytes", "egress.all_bytes", PART_NUMBER },
		{ "egress.column", "egress.column", PART_TEXT },
		{ "egress.scope", "egress.scope", PART_TEXT },
		{ "egress.wire_bytes", "egress.wire_bytes", PART_NUMBER },
		{ "egress.domain_source", "egress.domain_source", PART_TEXT },
		{ "workload.id", "egress.workload", PART_TEXT },
		{ "level", "level", PART_TEXT },
		{ "score", "score", PART_NUMBER },
		{ "read_bytes", "read_bytes", PART_NUMBER },
		{ "db.bytes", "db.bytes", PART_NUMBER },
		{ "db.share_percent", "db.share_percent", PART_NUMBER },
		{ "db.system.name", "db.system.name", PART_TEXT },
		{ "db.query.text", "db.query.text", PART_TEXT },
		{ "database.session", "database.session", PART_TEXT },
		{ "database.session_by", "database.session_by", PART_TEXT },
		{ "database.client", "database.client", PART_TEXT },
		{ "database.command", "database.command", PART_TEXT },
		{ "database.application", "database.application", PART_TEXT },
		{ "process.parent.name", "process.parent.name", PART_TEXT },
		{ "process.real_user.name", "process.real_user.name", PART_TEXT },
		{ "user.login.name", "user.audit.name", PART_TEXT },
		{ "container.owner", "container.owner", PART_TEXT },
		{ "orchestrator.namespace", "orchestrator.namespace", PART_TEXT },
		{ "orchestrator.resource.name", "orchestrator.resource.name", PART_TEXT },
		{ "gap.from", "gap.from", PART_NUMBER },
		{ "gap.to", "gap.to", PART_NUMBER },
		{ "config.hash", "config.hash", PART_TEXT },
		{ "egress.interval_bytes", "egress.interval_bytes", PART_NUMBER },
	};

	ocsf_object(b, "unmapped");
	if (r->has_bytes)
		jsonw_u64(b, "egress.bytes", r->bytes);
	if (r->has_read)
		jsonw_u64(b, "file.read_bytes", r->read);
	if (format_layer(r)) {
		jsonw_str(b, "egress.layer", format_layer(r));
		jsonw_str(b, "egress.counts", format_counts(r));
		jsonw_str(b, "egress.aggregation", format_aggregation(r));
	}
	if (format_initiation(r))
		jsonw_str(b, "egress.initiation", format_initiation(r));
	format_parts(b, r, own, ARRAY_SIZE(own));
	jsonw_close(b, '}');
}

int format_ocsf(const struct record *r, const struct format_options *o, struct buf *out)
{
	static void (*const forms[])(struct buf *, const struct record *) = {
		[RECORD_ALERT] = ocsf_finding, [RECORD_FLOW] = add_activity,
		[RECORD_READ] = add_read,      [RECORD_HEARTBEAT] = add_lifecycle,
		[RECORD_GAP] = add_lifecycle,  [RECORD_AUDIT] = add_audit,
	};
	struct buf doc _cleanup_buf_ = BUF_INIT;

	(void)o;
	jsonw_open(&doc, '{');
	forms[r->kind](&doc, r);
	ocsf_device(&doc, r);
	add_unmapped(&doc, r);
	jsonw_close(&doc, '}');
	return format_take(&doc, out);
}
