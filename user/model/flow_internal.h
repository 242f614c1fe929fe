/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of flowtab only: rows behind `struct flow`, series of a tick,
 * the table.
 */
#ifndef MODEL_FLOW_INTERNAL_H
#define MODEL_FLOW_INTERNAL_H

#include "base/table.h"
#include "model/flowtab.h"

/* Ended rows listed at most; the oldest move to `other` before their time. */
#define FLOWTAB_ENDED_MAX 65536u

/* Rate over a window: this bucket and the one before it, weighted by how far this one
 * has come. Exact for a steady sender, zero two windows after the last byte. */
struct rate_window {
	uint64_t now_bytes, before_bytes;
	uint64_t start_ns; /* CLOCK_BOOTTIME when this bucket began */
};

struct series_key {
	uint64_t actor, dest;          /* ids; actor 0 = feeds HOST only */
	const struct prefix *declared; /* of the destination */
	uint16_t port;
	uint8_t proto, init, scope, pad[3];
};

/* What rows of a tick are summed by. Lives while flows point to it. */
struct series {
	struct series_key key;
	const struct actor *actor;
	const struct dest *dest;
	uint32_t flows; /* that point here */
	uint32_t row;   /* index in this tick's rows */
	uint64_t tick;  /* whose rows[row] is meant */
	UT_hash_handle hh;
};

struct buf;
struct reader;

struct flow_row {
	struct flow flow;
	struct flow_peer *peer; /* flow.peer, owned */
	/* The kernel row as seen last; zero when ended. flow.total less this is what drained
	 * kernel rows of the key had counted: the base. */
	struct eg_flow_val last;
	struct rate_window windows[2]; /* 10 s, 60 s */
	struct series *series;         /* NULL: feeds nothing */
	uint64_t seen_tick, moved_tick, ended_ns;
	uint64_t instance; /* of the kernel row `last` was read from */
	uint32_t ident_generation, names_generation;
	uint32_t active_at; /* place in `active`; ACTIVE_NONE: none, all rates are 0 */
	UT_hash_handle hh;
	struct flow_row *prev, *next; /* in `ended` */
};

#define ACTIVE_NONE UINT32_MAX

struct flowtab {
	struct enrich *enrich;
	struct names *names;
	struct flow_row *rows; /* by key */
	struct series *series;
	struct flow_row **active; /* rates may be above 0, in the order in which they began */
	size_t active_count, active_max;
	size_t giver_count; /* of these, what relay_may_give() says yes to */
	struct flow_row *ended;
	size_t ended_count, live_count;
	struct flow_row **hint; /* row i of the last sample: maps keep their order */
	size_t hint_count, hint_max;
	struct tick_row *tick_rows;
	size_t tick_count, tick_max;
	struct eg_flow_val base_sum[EG_COLUMNS];    /* bases of listed rows */
	struct eg_flow_val expired_sum[EG_COLUMNS]; /* of forgotten rows */
	uint64_t residue_seen
		[EG_COLUMNS]; /* drained payload that no row explains, reported so far */
	uint64_t unattributed_seen;
	struct flowtab_totals totals;
	struct reader *readers; /* by process */
	struct eg_reader_val reads_seen;
	uint64_t summed_bytes, summed_read_bytes; /* totals at the last summary */
	/* Counted before this daemon began by rows that are gone, told by no summary. */
	uint64_t owed_bytes, owed_read_bytes;
	size_t reader_rows; /* in the last sample */
	uint64_t boot_ns, elapsed_ns;
	uint64_t boot_wall_ns; /* CLOCK_REALTIME at boot */
	int error;
};

/* Identity, actor, destination, series of a row; again after its process has called
 * exec. -ENOMEM. */
int flow_resolve(struct flowtab *t, struct flow_row *r);
void flow_unresolve(struct flowtab *t, struct flow_row *r);
/* The database session it works for, if servers were asked; else what it was stays. */
void flow_find_session(struct flowtab *t, struct flow_row *r);

/* Adds a delta to the tick under the flow's series; to HOST alone with `from` NULL. */
int tick_add(struct flowtab *t, const struct flow_row *from, enum eg_scope scope, uint64_t bytes);

/* The series of an actor's reads, which has no destination; NULL: no memory. A holder
 * gives it back. */
struct series *flow_series_of_reader(struct flowtab *t, const struct ident *id);
void flow_series_put(struct flowtab *t, struct series *series);
int tick_add_read(struct flowtab *t, struct series *series, uint64_t bytes);

/* --- flow_rates.c --- */
/* Its rates are kept from now on; -ENOMEM. */
int flow_rates_begin(struct flowtab *t, struct flow_row *r);
void flow_rates_end(struct flowtab *t, struct flow_row *r);
void flow_rates_add(struct flow_row *r, uint64_t now_ns, uint64_t bytes);
/* Deltas of rows that did not move in this tick are cleared; rates of all are brought up
 * to date. */
void flow_rates_refresh(struct flowtab *t, uint64_t now_ns);
uint64_t flow_per_second(uint64_t bytes, uint64_t ns);

/* --- relay.c --- */
/* Is it a database's, local, and so loud that a relay may carry it on? */
bool relay_may_give(const struct flow *flow);

/* --- reads.c --- */
void reads_take(struct flowtab *t, const struct sample *s, bool baseline);
void reads_expire(struct flowtab *t, uint64_t wall_ns, uint64_t keep_ns);
void reads_free(struct flowtab *t);
/* What a reader has read, as rows for a summary: since the last one and in all. Fills at
 * most `max` of `rows` with those that read most; returns how many. */
struct read_row {
	struct flow flow; /* key, process and identity only */
	uint64_t interval_bytes, total_bytes;
};
size_t reads_top(const struct flowtab *t, bool interval, struct read_row *rows, size_t max);
void reads_begin_interval(struct flowtab *t);
/* summary_told.c: how much of a counter was told, of how much it held then. A list is
 * sorted by id. */
struct told {
	uint64_t id, bytes, counted;
	bool present; /* told_less() was asked for it */
};
void told_pack(struct buf *out, uint64_t id, uint64_t counted, uint64_t untold);
/* What the counter holds beyond it; all of it if it is not in the list. */
uint64_t told_less(struct told *list, size_t count, uint64_t id, uint64_t bytes);
/* The readers' part of it: a count and so many counters; and back. */
void reads_told(const struct flowtab *t, struct buf *out);
void reads_resume(struct flowtab *t, struct told *list, size_t count);

/* Is this row's payload egress: billed in its own column and off this host? */
bool flow_is_egress(const struct flow *flow);

void rate_add(struct rate_window *w, uint64_t window_ns, uint64_t now_ns, uint64_t bytes);
uint64_t rate_read(struct rate_window *w, uint64_t window_ns, uint64_t now_ns);

void val_add(struct eg_flow_val *sum, const struct eg_flow_val *v);
void val_sub(struct eg_flow_val *sum, const struct eg_flow_val *v);       /* stops at 0 */
bool val_below(const struct eg_flow_val *a, const struct eg_flow_val *b); /* any counter fell */

#endif
