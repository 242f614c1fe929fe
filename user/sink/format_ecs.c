/* SPDX-License-Identifier: Apache-2.0
 *
 * Elastic Common Schema 9.4.0, dotted keys: what follows from who began the
 * conversation, and what is said of every record. See format_ecs.h.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "egress/version.h"
#include "sink/format.h"
#include "sink/format_ecs.h"
#include "sink/format_parts.h"

static const char *const kinds[] = {
	[RECORD_ALERT] = "alert", [RECORD_FLOW] = "event",  [RECORD_HEARTBEAT] = "metric",
	[RECORD_GAP] = "event",   [RECORD_AUDIT] = "event", [RECORD_READ] = "event",
};

static const char *const categories[] = {
	[RECORD_ALERT] = "network", [RECORD_FLOW] = "network",        [RECORD_HEARTBEAT] = "host",
	[RECORD_GAP] = "host",      [RECORD_AUDIT] = "configuration", [RECORD_READ] = "file",
};

static void add_list(struct buf *b, const char *key, const char *first, const char *second)
{
	jsonw_key(b, key);
	jsonw_open(b, '[');
	jsonw_str(b, NULL, first);
	if (second)
		jsonw_str(b, NULL, second);
	jsonw_close(b, ']');
}

static const char *event_type(const struct record *r)
{
	if (r->kind == RECORD_FLOW && !record_bool(r, "flow.other"))
		return record_bool(r, "process.exited") ? "end" : "connection";
	if (r->kind == RECORD_READ)
		return "access";
	if (r->kind == RECORD_AUDIT)
		return "change";
	return "info"; /* allowed by both of an alert's categories */
}

static void add_event(struct buf *b, const struct record *r)
{
	const char *action = record_str(r, "event.action");

	jsonw_str(b, "event.kind", kinds[r->kind]);
	add_list(b, "event.category", categories[r->kind],
		 r->kind == RECORD_ALERT ? "intrusion_detection" : NULL);
	add_list(b, "event.type", event_type(r), NULL);
	if (r->kind == RECORD_AUDIT && action) {
		jsonw_str(b, "event.action", action);
	} else {
		jsonw_key(b, "event.action");
		buf_addf(b, "\"egress-%s\"", r->kind == RECORD_AUDIT ? "audit" : r->event);
	}
	jsonw_str(b, "event.module", "egressd");
	jsonw_str(b, "event.provider", "egressd");
	jsonw_u64(b, "event.severity", r->severity->ecs);
	jsonw_time(b, "event.start", r->first_ts);
	jsonw_time(b, "event.end", r->end_ts);
	jsonw_u64(b, "event.duration", (uint64_t)(r->end_ts - r->first_ts) * 1000000000);
	if (r->kind == RECORD_GAP)
		jsonw_str(b, "event.outcome", "failure");
}

static void add_data_stream(struct buf *b, const struct record *r, const struct format_options *o)
{
	const char *dataset = format_dataset(r);

	jsonw_str(b, "data_stream.type", "logs");
	jsonw_str(b, "data_stream.dataset", dataset);
	jsonw_str(b, "data_stream.namespace", o->data_stream ? o->data_stream : "default");
	jsonw_str(b, "event.dataset", dataset);
}

/* Who a person would look for, each once. */
static void add_users(struct buf *b, const struct record *r)
{
	static const char *const keys[] = { "user.name", "process.real_user.name",
					    "user.audit.name" };
	const char *seen[ARRAY_SIZE(keys)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *name = record_str(r, keys[i]);
		bool again = name == NULL;

		for (size_t k = 0; k < count; k++)
			again = again || strcmp(name, seen[k]) == 0;
		if (again)
			continue;
		if (count == 0) {
			jsonw_key(b, "related.user");
			jsonw_open(b, '[');
		}
		jsonw_str(b, NULL, name);
		seen[count++] = name;
	}
	if (count)
		jsonw_close(b, ']');
}

/* Image and tag apart; labels as one object, for their keys are anybody's. */
static void add_container(struct buf *b, const struct record *r)
{
	static const char prefix[] = "container.labels.";
	struct image_name image;
	bool open = false;

	if (format_image(r, &image)) {
		jsonw_strn(b, "container.image.name", image.name, (size_t)image.name_len);
		if (image.tag_len) {
			jsonw_key(b, "container.image.tag");
			jsonw_open(b, '[');
			jsonw_strn(b, NULL, image.tag, (size_t)image.tag_len);
			jsonw_close(b, ']');
		}
	}
	if (record_str(r, "orchestrator.resource.name")) {
		jsonw_str(b, "orchestrator.type", "kubernetes");
		jsonw_str(b, "orchestrator.resource.type", "pod");
	}
	json_object_object_foreach(r->root, key, value)
	{
		if (strncmp(key, prefix, sizeof(prefix) - 1) != 0 ||
		    !json_object_is_type(value, json_type_string))
			continue;
		if (!open) {
			jsonw_key(b, "container.labels");
			jsonw_open(b, '{');
		}
		open = true;
		jsonw_str(b, key + sizeof(prefix) - 1, json_object_get_string(value));
	}
	if (open)
		jsonw_close(b, '}');
}

/* One end of the conversation: "source" or "destination". */
static void add_end(struct buf *b, const char *side, const char *field, const char *text)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s.%s", side, field);
	jsonw_str(b, key, text);
}

static void add_end_u64(struct buf *b, const char *side, const char *field, uint64_t value)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s.%s", side, field);
	jsonw_u64(b, key, value);
}

/* What is known of the peer: hints. */
static void add_peer(struct buf *b, const struct record *r, const char *side)
{
	const char *domain = record_str(r, "destination.domain");
	const char *org = record_str(r, "destination.as.organization.name");
	const char *country = record_str(r, "destination.geo.country_iso_code");
	uint64_t as;

	add_end(b, side, "address", r->peer);
	if (r->peer_is_ip)
		add_end(b, side, "ip", r->peer);
	if (!r->peer_is_ip || domain)
		add_end(b, side, "domain", r->peer_is_ip ? domain : r->peer);
	if (record_u64(r, "destination.as.number", &as))
		add_end_u64(b, side, "as.number", as);
	if (org)
		add_end(b, side, "as.organization.name", org);
	if (country)
		add_end(b, side, "geo.country_iso_code", country);
}

/* The service's port is the destination's: the initiator asked for it. What this host
 * sent is counted at its own end: source.bytes are sent by the source. */
static void add_ends(struct buf *b, const struct record *r)
{
	const char *ours = r->role == ROLE_SOURCE ? "source" : "destination";
	const char *theirs = r->role == ROLE_SOURCE ? "destination" : "source";

	if (r->role == ROLE_SOURCE || r->role == ROLE_DESTINATION) {
		add_peer(b, r, theirs);
		add_end(b, ours, "address", r->host);
		if (r->has_bytes)
			add_end_u64(b, ours, "bytes", r->bytes);
		if (r->port)
			jsonw_u64(b, "destination.port", r->port);
	}
	if (r->peer && r->peer_is_ip) {
		add_list(b, "related.ip", r->peer, NULL);
		jsonw_str(b, "network.type", r->peer_is_ip6 ? "ipv6" : "ipv4");
	}
	if (r->peer || r->has_bytes)
		jsonw_str(b, "network.direction", "egress");
}

static void add_bytes(struct buf *b, const struct record *r)
{
	uint64_t more;

	if (format_initiation(r))
		jsonw_str(b, "egressd.egress.initiation", format_initiation(r));
	if (!format_layer(r))
		return;
	if (r->has_bytes)
		jsonw_u64(b, "egressd.egress.bytes", r->bytes);
	if (r->delta && record_u64(r, "egress.payload_bytes", &more))
		jsonw_u64(b, "egressd.egress.total_bytes", MIN(more, (uint64_t)INT64_MAX));
	if (r->kind == RECORD_HEARTBEAT && record_u64(r, "egress.interval_bytes", &more))
		jsonw_u64(b, "host.network.egress.bytes", MIN(more, (uint64_t)INT64_MAX));
	if (r->has_read)
		jsonw_u64(b, "egressd.read.bytes", r->read);
	if (r->has_read && r->delta && record_u64(r, "file.read_bytes", &more))
		jsonw_u64(b, "egressd.read.total_bytes", MIN(more, (uint64_t)INT64_MAX));
	jsonw_str(b, "egressd.egress.layer", format_layer(r));
	jsonw_str(b, "egressd.egress.counts", format_counts(r));
	jsonw_str(b, "egressd.egress.aggregation", format_aggregation(r));
}

/* Of the rule `fan` they count destinations. */
static void add_window(struct buf *b, const struct record *r)
{
	if (!record_number(r, "observed"))
		return;
	jsonw_str(b, "egressd.window.unit",
		  strcmp(format_unit(r), "Bytes") == 0 ? "bytes" : "destinations");
}

static void add_threat(struct buf *b, const struct record *r)
{
	struct record_threat t;

	if (!record_threat(r, &t))
		return;
	jsonw_str(b, "threat.framework", "MITRE ATT&CK");
	add_list(b, "threat.tactic.id", t.tactic_id, NULL);
	add_list(b, "threat.tactic.name", t.tactic, NULL);
	add_list(b, "threat.technique.id", t.id, NULL);
	add_list(b, "threat.technique.name", t.name, NULL);
}

int format_ecs(const struct record *r, const struct format_options *o, struct buf *out)
{
	struct buf doc _cleanup_buf_ = BUF_INIT;

	jsonw_open(&doc, '{');
	jsonw_time(&doc, "@timestamp", r->ts);
	jsonw_str(&doc, "ecs.version", FORMAT_ECS_VERSION);
	jsonw_str(&doc, "message", record_message(r));
	add_event(&doc, r);
	add_data_stream(&doc, r, o);
	if (r->kind == RECORD_ALERT) {
		jsonw_str(&doc, "rule.name", record_title(r));
		jsonw_str(&doc, "rule.ruleset", "egressd");
		jsonw_str(&doc, "egressd.alert.event", r->event);
	}
	ecs_fields(&doc, r);
	add_users(&doc, r);
	add_container(&doc, r);
	add_ends(&doc, r);
	add_bytes(&doc, r);
	add_window(&doc, r);
	add_threat(&doc, r);
	jsonw_str(&doc, "host.name", r->host);
	jsonw_str(&doc, "host.hostname", r->host);
	add_list(&doc, "related.hosts", r->host, r->peer && !r->peer_is_ip ? r->peer : NULL);
	jsonw_str(&doc, "observer.vendor", "egressd");
	jsonw_str(&doc, "observer.product", "egressd");
	jsonw_str(&doc, "observer.type", "sensor");
	jsonw_str(&doc, "observer.version", EGRESS_VERSION);
	ecs_own_fields(&doc, r);
	jsonw_close(&doc, '}');
	return format_take(&doc, out);
}
