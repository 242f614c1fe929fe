/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of docs/json.md read back, with what every receiver's format asks for:
 * what kind it is, how severe, who began the conversation. Pure.
 */
#ifndef SINK_RECORD_H
#define SINK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "egress/types.h"

struct json_object;

enum record_kind {
	RECORD_ALERT = 0, /* "event": open, update, close */
	RECORD_FLOW,      /* a row of `flows`; "event": flow is one of a summary */
	RECORD_READ,      /* "event": read: what a process read of database files */
	RECORD_HEARTBEAT, /* "event": heartbeat */
	RECORD_GAP,       /* "event": gap: records given up before they could be sent */
	RECORD_AUDIT,     /* "event": audit, or any other word */
};

/* One severity in every receiver's numbers. */
struct record_severity {
	const char *name;    /* CIM and ECS: informational, low, medium, high, critical */
	unsigned int ecs;    /* 0 to 99 */
	unsigned int cef;    /* 0 to 10, also LEEF (at least 1) */
	unsigned int syslog; /* 2 critical .. 6 informational */
	unsigned int ocsf;   /* 1 to 5 */
	const char *ocsf_name;
	unsigned int otel; /* severityNumber */
	const char *otel_name;
};

/* Where the remote peer stands; source means initiator in ECS, OCSF, CEF and LEEF. */
enum record_role {
	ROLE_NONE,        /* no peer in this record */
	ROLE_SOURCE,      /* this host began (connected, datagram) */
	ROLE_DESTINATION, /* the peer began; this host answers */
	ROLE_UNKNOWN,     /* there is a peer, who began is not known */
};

struct record {
	struct json_object *root;
	const char *line; /* the caller's, without '\n' */
	size_t len;
	enum record_kind kind;
	enum record_role role;
	const struct record_severity *severity;
	const char *event; /* "open", "heartbeat", ...; "flow" for flows, "read" for reads */
	const char *id;    /* event.id, "" when there is none */
	const char *host;
	const char *peer; /* destination.ip or destination.address, NULL when none */
	bool peer_is_ip, peer_is_ip6;
	int64_t ts;       /* Unix seconds */
	int64_t first_ts; /* when what is counted began; ts if not known */
	int64_t end_ts;   /* when it was last seen: an alert is told of later; ts if not known */
	uint64_t port;    /* service.port, 0 when none */
	uint64_t bytes;   /* egress payload bytes of the record */
	uint64_t read;    /* bytes read of database files, where the record counts those */
	bool has_bytes, has_read;
	bool delta;      /* bytes and read are those of an interval, not a total */
	struct buf said; /* a sentence for a record that brings none */
};
#define _cleanup_record_ _cleanup_(record_free)

/* Reads one line; it must outlive the record. -EINVAL: not ours (no object, no time,
 * not UTF-8); -ENODATA: a sum or a remainder row that is no event. */
int record_parse(const char *line, size_t len, struct record *ret);
void record_free(struct record *r);

/* A member as text (not of numbers); NULL when absent, null or empty. */
const char *record_str(const struct record *r, const char *key);
/* A whole number >= 0. */
bool record_u64(const struct record *r, const char *key, uint64_t *ret);
/* Any number, as it came; NULL when absent or no number. The record's. */
const char *record_number(const struct record *r, const char *key);
bool record_bool(const struct record *r, const char *key);

/* RFC 3339 as ours are written, to whole seconds. -EINVAL */
int record_time(const char *text, int64_t *ret_unix_s);

/* Name of the rule for people; never holds values. */
const char *record_title(const struct record *r);
/* The sentence: the record's own, else one made of it. */
const char *record_message(const struct record *r);
/* For record_parse(): makes that one. -ENOMEM */
int record_say(struct record *r);

/* MITRE ATT&CK names of the record's technique; false when it has none. */
struct record_threat {
	const char *id, *name, *tactic_id, *tactic;
};
bool record_threat(const struct record *r, struct record_threat *ret);

#endif
