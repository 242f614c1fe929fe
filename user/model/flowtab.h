/* SPDX-License-Identifier: Apache-2.0
 *
 * The live table: two samples make deltas, every kernel row keeps its identity,
 * rates and totals; rows the kernel has dropped stay listed until they are folded
 * into `other`. sum(rows) + other + unattributed == kernel total, always.
 */
#ifndef MODEL_FLOWTAB_H
#define MODEL_FLOWTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/sample.h"
#include "enrich/enrich.h"
#include "model/names.h"
#include "model/tick.h"

struct flowtab;

/* Names of a peer, as texts; "" = unknown. Hints (struct peer_facts). */
struct flow_peer {
	char domain[256], domain_source[8], asn[12], org[96], country[3];
};

struct flow {
	struct eg_flow_key key;
	struct eg_flow_val total; /* cumulative since the sensor's pins were made */
	struct eg_flow_val delta; /* last tick */
	uint64_t rate_bps[3];     /* payload bytes/s over 1, 10, 60 s */
	uint64_t interval_bytes;  /* payload that left the host since the last summary */
	uint64_t first_wall_ns, last_wall_ns;
	uint64_t start_wall_ns; /* when the process started; 0 = unknown */
	const struct ident *ident;
	const struct db_names *session; /* of a server with one process for all; NULL: see ident */
	const struct actor *actor;
	const struct dest *dest;
	const struct flow_peer *peer; /* NULL: not looked up, or nothing is known */
	enum eg_scope scope;
	bool ended;   /* the kernel row is gone; the process may live */
	char dst[64]; /* the peer as text */
};

struct flowtab_totals {
	struct eg_flow_val total[EG_COLUMNS], other[EG_COLUMNS], unattributed[EG_COLUMNS];
	struct eg_reader_val read_total; /* of watched database files */
	bool reads_known;                /* else nothing is watched, or nothing can be */
	uint64_t egress_rate_bps;        /* payload/s over 1 s, loopback and host-local excluded */
	uint64_t egress_bytes;           /* payload, loopback and host-local excluded, cumulative */
	struct sample_losses losses;
	struct sample_residual residual;
	bool inexact, reads_inexact, invariant_ok;
	uint64_t ticks, ticks_invariant_broken, ticks_inexact;
};

int flowtab_new(struct enrich *enrich, struct names *names, struct flowtab **ret);
void flowtab_free(struct flowtab *t);

/* Takes one sample in: updates flows and totals, fills the tick's rows with the
 * deltas of this interval (owned by the table, valid until the next call). The
 * first sample after a start with adopted pins is a baseline: its past bytes are
 * listed, and reported as one gap row, not as this second's traffic. Of `tick` it
 * fills rows and gap; time, interval, host and database size are the caller's. */
int flowtab_update(struct flowtab *t, const struct sample *sample, struct tick *tick);

/* Looks up what the peer is called, for flows that an alert may be about. */
void flowtab_look_up_peer(struct flowtab *t, const struct flow *flow);
/* Where its session is a guess among several: the one that was sent most of what it sent
 * in this tick, if the server's sockets prove it. Of the same flows. */
void flowtab_prove_session(struct flowtab *t, const struct flow *flow);

/* Forgets rows ended for longer than keep_s; their sums move to `other`. */
void flowtab_expire(struct flowtab *t, uint64_t wall_ns, unsigned int keep_s);

/* What the process that owns this flow has read of watched database files, by all its
 * calls, whatever it sent where: the same number for each of its flows. */
uint64_t flowtab_read_bytes(const struct flowtab *t, const struct eg_flow_key *key);

size_t flowtab_count(const struct flowtab *t);
typedef int (*flow_fn)(void *ctx, const struct flow *flow);
int flowtab_each(const struct flowtab *t, flow_fn fn, void *ctx); /* in no order */
void flowtab_get_totals(const struct flowtab *t, struct flowtab_totals *ret);

#endif
