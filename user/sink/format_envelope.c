/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents around documents: CloudEvents 1.0, Splunk's HEC event with the names of
 * its Common Information Model, a flat row for column stores, and the line itself.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "sink/format.h"
#include "sink/format_parts.h"

/* RFC 3986: what is not unreserved is written as %XX. */
static void add_uri_part(struct buf *b, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_add_char(b, *text);
		else
			buf_addf(b, "%%%02X", (unsigned char)*text);
	}
}

static void add_document(struct buf *b, const char *key, const struct buf *doc)
{
	jsonw_key(b, key);
	buf_add(b, doc->data, doc->len);
	if (doc->error)
		b->error = doc->error;
}

int format_cloudevents(const struct record *r, const struct format_options *o, struct buf *out)
{
	struct buf doc _cleanup_buf_ = BUF_INIT, data _cleanup_buf_ = BUF_INIT;
	struct buf source _cleanup_buf_ = BUF_INIT, type _cleanup_buf_ = BUF_INIT;
	char fallback[64];

	buf_add_str(&source, "egressd://");
	add_uri_part(&source, r->host);
	buf_addf(&type, "egressd.%s.%s", format_kind(r), r->event);
	(void)snprintf(fallback, sizeof(fallback), "%s-%" PRId64, r->event, r->ts);
	jsonw_open(&doc, '{');
	jsonw_str(&doc, "specversion", "1.0");
	jsonw_str(&doc, "id", *r->id ? r->id : fallback);
	jsonw_str(&doc, "source", source.data ? source.data : "egressd:");
	jsonw_str(&doc, "type", type.data ? type.data : "egressd");
	jsonw_time(&doc, "time", r->ts);
	if (record_str(r, "alert.id"))
		jsonw_str(&doc, "subject", record_str(r, "alert.id"));
	jsonw_str(&doc, "datacontenttype", "application/json");
	(void)format_ecs(r, o, &data);
	add_document(&doc, "data", &data);
	jsonw_close(&doc, '}');
	return format_take(&doc, out);
}

/* Keys of ours: others are passed over rather than escaped. */
static bool is_plain_key(const char *key)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.@";

	return *key && strspn(key, plain) == strlen(key);
}

/* CIM names. bytes_out is what this host transmitted, whoever began. */
static const struct part cim[] = {
	{ "user", "user.name", PART_TEXT },
	{ "app", "process.name", PART_NAME },
	{ "process", "process.name", PART_NAME },
	{ "process_id", "process.pid", PART_NUMBER },
	{ "process_path", "process.executable", PART_TEXT },
	{ "process_path", "process.name", PART_PATH },
	{ "process_hash", "process.hash.sha256", PART_TEXT },
	{ "parent_process_name", "process.parent.name", PART_TEXT },
	{ "object", "event.action", PART_TEXT },
	{ "user_id", "user.id", PART_ID },
	{ "file_path", "file.path", PART_PATH },
	{ "signature_id", "rule", PART_TEXT },
	{ "transport", "network.transport", PART_TEXT },
	{ "mitre_technique_id", "threat.technique.id", PART_TEXT },
};

static void add_cim(struct buf *b, const struct record *r)
{
	static const char *const actions[] = {
		[RECORD_FLOW] = "allowed",
		[RECORD_READ] = "read",
		[RECORD_AUDIT] = "modified",
	};
	bool answers = r->role == ROLE_DESTINATION;

	jsonw_str(b, "vendor_product", "egressd");
	jsonw_str(b, "type", r->kind == RECORD_ALERT ? "alert" : "event");
	jsonw_str(b, "severity", r->severity->name);
	jsonw_str(b, "signature", record_title(r));
	jsonw_str(b, "dvc", r->host);
	jsonw_str(b, "action", actions[r->kind] ? actions[r->kind] : r->event);
	jsonw_str(b, "id", r->id);
	if (r->has_bytes) {
		jsonw_u64(b, "bytes", r->bytes);
		jsonw_u64(b, "bytes_out", r->bytes);
		jsonw_str(b, "bytes_out_counts", format_counts(r));
		jsonw_str(b, "direction", "outbound");
	}
	if (r->has_read)
		jsonw_u64(b, "bytes_read", r->read);
	if (format_layer(r)) {
		jsonw_str(b, "bytes_layer", format_layer(r));
		jsonw_str(b, "bytes_aggregation", format_aggregation(r));
	}
	if (format_initiation(r))
		jsonw_str(b, "initiation", format_initiation(r));
	if (r->peer) {
		jsonw_str(b, "src", answers ? r->peer : r->host);
		jsonw_str(b, "dest", answers ? r->host : r->peer);
	}
	if (r->port && r->role != ROLE_UNKNOWN)
		jsonw_u64(b, "dest_port", r->port);
	format_parts(b, r, cim, ARRAY_SIZE(cim));
}

int format_hec(const struct record *r, const struct format_options *o, struct buf *out)
{
	struct buf doc _cleanup_buf_ = BUF_INIT;

	jsonw_open(&doc, '{');
	jsonw_i64(&doc, "time", r->ts);
	jsonw_str(&doc, "host", r->host);
	jsonw_str(&doc, "source", "egressd");
	jsonw_key(&doc, "sourcetype");
	buf_addf(&doc, "\"egressd:%s\"", format_kind(r));
	if (o->index)
		jsonw_str(&doc, "index", o->index);
	jsonw_key(&doc, "event");
	jsonw_open(&doc, '{');
	add_cim(&doc, r);
	json_object_object_foreach(r->root, key, value)
	{
		if (!is_plain_key(key))
			continue;
		jsonw_key(&doc, "egressd.");
		/* The key goes within the quotes just written: they are ", : and ". */
		doc.len -= 2;
		buf_add_str(&doc, key);
		buf_add_str(&doc, "\":");
		buf_add_str(&doc, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
	}
	jsonw_close(&doc, '}');
	jsonw_close(&doc, '}');
	return format_take(&doc, out);
}

/* Column names: '.' is '_', '@' goes. */
static void add_column(struct buf *b, const char *key, struct json_object *value)
{
	size_t from;

	jsonw_key(b, "");
	b->len -= 2;
	from = b->len;
	buf_add_str(b, key + (*key == '@'));
	for (size_t i = from; !b->error && i < b->len; i++)
		if (b->data[i] == '.')
			b->data[i] = '_';
	buf_add_str(b, "\":");
	buf_add_str(b, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
}

int format_row(const struct record *r, const struct format_options *o, struct buf *out)
{
	struct buf doc _cleanup_buf_ = BUF_INIT;

	(void)o;
	jsonw_open(&doc, '{');
	json_object_object_foreach(r->root, key, value)
	{
		if (is_plain_key(key))
			add_column(&doc, key, value);
	}
	if (r->has_bytes)
		jsonw_u64(&doc, "egress_bytes", r->bytes);
	if (r->has_read)
		jsonw_u64(&doc, "read_bytes_counted", r->read);
	if (format_layer(r)) {
		jsonw_str(&doc, "egress_layer", format_layer(r));
		jsonw_str(&doc, "egress_counts", format_counts(r));
		jsonw_str(&doc, "egress_aggregation", format_aggregation(r));
	}
	if (format_initiation(r) && !json_object_object_get_ex(r->root, "egress.initiation", NULL))
		jsonw_str(&doc, "egress_initiation", format_initiation(r));
	jsonw_close(&doc, '}');
	return format_take(&doc, out);
}

int format_json(const struct record *r, const struct format_options *o, struct buf *out)
{
	(void)o;
	buf_add(out, r->line, r->len);
	return out->error;
}
