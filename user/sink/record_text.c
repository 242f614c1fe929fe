/* SPDX-License-Identifier: Apache-2.0
 *
 * A record in words: a title that names the kind, a sentence for whoever reads a list
 * of them. Alerts and gaps bring their sentence; the others get theirs here.
 */
#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "sink/record.h"

enum { NAME_SHOWN = 64 }; /* bytes of a stranger's name in a sentence */

static const char *const rule_titles[][2] = {
	{ "host", "Host sends more than it ever did" },
	{ "actor", "Program sends more than it ever did" },
	{ "read", "Program reads more of the database than it ever did" },
	{ "pair", "Program sends more to one destination than it ever did" },
	{ "novel", "Program sends much to new destinations" },
	{ "fan", "Program sends to more destinations than it ever did" },
	{ "budget", "More was sent than the operator allows" },
};

const char *record_title(const struct record *r)
{
	const char *rule = record_str(r, "rule");

	switch (r->kind) {
	case RECORD_FLOW:
		return record_bool(r, "flow.other") ? "Egress of all other flows"
						    : "Egress of one flow";
	case RECORD_READ: return "Database files read by one process";
	case RECORD_HEARTBEAT: return "Sensor is alive";
	case RECORD_GAP:
		return record_str(r, "gap.begin")
			       ? "Egress of a while was not told"
			       : "Events were given up before they could be sent";
	case RECORD_AUDIT: return "Sensor audit event";
	case RECORD_ALERT: break;
	}
	for (size_t i = 0; rule && i < ARRAY_SIZE(rule_titles); i++)
		if (strcmp(rule, rule_titles[i][0]) == 0)
			return rule_titles[i][1];
	return "Unusual egress";
}

const char *record_message(const struct record *r)
{
	const char *reason = record_str(r, "reason");

	return reason ? reason : r->said.len ? r->said.data : record_title(r);
}

/* Cut between characters. */
static void add_name(struct buf *b, const char *name)
{
	size_t len = strlen(name);

	if (len > NAME_SHOWN)
		for (len = NAME_SHOWN; len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80;)
			len--;
	buf_add(b, name, len);
	if (name[len])
		buf_add_str(b, "...");
}

/* "pg_dump (mallory)" */
static void add_actor(struct buf *b, const struct record *r)
{
	const char *name = record_str(r, "process.name"), *user = record_str(r, "user.name");
	const char *slash = name ? strrchr(name, '/') : NULL;

	add_name(b, !name ? "An unknown process" : slash && slash[1] ? slash + 1 : name);
	if (!user)
		return;
	buf_add_str(b, " (");
	add_name(b, user);
	buf_add_char(b, ')');
}

static void add_span(struct buf *b, const struct record *r)
{
	if (!r->delta) {
		buf_add_str(b, " so far");
		return;
	}
	buf_add_str(b, " in ");
	format_duration(b, (uint64_t)(r->ts - r->first_ts));
}

/* " to 203.0.113.9:443 (files.example)"; of a peer that began, which port it asked for. */
static void add_peer(struct buf *b, const struct record *r)
{
	const char *domain = record_str(r, "destination.domain");
	bool port = r->port && r->role != ROLE_DESTINATION;

	buf_add_str(b, " to ");
	buf_add_str(b, port && r->peer_is_ip6 ? "[" : "");
	add_name(b, r->peer);
	buf_add_str(b, port && r->peer_is_ip6 ? "]" : "");
	if (port)
		buf_addf(b, ":%" PRIu64, r->port);
	if (domain) {
		buf_add_str(b, " (");
		add_name(b, domain);
		buf_add_char(b, ')');
	}
	if (r->role == ROLE_DESTINATION && r->port)
		buf_addf(b, ", which connected to port %" PRIu64 ",", r->port);
}

static void say_flow(struct buf *b, const struct record *r)
{
	uint64_t flows = 0;

	if (record_bool(r, "flow.other")) {
		(void)record_u64(r, "egress.flows", &flows);
		if (flows)
			buf_addf(b, "%" PRIu64 " other flow%s sent ", flows, flows == 1 ? "" : "s");
		else
			buf_add_str(b, "All else sent ");
	} else {
		add_actor(b, r);
		buf_add_str(b, " sent ");
	}
	format_bytes(b, r->bytes);
	if (r->peer)
		add_peer(b, r);
	add_span(b, r);
}

static void say_read(struct buf *b, const struct record *r)
{
	if (record_bool(r, "flow.other"))
		buf_add_str(b, "Other processes");
	else
		add_actor(b, r);
	buf_add_str(b, " read ");
	format_bytes(b, r->read);
	buf_add_str(b, " of database files");
	add_span(b, r);
}

static void add_count(struct buf *b, const struct record *r, const char *key, const char *what)
{
	uint64_t n;

	if (record_u64(r, key, &n) && n)
		buf_addf(b, ", %" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

static void say_heartbeat(struct buf *b, const struct record *r)
{
	buf_add_str(b, "Sensor is alive");
	if (r->has_bytes) {
		buf_add_str(b, ": ");
		format_bytes(b, r->bytes);
		buf_add_str(b, " sent since its counters began");
	}
	add_count(b, r, "alerts.open", "open alert");
	add_count(b, r, "egressd.reductions", "reduced guarantee");
	add_count(b, r, "lost.total", "lost event");
}

/* "silence by uid 0: ..." */
static void say_audit(struct buf *b, const struct record *r)
{
	const char *action = record_str(r, "event.action"), *text = record_str(r, "message");
	uint64_t uid;

	buf_add_str(b, action ? action : r->event);
	if (record_u64(r, "user.id", &uid))
		buf_addf(b, " by uid %" PRIu64, uid);
	if (text) {
		buf_add_str(b, ": ");
		buf_add_str(b, text);
	}
}

int record_say(struct record *r)
{
	static void (*const says[])(struct buf *, const struct record *) = {
		[RECORD_FLOW] = say_flow,
		[RECORD_READ] = say_read,
		[RECORD_HEARTBEAT] = say_heartbeat,
		[RECORD_AUDIT] = say_audit,
		[RECORD_GAP] = NULL,
	};

	if (says[r->kind] && !record_str(r, "reason"))
		says[r->kind](&r->said, r);
	return r->said.error;
}
