/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenTelemetry logs as protobuf; field numbers of opentelemetry-proto 1.9.0
 * (logs/v1/logs.proto, common/v1/common.proto, collector/logs/v1/logs_service.proto).
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "egress/version.h"
#include "sink/format.h"
#include "sink/format_parts.h"
#include "sink/otlp.h"
#include "base/protobuf.h"

enum { ANY_STRING = 1, ANY_BOOL = 2, ANY_INT = 3, ANY_DOUBLE = 4 }; /* AnyValue */
enum { KEY = 1, VALUE = 2 };                                        /* KeyValue */
enum {
	LOG_TIME = 1,
	LOG_SEVERITY = 2,
	LOG_SEVERITY_TEXT = 3,
	LOG_BODY = 5,
	LOG_ATTRIBUTES = 6,
	LOG_OBSERVED = 11,
	LOG_EVENT_NAME = 12,
};
enum { REQUEST_RESOURCE_LOGS = 1, RESOURCE = 1, SCOPE_LOGS = 2, ATTRIBUTES = 1 };
enum { SCOPE = 1, LOG_RECORDS = 2, SCOPE_NAME = 1, SCOPE_VERSION = 2 };
enum { RESPONSE_PARTIAL = 1, PARTIAL_REJECTED = 1, PARTIAL_MESSAGE = 2 };

static void add_attribute(struct buf *b, uint32_t field, const char *key, const struct buf *value)
{
	struct buf pair _cleanup_buf_ = BUF_INIT;

	protobuf_string(&pair, KEY, key);
	protobuf_message(&pair, VALUE, value);
	protobuf_message(b, field, &pair);
}

void otlp_add_text(struct buf *b, uint32_t field, const char *key, const char *text)
{
	struct buf value _cleanup_buf_ = BUF_INIT;

	protobuf_string(&value, ANY_STRING, text);
	add_attribute(b, field, key, &value);
}

static void add_int(struct buf *b, uint32_t field, const char *key, uint64_t v)
{
	struct buf value _cleanup_buf_ = BUF_INIT;

	protobuf_varint(&value, ANY_INT, v);
	add_attribute(b, field, key, &value);
}

static void add_member(struct buf *b, const char *key, struct json_object *v)
{
	struct buf value _cleanup_buf_ = BUF_INIT;

	switch (json_object_get_type(v)) {
	case json_type_string:
		protobuf_string(&value, ANY_STRING, json_object_get_string(v));
		break;
	case json_type_int:
		protobuf_varint(&value, ANY_INT, (uint64_t)json_object_get_int64(v));
		break;
	case json_type_double:
		protobuf_double(&value, ANY_DOUBLE, json_object_get_double(v));
		break;
	case json_type_boolean:
		protobuf_varint(&value, ANY_BOOL, json_object_get_boolean(v) ? 1 : 0);
		break;
	default: return;
	}
	add_attribute(b, LOG_ATTRIBUTES, key, &value);
}

static void add_attributes(struct buf *b, const struct record *r)
{
	json_object_object_foreach(r->root, key, value)
	{
		if (strcmp(key, "@timestamp") != 0 && strcmp(key, "ts") != 0)
			add_member(b, key, value);
	}
	if (r->has_bytes)
		add_int(b, LOG_ATTRIBUTES, "egressd.egress.bytes", r->bytes);
	if (r->has_read)
		add_int(b, LOG_ATTRIBUTES, "egressd.read.bytes", r->read);
	if (format_layer(r)) {
		otlp_add_text(b, LOG_ATTRIBUTES, "egressd.egress.layer", format_layer(r));
		otlp_add_text(b, LOG_ATTRIBUTES, "egressd.egress.counts", format_counts(r));
		otlp_add_text(b, LOG_ATTRIBUTES, "egressd.egress.aggregation",
			      format_aggregation(r));
	}
	if (format_initiation(r))
		otlp_add_text(b, LOG_ATTRIBUTES, "egressd.egress.initiation", format_initiation(r));
}

int format_otlp(const struct record *r, const struct format_options *o, struct buf *out)
{
	struct buf name _cleanup_buf_ = BUF_INIT, body _cleanup_buf_ = BUF_INIT;
	uint64_t ns = (uint64_t)r->ts * 1000000000;

	(void)o;
	buf_addf(&name, "egressd.%s.%s", format_kind(r), r->event);
	protobuf_string(&body, ANY_STRING, record_message(r));
	protobuf_fixed64(out, LOG_TIME, ns);
	protobuf_fixed64(out, LOG_OBSERVED, ns);
	protobuf_varint(out, LOG_SEVERITY, r->severity->otel);
	protobuf_string(out, LOG_SEVERITY_TEXT, r->severity->otel_name);
	protobuf_message(out, LOG_BODY, &body);
	protobuf_message(out, LOG_EVENT_NAME, &name);
	add_attributes(out, r);
	return out->error;
}

void otlp_add_record(struct buf *scope, const struct buf *record)
{
	protobuf_message(scope, LOG_RECORDS, record);
}

int otlp_request(const char *host, const struct buf *scope, struct buf *out)
{
	struct buf resource _cleanup_buf_ = BUF_INIT, name _cleanup_buf_ = BUF_INIT;
	struct buf logs _cleanup_buf_ = BUF_INIT, all _cleanup_buf_ = BUF_INIT;

	otlp_add_text(&resource, ATTRIBUTES, "service.name", "egressd");
	otlp_add_text(&resource, ATTRIBUTES, "service.version", EGRESS_VERSION);
	otlp_add_text(&resource, ATTRIBUTES, "service.instance.id", host); /* one sensor a host */
	otlp_add_text(&resource, ATTRIBUTES, "host.name", host);
	protobuf_string(&name, SCOPE_NAME, "egressd");
	protobuf_string(&name, SCOPE_VERSION, EGRESS_VERSION);
	protobuf_message(&logs, SCOPE, &name);
	if (scope->error)
		return scope->error;
	buf_add(&logs, scope->data, scope->len);
	protobuf_message(&all, RESOURCE, &resource);
	protobuf_message(&all, SCOPE_LOGS, &logs);
	protobuf_message(out, REQUEST_RESOURCE_LOGS, &all);
	return out->error;
}

static int read_partial(const uint8_t *at, const uint8_t *end, uint64_t *ret_rejected,
			char *message, size_t size)
{
	const uint8_t *data;
	uint64_t value;
	int field;

	while ((field = protobuf_next(&at, end, &value, &data)) > 0) {
		if (field == PARTIAL_REJECTED && !data)
			*ret_rejected = value;
		if (field == PARTIAL_MESSAGE && data)
			(void)snprintf(message, size, "%.*s", (int)MIN(value, size - 1),
				       (const char *)data);
	}
	return field;
}

int otlp_response(const void *response, size_t len, uint64_t *ret_rejected, char *message,
		  size_t size)
{
	const uint8_t *at = response, *end = at + len, *data;
	uint64_t value;
	int field;

	*ret_rejected = 0;
	message[0] = '\0';
	if (len == 0)
		return 0;
	while ((field = protobuf_next(&at, end, &value, &data)) > 0) {
		if (field == RESPONSE_PARTIAL && data &&
		    read_partial(data, data + value, ret_rejected, message, size) < 0)
			return -EBADMSG;
	}
	return field;
}
