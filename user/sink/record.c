/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of docs/json.md read back; see record.h.
 */
#include "sink/record.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"

#define DEPTH_MAX 8 /* ours are flat; `flows` ends with one nested object */

/* Severity numbers: ECS as Elastic's rules use them, OpenTelemetry's as its data model. */
static const struct record_severity severities[] = {
	{ "informational", 0, 1, 6, 1, "Informational", 9, "INFO" },
	{ "low", 21, 3, 5, 2, "Low", 10, "INFO2" },
	{ "medium", 47, 6, 4, 3, "Medium", 13, "WARN" },
	{ "high", 73, 8, 3, 4, "High", 17, "ERROR" },
	{ "critical", 99, 10, 2, 5, "Critical", 18, "ERROR2" },
};

static const struct record_threat threats[] = {
	{ "T1005", "Data from Local System", "TA0009", "Collection" },
	{ "T1020", "Automated Exfiltration", "TA0010", "Exfiltration" },
	{ "T1030", "Data Transfer Size Limits", "TA0010", "Exfiltration" },
	{ "T1041", "Exfiltration Over C2 Channel", "TA0010", "Exfiltration" },
	{ "T1048", "Exfiltration Over Alternative Protocol", "TA0010", "Exfiltration" },
	{ "T1074", "Data Staged", "TA0009", "Collection" },
	{ "T1213", "Data from Information Repositories", "TA0009", "Collection" },
	{ "T1567", "Exfiltration Over Web Service", "TA0010", "Exfiltration" },
};

const char *record_str(const struct record *r, const char *key)
{
	struct json_object *v;
	const char *s;

	if (!json_object_object_get_ex(r->root, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	s = json_object_get_string(v);
	return *s ? s : NULL;
}

bool record_u64(const struct record *r, const char *key, uint64_t *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(r->root, key, &v) || !json_object_is_type(v, json_type_int))
		return false;
	if (json_object_get_int64(v) < 0)
		return false;
	*ret = json_object_get_uint64(v);
	return true;
}

const char *record_number(const struct record *r, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(r->root, key, &v) ||
	    !(json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double)))
		return NULL;
	return json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN);
}

bool record_bool(const struct record *r, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(r->root, key, &v) && json_object_get_boolean(v);
}

bool record_threat(const struct record *r, struct record_threat *ret)
{
	const char *id = record_str(r, "threat.technique.id");

	for (size_t i = 0; id && i < ARRAY_SIZE(threats); i++) {
		size_t len = strlen(threats[i].id);

		/* A sub-technique (T1567.002) belongs to its technique. */
		if (strncmp(id, threats[i].id, len) == 0 && (id[len] == '\0' || id[len] == '.')) {
			*ret = threats[i];
			ret->id = id;
			return true;
		}
	}
	return false;
}

static int read_kind(struct record *r)
{
	const char *event = record_str(r, "event");

	if (!event) {
		struct json_object *v;

		if (!json_object_object_get_ex(r->root, "egress.payload_bytes", &v) ||
		    !json_object_object_get_ex(r->root, "process.pid", &v))
			return -ENODATA;
		r->event = "flow";
		r->kind = RECORD_FLOW;
		return 0;
	}
	r->event = event;
	if (strcmp(event, "open") == 0 || strcmp(event, "update") == 0 ||
	    strcmp(event, "close") == 0)
		r->kind = RECORD_ALERT;
	else if (strcmp(event, "heartbeat") == 0)
		r->kind = RECORD_HEARTBEAT;
	else if (strcmp(event, "gap") == 0)
		r->kind = RECORD_GAP;
	else if (strcmp(event, "flow") == 0)
		r->kind = RECORD_FLOW;
	else if (strcmp(event, "read") == 0)
		r->kind = RECORD_READ;
	else
		r->kind = RECORD_AUDIT;
	return 0;
}

static void read_severity(struct record *r)
{
	uint64_t ecs = r->kind == RECORD_GAP ? 47 : 0;
	size_t i = ARRAY_SIZE(severities) - 1;

	(void)record_u64(r, "event.severity", &ecs);
	while (i > 0 && severities[i].ecs > ecs)
		i--;
	r->severity = &severities[i];
}

static void read_peer(struct record *r)
{
	const char *init = record_str(r, "egress.initiation");
	enum eg_init how = EG_INIT_UNKNOWN;
	uint8_t addr[16];

	r->peer = record_str(r, "destination.ip");
	if (!r->peer)
		r->peer = record_str(r, "destination.address");
	(void)record_u64(r, "service.port", &r->port);
	if (!r->peer)
		return;
	r->peer_is_ip = parse_addr(r->peer, addr) == 0;
	r->peer_is_ip6 = r->peer_is_ip && strchr(r->peer, ':') != NULL;
	if (init)
		(void)init_parse(init, &how);
	r->role = how == EG_INIT_ACCEPTED                               ? ROLE_DESTINATION
		  : how == EG_INIT_CONNECTED || how == EG_INIT_DATAGRAM ? ROLE_SOURCE
									: ROLE_UNKNOWN;
}

int record_time(const char *text, int64_t *ret_unix_s)
{
	char whole[32];

	/* With milliseconds in flows: seconds are enough here. */
	if (!text || strlen(text) < 20)
		return -EINVAL;
	(void)snprintf(whole, sizeof(whole), "%.19sZ", text);
	return parse_when(whole, 0, ret_unix_s) < 0 || *ret_unix_s < 0 ? -EINVAL : 0;
}

static int read_time(struct record *r)
{
	uint64_t ts;

	if (record_u64(r, "ts", &ts) && ts <= INT64_MAX / 1000000000) {
		r->ts = (int64_t)ts;
	} else if (record_time(record_str(r, "@timestamp"), &r->ts) < 0) {
		return -EINVAL;
	}
	r->first_ts = r->ts;
	if (record_u64(r, "alert.first_ts", &ts) && ts <= (uint64_t)r->ts)
		r->first_ts = (int64_t)ts;
	if (record_u64(r, "gap.first_ts", &ts) && ts <= (uint64_t)r->ts)
		r->first_ts = (int64_t)ts;
	if (record_u64(r, "interval_s", &ts) && ts <= (uint64_t)r->ts)
		r->first_ts = r->ts - (int64_t)ts;
	r->end_ts = r->ts;
	if (record_u64(r, "alert.last_ts", &ts) && ts <= (uint64_t)r->ts)
		r->end_ts = MAX((int64_t)ts, r->first_ts);
	return 0;
}

/* What is counted, and since when: an alert's total, or a summary's interval. The rule
 * `read` counts what was read, not what left. */
static void read_bytes(struct record *r)
{
	const char *rule = record_str(r, "rule");
	bool alert = r->kind == RECORD_ALERT, reads = alert && rule && !strcmp(rule, "read");

	r->delta = (r->kind == RECORD_FLOW || r->kind == RECORD_READ) &&
		   record_u64(r, "interval_s", &r->bytes);
	r->bytes = 0;
	if (!reads && r->kind != RECORD_READ)
		r->has_bytes = record_u64(r,
					  alert      ? "tx_total"
					  : r->delta ? "egress.interval_bytes"
						     : "egress.payload_bytes",
					  &r->bytes);
	if (reads || r->kind == RECORD_READ)
		r->has_read = record_u64(r,
					 alert      ? "tx_total"
					 : r->delta ? "file.interval_bytes"
						    : "file.read_bytes",
					 &r->read);
	/* A long in every schema. */
	r->bytes = MIN(r->bytes, (uint64_t)INT64_MAX);
	r->read = MIN(r->read, (uint64_t)INT64_MAX);
}

/* json-c lets some ill-formed sequences pass, receivers refuse the batch then. */
static bool is_utf8(const char *text, size_t len)
{
	struct buf valid _cleanup_buf_ = BUF_INIT;

	utf8_add(&valid, text, len);
	return !valid.error && valid.len == len && memcmp(valid.data, text, len) == 0;
}

int record_parse(const char *line, size_t len, struct record *ret)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct record r = { .line = line };
	int result = -EINVAL;

	if (!tokener)
		return -ENOMEM;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	r.len = len;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (len > 0 && len <= INT32_MAX && is_utf8(line, len))
		r.root = json_tokener_parse_ex(tokener, line, (int)len);
	if (json_tokener_get_error(tokener) == json_tokener_success && r.root &&
	    json_object_is_type(r.root, json_type_object))
		result = read_kind(&r);
	json_tokener_free(tokener);
	if (result == 0)
		result = read_time(&r);
	if (result < 0) {
		json_object_put(r.root);
		return result;
	}
	read_severity(&r);
	read_peer(&r);
	r.id = record_str(&r, "event.id");
	r.id = r.id ? r.id : "";
	r.host = record_str(&r, "host");
	r.host = r.host ? r.host : "localhost";
	read_bytes(&r);
	result = record_say(&r);
	if (result < 0)
		record_free(&r);
	else
		*ret = r;
	return result;
}

void record_free(struct record *r)
{
	json_object_put(r->root);
	r->root = NULL;
	buf_free(&r->said);
}
