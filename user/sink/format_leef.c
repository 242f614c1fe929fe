/* SPDX-License-Identifier: Apache-2.0
 *
 * LEEF 2.0 for QRadar: tab between attributes, said in the header. There is no
 * escape rule, so what would end a value is replaced. A key stands once.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "egress/version.h"
#include "sink/format.h"
#include "sink/format_parts.h"

enum { VALUE_MAX = 2000, USER_MAX = 255, EVENT_ID_MAX = 255 };

/* Tabs, pipes, carets and line ends become blanks. */
static void add_value(struct buf *b, const char *text, size_t max)
{
	size_t from = b->len;

	format_add_plain(b, text, max);
	for (size_t i = from; i < b->len; i++)
		if (b->data[i] == '|' || b->data[i] == '^')
			b->data[i] = ' ';
}

static void add_text(struct buf *b, const char *key, const char *text, size_t max)
{
	if (!text || !*text)
		return;
	buf_addf(b, "\t%s=", key);
	add_value(b, text, max);
}

static void add_u64(struct buf *b, const char *key, uint64_t value)
{
	buf_addf(b, "\t%s=%" PRIu64, key, value);
}

static void add_number(struct buf *b, const struct record *r, const char *key, const char *from)
{
	const char *number = record_number(r, from);

	if (number)
		buf_addf(b, "\t%s=%s", key, number);
}

static const struct part more[] = {
	{ "level", "level", PART_TEXT },
	{ "score", "score", PART_NUMBER },
	{ "windowSeconds", "horizon_s", PART_NUMBER },
	{ "deviation", "deviation", PART_NUMBER },
	{ "evidence", "evidence", PART_TEXT },
	{ "durationSeconds", "alert.duration_s", PART_NUMBER },
	{ "profileHash", "profile.hash", PART_TEXT },
	{ "intervalSeconds", "interval_s", PART_NUMBER },
	{ "container", "container.name", PART_TEXT },
	{ "image", "container.image.name", PART_TEXT },
	{ "containerOwner", "container.owner", PART_TEXT },
	{ "pod", "orchestrator.resource.name", PART_TEXT },
	{ "namespace", "orchestrator.namespace", PART_TEXT },
	{ "pid", "process.pid", PART_NUMBER },
	{ "executable", "process.executable", PART_TEXT },
	{ "sha256", "process.hash.sha256", PART_TEXT },
	{ "commandLine", "process.command_line", PART_TEXT },
	{ "parent", "process.parent.name", PART_TEXT },
	{ "ancestors", "process.ancestors", PART_TEXT },
	{ "realUser", "process.real_user.name", PART_TEXT },
	{ "loginUser", "user.audit.name", PART_TEXT },
	{ "userId", "user.id", PART_NUMBER },
	{ "dbSystem", "db.system.name", PART_TEXT },
	{ "dbSession", "database.session", PART_TEXT },
	{ "dbClient", "database.client", PART_TEXT },
	{ "dbQuery", "db.query.text", PART_TEXT },
	{ "peerDomain", "destination.domain", PART_TEXT },
	{ "peerAs", "destination.as.number", PART_NUMBER },
	{ "peerAsName", "destination.as.organization.name", PART_TEXT },
	{ "peerCountry", "destination.geo.country_iso_code", PART_TEXT },
	{ "filePath", "file.path", PART_TEXT },
	{ "technique", "threat.technique.id", PART_TEXT },
	{ "alertId", "alert.id", PART_TEXT },
};

/* observedBytes, or observedDestinations. */
static void add_window(struct buf *b, const struct record *r)
{
	static const char *const numbers[] = { "observed", "allowed", "baseline" };
	char key[32];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		(void)snprintf(key, sizeof(key), "%s%s", numbers[i], format_unit(r));
		add_number(b, r, key, numbers[i]);
	}
}

static void add_peer(struct buf *b, const struct record *r)
{
	bool answers = r->role == ROLE_DESTINATION;

	if (r->role != ROLE_SOURCE && !answers) {
		add_text(b, "peer", r->peer, VALUE_MAX);
		return;
	}
	if (r->peer_is_ip)
		add_text(b, answers ? "src" : "dst", r->peer, VALUE_MAX);
	else
		add_text(b, "peerName", r->peer, VALUE_MAX);
	if (r->port)
		add_u64(b, "dstPort", r->port);
	if (r->has_bytes)
		add_u64(b, answers ? "dstBytes" : "srcBytes", r->bytes);
}

int format_leef(const struct record *r, const struct format_options *o, struct buf *out)
{
	const char *rule = record_str(r, "rule");
	char time[32];

	(void)o;
	buf_add_str(out, "LEEF:2.0|egressd|egressd|" EGRESS_VERSION "|");
	add_value(out, rule ? rule : r->event, EVENT_ID_MAX);
	format_time(time, r->ts);
	buf_addf(out, "|x09|devTime=%.19s.000Z", time);
	add_text(out, "devTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSX", VALUE_MAX);
	add_text(out, "cat", format_dataset(r), VALUE_MAX);
	add_u64(out, "sev", r->severity->cef);
	add_text(out, "eventName", record_title(r), VALUE_MAX);
	add_text(out, "action",
		 record_str(r, "event.action") ? record_str(r, "event.action") : r->event,
		 VALUE_MAX);
	add_text(out, "identHostName", r->host, VALUE_MAX);
	add_text(out, "proto", record_str(r, "network.transport"), VALUE_MAX);
	add_peer(out, r);
	add_text(out, "usrName", record_str(r, "user.name"), USER_MAX);
	add_text(out, "resource", record_str(r, "process.name"), VALUE_MAX);
	add_text(out, "policy", record_str(r, "rule"), VALUE_MAX);
	if (r->has_bytes)
		add_u64(out, "egressBytes", r->bytes);
	if (r->has_read)
		add_u64(out, "readBytes", r->read);
	add_text(out, "byteLayer", format_layer(r), VALUE_MAX);
	add_text(out, "egressCounts", format_counts(r), VALUE_MAX);
	add_text(out, "aggregation", format_aggregation(r), VALUE_MAX);
	add_text(out, "initiation", format_initiation(r), VALUE_MAX);
	add_window(out, r);
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		if (more[i].type == PART_NUMBER)
			add_number(out, r, more[i].to, more[i].from);
		else
			add_text(out, more[i].to, record_str(r, more[i].from), VALUE_MAX);
	}
	add_text(out, "eventId", r->id, VALUE_MAX);
	add_text(out, "msg", record_message(r), VALUE_MAX);
	return out->error;
}
