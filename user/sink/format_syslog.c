/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 5424: header, one element of structured data, the sentence as UTF-8. A
 * receiver may cut at 2048 octets, so what identifies comes first.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "sink/format.h"
#include "sink/format_parts.h"

enum {
	FACILITY_AUDIT = 13,        /* RFC 5424 6.2.1 */
	ENTERPRISE_EXAMPLE = 32473, /* RFC 5612: for documentation */
	HOST_MAX = 255,
	PARAM_MAX = 1024,
};

static const struct part params[] = {
	{ "eventId", "event.id", PART_TEXT },
	{ "alertId", "alert.id", PART_TEXT },
	{ "event", "event", PART_TEXT },
	{ "level", "level", PART_TEXT },
	{ "rule", "rule", PART_TEXT },
	{ "sequence", "event.sequence", PART_NUMBER },
	{ "score", "score", PART_NUMBER },
	{ "windowSeconds", "horizon_s", PART_NUMBER },
	{ "deviation", "deviation", PART_NUMBER },
	{ "evidence", "evidence", PART_TEXT },
	{ "durationSeconds", "alert.duration_s", PART_NUMBER },
	{ "process", "process.name", PART_TEXT },
	{ "pid", "process.pid", PART_NUMBER },
	{ "user", "user.name", PART_TEXT },
	{ "container", "container.name", PART_TEXT },
	{ "destination", "destination.address", PART_TEXT },
	{ "destinationIp", "destination.ip", PART_TEXT },
	{ "servicePort", "service.port", PART_NUMBER },
	{ "transport", "network.transport", PART_TEXT },
	{ "scope", "egress.scope", PART_TEXT },
	{ "technique", "threat.technique.id", PART_TEXT },
	{ "intervalSeconds", "interval_s", PART_NUMBER },
	{ "action", "event.action", PART_TEXT },
	{ "userId", "user.id", PART_NUMBER },
	{ "sha256", "process.hash.sha256", PART_TEXT },
	{ "parent", "process.parent.name", PART_TEXT },
	{ "realUser", "process.real_user.name", PART_TEXT },
	{ "loginUser", "user.audit.name", PART_TEXT },
	{ "pod", "orchestrator.resource.name", PART_TEXT },
	{ "namespace", "orchestrator.namespace", PART_TEXT },
	{ "image", "container.image.name", PART_TEXT },
	{ "containerOwner", "container.owner", PART_TEXT },
	{ "dbSystem", "db.system.name", PART_TEXT },
	{ "dbSession", "database.session", PART_TEXT },
	{ "dbClient", "database.client", PART_TEXT },
	{ "peerDomain", "destination.domain", PART_TEXT },
	{ "peerAs", "destination.as.number", PART_NUMBER },
	{ "peerCountry", "destination.geo.country_iso_code", PART_TEXT },
	{ "filePath", "file.path", PART_TEXT },
	{ "gapFrom", "gap.from", PART_NUMBER },
	{ "gapTo", "gap.to", PART_NUMBER },
	{ "gapBegin", "gap.begin", PART_TEXT },
	{ "gapEnd", "gap.end", PART_TEXT },
	{ "configHash", "config.hash", PART_TEXT },
	{ "profileHash", "profile.hash", PART_TEXT },
};

/* 6.3.3: " \ and ] are escaped. */
static void add_param(struct buf *b, const char *name, const char *value)
{
	struct buf plain _cleanup_buf_ = BUF_INIT;

	format_add_plain(&plain, value, PARAM_MAX);
	buf_addf(b, " %s=\"", name);
	for (size_t i = 0; i < plain.len; i++) {
		if (strchr("\"\\]", plain.data[i]))
			buf_add_char(b, '\\');
		buf_add_char(b, plain.data[i]);
	}
	buf_add_char(b, '"');
	if (plain.error)
		b->error = plain.error;
}

/* PRINTUSASCII without blanks, at most max; "-" when nothing is left. */
static void add_header_word(struct buf *b, const char *word, size_t max)
{
	size_t n = 0;

	for (; *word && n < max; word++) {
		if (*word <= ' ' || *word > '~')
			continue;
		buf_add_char(b, *word);
		n++;
	}
	if (n == 0)
		buf_add_char(b, '-');
}

static void add_header(struct buf *b, const struct record *r, const struct format_options *o)
{
	uint32_t facility = o->facility ? o->facility : FACILITY_AUDIT;
	char time[32];

	format_time(time, r->ts);
	buf_addf(b, "<%" PRIu32 ">1 %s ", facility * 8 + r->severity->syslog, time);
	add_header_word(b, r->host, HOST_MAX);
	buf_add_str(b, " egressd - ");
	add_header_word(b, r->event, 32);
	buf_add_char(b, ' ');
}

static void add_number(struct buf *b, const char *name, uint64_t value)
{
	buf_addf(b, " %s=\"%" PRIu64 "\"", name, value);
}

/* observedBytes, or observedDestinations. */
static void add_window(struct buf *b, const struct record *r)
{
	static const char *const numbers[] = { "observed", "allowed", "baseline" };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *value = record_number(r, numbers[i]);
		char name[32];

		(void)snprintf(name, sizeof(name), "%s%s", numbers[i], format_unit(r));
		if (value)
			add_param(b, name, value);
	}
}

static void add_data(struct buf *b, const struct record *r, const struct format_options *o)
{
	buf_addf(b, "[egressd@%" PRIu32, o->enterprise ? o->enterprise : ENTERPRISE_EXAMPLE);
	if (r->has_bytes)
		add_number(b, "egressBytes", r->bytes);
	if (r->has_read)
		add_number(b, "readBytes", r->read);
	if (format_layer(r)) {
		add_param(b, "egressLayer", format_layer(r));
		add_param(b, "egressCounts", format_counts(r));
		add_param(b, "egressAggregation", format_aggregation(r));
	}
	if (format_initiation(r))
		add_param(b, "initiation", format_initiation(r));
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		const char *text = params[i].type == PART_NUMBER ? record_number(r, params[i].from)
								 : record_str(r, params[i].from);

		if (text)
			add_param(b, params[i].to, text);
	}
	add_window(b, r);
	buf_add_char(b, ']');
}

/* Then it needs no mark, which readers of plain files would see. */
static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

int format_syslog(const struct record *r, const struct format_options *o, struct buf *out)
{
	add_header(out, r, o);
	add_data(out, r, o);
	buf_add_char(out, ' ');
	if (!is_ascii(record_message(r)))
		buf_add_str(out, "\xef\xbb\xbf"); /* 6.4: the message is UTF-8 */
	format_add_plain(out, record_message(r), SIZE_MAX);
	return out->error;
}

int format_syslog_around(const struct record *r, const struct format_options *o,
			 const char *message, size_t len, struct buf *out)
{
	add_header(out, r, o);
	buf_add_str(out, "- ");
	buf_add(out, message, len);
	return out->error;
}
