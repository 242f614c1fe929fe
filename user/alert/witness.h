/* SPDX-License-Identifier: Apache-2.0
 *
 * Who did it: the one process and the one peer that an incident is about. A series
 * is an actor and a group of addresses; people act on a process and an address.
 * Live only: a replay has no flows, and its events no witness.
 */
#ifndef ALERT_WITNESS_H
#define ALERT_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/finding.h"
#include "model/tick.h"

struct buf;
struct unpack;

/* In the order in which they are saved: new ones go to the end. */
enum witness_text {
	WITNESS_ADDRESS, /* the peer as text: an address, "vsock:3", "packet" */
	WITNESS_NAME,    /* the kernel's name of the process */
	WITNESS_EXECUTABLE,
	WITNESS_COMMAND_LINE, /* secrets masked */
	WITNESS_PARENT,
	WITNESS_USER,
	WITNESS_UNIT,
	WITNESS_CONTAINER_ID,
	WITNESS_CONTAINER_NAME,
	WITNESS_CONTAINER_IMAGE,
	WITNESS_SESSION, /* database session: "user@database" */
	WITNESS_CLIENT,
	WITNESS_DB_COMMAND,
	WITNESS_REAL_USER,
	WITNESS_LOGIN_USER,
	WITNESS_SHA256, /* of the executable */
	WITNESS_DIRECTORY,
	WITNESS_ANCESTORS,
	WITNESS_FEEDER, /* database process behind a local relay; the session is then its */
	WITNESS_FEEDER_PID,
	WITNESS_POD,
	WITNESS_POD_NAMESPACE,
	WITNESS_DB_SYSTEM,
	WITNESS_DB_APPLICATION,
	WITNESS_DB_QUERY, /* literals stripped */
	WITNESS_DOMAIN,   /* a name of the peer: a hint */
	WITNESS_DOMAIN_SOURCE,
	WITNESS_AS, /* its autonomous system's number, and the next two */
	WITNESS_AS_NAME,
	WITNESS_COUNTRY,
	WITNESS_PORT, /* of the service, "443" */
	WITNESS_TRANSPORT,
	WITNESS_SESSION_BY,      /* how the session is known: db_by_name() */
	WITNESS_CONTAINER_OWNER, /* a user's container: whose */
	WITNESS_TEXTS
};

/* Never changed once made; shared by reference. */
struct witness {
	unsigned int refs;
	uint32_t pid, parent_pid;
	uint64_t start_ns;      /* since boot: with pid, which process */
	uint64_t start_wall_ns; /* 0 = unknown */
	uint64_t dest_id;
	const char *text[WITNESS_TEXTS]; /* never NULL; "" = unknown */
};

struct witness *witness_hold(struct witness *w); /* NULL gives NULL */
void witness_release(struct witness *w);

/* Its peer as text; NULL without a witness or an address. */
const char *witness_address(const struct witness *w);
/* The port of the service it spoke to, or that it offered; 0 without one. */
uint16_t witness_port(const struct witness *w);

/* The flow that sent most of a finding's bytes in this tick; NULL if none did. */
const struct flow *witness_flow(const struct tick *tick, const struct finding *f);

/* Which flow sent most over several ticks, in constant memory: each tick's largest
 * flow votes with its bytes, a majority cannot lose (Boyer and Moore). */
struct witness_vote {
	struct witness *leader; /* NULL: nobody yet */
	uint64_t lead_bytes;
};

/* Counts a tick's vote. The leader has to fit the finding's destination: one that
 * sent elsewhere steps down. Out of memory, the leader stays who it was. */
void witness_vote(struct witness_vote *v, const struct tick *tick, const struct finding *f);
void witness_vote_clear(struct witness_vote *v);

void witness_vote_put(struct buf *out, const struct witness_vote *v);
void witness_vote_get(struct unpack *in, struct witness_vote *ret); /* in->bad */
void witness_put(struct buf *out, const struct witness *w);         /* may be NULL */
struct witness *witness_get(struct unpack *in);

/* JSON members of an event, and sentences of its reason. */
void witness_json(struct buf *out, const struct witness *w, const struct finding *f);
void witness_reason(struct buf *out, const struct witness *w, const struct finding *f);

#endif
