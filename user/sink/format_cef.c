/* SPDX-License-Identifier: Apache-2.0
 *
 * Common Event Format, version 0 header, keys and lengths of the standard's v27.
 * The count of bytes is always cn1 (a long); in and out are 32-bit integers whose
 * meaning devices and the standard see differently, so they are said as configured
 * and only where they fit.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "egress/version.h"
#include "sink/format.h"
#include "sink/format_parts.h"

enum { NAME_MAX_BYTES = 512, TEXT_MAX = 1023, CUSTOM_MAX = 4000, HOST_MAX = 100, ID_MAX = 40 };

/* Header: \ and | are escaped. Extension: \ and =. No line ends come this far. */
static void add_escaped(struct buf *b, const char *text, size_t max, char also)
{
	struct buf plain _cleanup_buf_ = BUF_INIT;

	format_add_plain(&plain, text, max);
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.data[i] == '\\' || plain.data[i] == also)
			buf_add_char(b, '\\');
		buf_add_char(b, plain.data[i]);
	}
	if (plain.error)
		b->error = plain.error;
}

static void add_text(struct buf *b, const char *key, const char *text, size_t max)
{
	if (!text || !*text)
		return;
	buf_addf(b, " %s=", key);
	add_escaped(b, text, max, '=');
}

static void add_u64(struct buf *b, const char *key, uint64_t value)
{
	buf_addf(b, " %s=%" PRIu64, key, value);
}

static void add_number(struct buf *b, const struct record *r, const char *key, const char *label,
		       const char *from)
{
	uint64_t v;

	if (!record_u64(r, from, &v) || v > INT64_MAX)
		return;
	add_u64(b, key, v);
	buf_addf(b, " %sLabel=%s", key, label);
}

/* observedBytes, or observedDestinations. */
static void add_window(struct buf *b, const struct record *r, const char *key, const char *from)
{
	char label[32];

	(void)snprintf(label, sizeof(label), "%s%s", from, format_unit(r));
	add_number(b, r, key, label, from);
}

static void add_custom(struct buf *b, const char *key, const char *label, const char *text)
{
	if (!text)
		return;
	add_text(b, key, text, CUSTOM_MAX);
	buf_addf(b, " %sLabel=%s", key, label);
}

static void add_decimal(struct buf *b, const struct record *r, const char *key, const char *label,
			const char *from)
{
	const char *number = record_number(r, from);

	if (number)
		buf_addf(b, " %s=%s %sLabel=%s", key, number, key, label);
}

/* src and dst are IPv4 only; IPv6 has custom keys of its own. */
static void add_peer(struct buf *b, const struct record *r)
{
	bool peer_is_source = r->role == ROLE_DESTINATION;

	if (r->role != ROLE_SOURCE && r->role != ROLE_DESTINATION) {
		if (r->peer)
			add_custom(b, "cs6", "peer", r->peer);
		return;
	}
	if (!r->peer_is_ip)
		add_text(b, peer_is_source ? "shost" : "dhost", r->peer, TEXT_MAX);
	else if (!r->peer_is_ip6)
		add_text(b, peer_is_source ? "src" : "dst", r->peer, TEXT_MAX);
	else if (peer_is_source)
		buf_addf(b, " c6a2=%s c6a2Label=Source IPv6 Address", r->peer);
	else
		buf_addf(b, " c6a3=%s c6a3Label=Destination IPv6 Address", r->peer);
	add_text(b, peer_is_source ? "dhost" : "shost", r->host, TEXT_MAX);
	if (r->port)
		add_u64(b, "dpt", r->port);
}

/* As devices write it `out` is what this host sent. In the standard `in` is what the
 * source sent, so a server's answer is `out` and a client's request is `in`. */
static void add_bytes(struct buf *b, const struct record *r, const struct format_options *o)
{
	bool out = !o->cef_standard || r->role == ROLE_DESTINATION;

	if (!r->has_bytes)
		return;
	buf_addf(b, " cn1=%" PRIu64 " cn1Label=egressBytes", r->bytes);
	if (o->cef_standard && r->role != ROLE_SOURCE && r->role != ROLE_DESTINATION)
		return;
	if (r->bytes <= INT32_MAX || o->cef_wide_integers)
		add_u64(b, out ? "out" : "in", r->bytes);
}

/* Names of the peer, of the process behind it, and how the count is meant. */
static void add_more(struct buf *b, const struct record *r)
{
	const char *domain = record_str(r, "destination.domain");
	uint64_t v;

	if (domain && (r->role == ROLE_SOURCE || r->role == ROLE_DESTINATION))
		add_text(b, r->role == ROLE_SOURCE ? "destinationDnsDomain" : "sourceDnsDomain",
			 domain, 255);
	add_text(b, "fileHash", record_str(r, "process.hash.sha256"), 255);
	add_text(b, "filePath", record_str(r, "file.path"), TEXT_MAX);
	add_text(b, "sourceServiceName",
		 r->kind == RECORD_AUDIT ? NULL : record_str(r, "db.system.name"), TEXT_MAX);
	if (r->kind == RECORD_AUDIT && record_u64(r, "user.id", &v))
		add_u64(b, "suid", v);
	if (r->has_read)
		buf_addf(b, " cn1=%" PRIu64 " cn1Label=readBytes", r->read);
	if (!format_layer(r))
		return;
	buf_addf(b,
		 " flexString1=%s flexString1Label=byteLayer flexString2=%s "
		 "flexString2Label=aggregation",
		 format_layer(r), format_aggregation(r));
}

static void add_actor(struct buf *b, const struct record *r)
{
	bool answers = r->role == ROLE_DESTINATION;
	const char *name = record_str(r, "process.name");
	uint64_t pid;

	add_text(b, answers ? "duser" : "suser", record_str(r, "user.name"), TEXT_MAX);
	add_text(b, answers ? "dproc" : "sproc", name, TEXT_MAX);
	if (record_u64(r, "process.pid", &pid))
		add_u64(b, answers ? "dpid" : "spid", pid);
}

/* Why it is an alert. The standard's custom keys are used up by then: some of our own. */
static void add_judgement(struct buf *b, const struct record *r)
{
	add_window(b, r, "flexNumber1", "observed");
	add_window(b, r, "flexNumber2", "allowed");
	add_decimal(b, r, "cfp1", "score", "score");
	add_decimal(b, r, "cfp2", "deviation", "deviation");
	add_text(b, "egressdContainerOwner", record_str(r, "container.owner"), TEXT_MAX);
	add_text(b, "egressdEvidence", record_str(r, "evidence"), TEXT_MAX);
	add_text(b, "egressdProfileHash", record_str(r, "profile.hash"), TEXT_MAX);
}

static void add_extension(struct buf *b, const struct record *r, const struct format_options *o)
{
	struct record_threat t;

	buf_addf(b, "rt=%" PRId64 "000 start=%" PRId64 "000 end=%" PRId64 "000", r->ts, r->first_ts,
		 r->end_ts);
	add_text(b, "dvchost", r->host, HOST_MAX);
	add_text(b, "externalId", r->id, ID_MAX);
	add_text(b, "cat", format_dataset(r), TEXT_MAX);
	add_text(b, "act", record_str(r, "event.action") ? record_str(r, "event.action") : r->event,
		 63);
	add_bytes(b, r, o);
	if (r->has_bytes)
		buf_add_str(b, " deviceDirection=1");
	add_peer(b, r);
	add_text(b, "proto", record_str(r, "network.transport"), 31);
	add_actor(b, r);
	add_window(b, r, "cn2", "baseline");
	add_number(b, r, "cn3", "windowSeconds", "horizon_s");
	add_custom(b, "cs1", "rule", record_str(r, "rule"));
	add_custom(b, "cs2", "container", record_str(r, "container.name"));
	add_custom(b, "cs3", "alertId", record_str(r, "alert.id"));
	if (record_threat(r, &t))
		add_custom(b, "cs4", "technique", t.id);
	add_custom(b, "cs5", "initiation", format_initiation(r));
	add_more(b, r);
	add_judgement(b, r);
	add_text(b, "egressdCounts", format_counts(r), TEXT_MAX);
	add_text(b, "msg", record_message(r), TEXT_MAX);
}

int format_cef(const struct record *r, const struct format_options *o, struct buf *out)
{
	const char *rule = record_str(r, "rule");

	buf_add_str(out, "CEF:0|egressd|egressd|" EGRESS_VERSION "|");
	add_escaped(out, rule ? rule : r->event, TEXT_MAX, '|');
	buf_add_char(out, '|');
	add_escaped(out, record_title(r), NAME_MAX_BYTES, '|');
	buf_addf(out, "|%u|", r->severity->cef);
	add_extension(out, r, o);
	return out->error;
}
