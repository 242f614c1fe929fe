/* SPDX-License-Identifier: Apache-2.0
 *
 * Roll-ups: from the flows' rising totals to bytes by series and minute. Flows are
 * remembered by a hash of their key, so that the store holds no copy of the table.
 */
#define HASH_NONFATAL_OOM 1 /* out of memory is an error here, not an exit */
#include <errno.h>
#include <string.h>
#include <uthash.h>
#include <xxhash.h>

#include "store/db.h"
#include "store/internal.h"

/* Rows of one minute. At 4 kB pages and 30 bytes a row it is about 10 ms of work. */
#define SERIES_A_MINUTE 1000

/* A flow's totals at the last roll-up. */
struct seen {
	uint64_t key; /* XXH3 of its eg_flow_key */
	uint64_t payload, wire;
	uint32_t epoch; /* of the roll-up that last saw it */
	UT_hash_handle hh;
};

struct series_key {
	uint64_t actor, dest;
	uint16_t port;
	uint8_t init, proto, scope, column;
	uint16_t pad; /* 0 */
};
_Static_assert(sizeof(struct series_key) == 24, "no hidden bytes in a hash key");

struct series {
	struct series_key key;
	const struct actor *names; /* NULL: not attributed, or "other" */
	const char *dst, *group;
	uint64_t tx, wire;
	UT_hash_handle hh;
};

struct rollup {
	struct store *store;
	int64_t minute;
	struct series *series;
};

void seen_free(struct store *s)
{
	struct seen *e, *next;

	HASH_ITER(hh, s->seen, e, next) {
		HASH_DEL(s->seen, e);
		free(e);
	}
}

/* What the flow sent since the last roll-up; a new flow after the base: all of it. */
static int take_delta(struct store *s, const struct flow *flow, uint64_t *ret_tx,
		      uint64_t *ret_wire)
{
	uint64_t key = XXH3_64bits(&flow->key, sizeof(flow->key));
	uint64_t payload = flow->total.payload_bytes, wire = flow->total.wire_bytes;
	struct seen *e = NULL;

	HASH_FIND(hh, s->seen, &key, sizeof(key), e);
	*ret_tx = *ret_wire = 0;
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return -ENOMEM;
		e->key = key;
		HASH_ADD(hh, s->seen, key, sizeof(e->key), e);
		if (!e->hh.tbl) {
			free(e);
			return -ENOMEM;
		}
		if (!s->have_seen) {
			e->payload = payload;
			e->wire = wire;
		}
	}
	/* Lower than before: the flow was folded and has come back, all of it is new. */
	*ret_tx = payload >= e->payload ? payload - e->payload : payload;
	*ret_wire = wire >= e->wire ? wire - e->wire : wire;
	e->payload = payload;
	e->wire = wire;
	e->epoch = s->epoch;
	return 0;
}

/* Flows that left the table are forgotten. */
static void sweep(struct store *s)
{
	struct seen *e, *next;

	HASH_ITER(hh, s->seen, e, next) {
		if (e->epoch == s->epoch)
			continue;
		HASH_DEL(s->seen, e);
		free(e);
	}
}

static struct series *series_for(struct series **all, const struct series_key *key)
{
	struct series *e = NULL;

	HASH_FIND(hh, *all, key, sizeof(*key), e);
	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->key = *key;
	e->dst = e->group = "";
	HASH_ADD(hh, *all, key, sizeof(e->key), e);
	if (!e->hh.tbl) {
		free(e);
		return NULL;
	}
	return e;
}

static int add_flow(void *ctx, const struct flow *flow)
{
	struct rollup *rollup = ctx;
	struct series_key key = {
		.actor = flow->actor ? flow->actor->id : 0,
		.dest = flow->dest ? flow->dest->id : XXH3_64bits(flow->dst, strlen(flow->dst)),
		.port = flow->key.port,
		.init = flow->key.init,
		.proto = flow->key.proto,
		.scope = (uint8_t)flow->scope,
		.column = flow->key.column,
	};
	struct series *series;
	uint64_t tx, wire;
	int r = take_delta(rollup->store, flow, &tx, &wire);

	if (r < 0 || (tx == 0 && wire == 0))
		return r;
	series = series_for(&rollup->series, &key);
	if (!series)
		return -ENOMEM;
	series->names = flow->actor;
	series->dst = flow->dest ? flow->dest->example : flow->dst;
	series->group = flow->dest ? flow->dest->group : flow->dst;
	series->tx += tx;
	series->wire += wire;
	return 0;
}

static int larger_first(const struct series *a, const struct series *b)
{
	uint64_t x = a->tx ? a->tx : a->wire, y = b->tx ? b->tx : b->wire;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Folds what is beyond the largest into one row a scope and column. */
static int fold_small(struct series **all)
{
	struct series *e, *next, *others = NULL, *other;
	unsigned int n = 0;
	int r = 0;

	HASH_SORT(*all, larger_first);
	HASH_ITER(hh, *all, e, next) {
		struct series_key key = { .scope = e->key.scope, .column = e->key.column };

		if (n++ < SERIES_A_MINUTE)
			continue;
		other = series_for(&others, &key);
		if (!other) {
			r = -ENOMEM;
			continue;
		}
		other->tx += e->tx;
		other->wire += e->wire;
		HASH_DEL(*all, e);
		free(e);
	}
	HASH_ITER(hh, others, e, next) {
		HASH_DEL(others, e);
		other = series_for(all, &e->key);
		if (other) {
			other->group = "other";
			other->tx += e->tx;
			other->wire += e->wire;
		} else {
			r = -ENOMEM;
		}
		free(e);
	}
	return r;
}

static void bind_text(sqlite3_stmt *q, int index, const char *text)
{
	sqlite3_bind_text(q, index, text ? text : "", -1, SQLITE_STATIC);
}

static int find_series(struct store *s, const struct series *e, int64_t minute, int64_t *ret_id)
{
	sqlite3_stmt *q = store_statement(s, ADD_SERIES);
	int code;

	sqlite3_bind_int64(q, 1, (int64_t)e->key.actor);
	sqlite3_bind_int64(q, 2, (int64_t)e->key.dest);
	sqlite3_bind_int(q, 3, e->key.init);
	sqlite3_bind_int(q, 4, e->key.port);
	sqlite3_bind_int(q, 5, e->key.proto);
	sqlite3_bind_int(q, 6, e->key.scope);
	sqlite3_bind_int(q, 7, e->key.column);
	bind_text(q, 8, e->names ? e->names->exe : "");
	bind_text(q, 9, e->names ? e->names->comm : "");
	bind_text(q, 10, e->names ? e->names->container : "");
	bind_text(q, 11, e->names ? e->names->user : "");
	bind_text(q, 12, e->dst);
	bind_text(q, 13, e->group);
	sqlite3_bind_int64(q, 14, minute);
	code = sqlite3_step(q);
	*ret_id = code == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
	if (code == SQLITE_ROW)
		code = sqlite3_step(q); /* RETURNING has written when it is done */
	(void)sqlite3_reset(q);
	return db_error(code);
}

static int write_rollup(struct store *s, void *ctx)
{
	const struct rollup *rollup = ctx;
	sqlite3_stmt *q = store_statement(s, ADD_ROLLUP);
	int r = 0;

	for (const struct series *e = rollup->series; e && r == 0; e = e->hh.next) {
		int64_t id;

		r = find_series(s, e, rollup->minute, &id);
		if (r < 0)
			break;
		sqlite3_bind_int64(q, 1, rollup->minute);
		sqlite3_bind_int64(q, 2, id);
		sqlite3_bind_int64(q, 3, (int64_t)e->tx);
		sqlite3_bind_int64(q, 4, (int64_t)e->wire);
		r = store_run(q);
	}
	return r;
}

int store_add_rollup(struct store *s, int64_t minute_ts, const struct flowtab *table)
{
	struct rollup rollup = { .store = s, .minute = minute_ts };
	struct series *e, *next;
	int r;

	s->epoch++;
	r = flowtab_each(table, add_flow, &rollup);
	if (r == 0) {
		sweep(s);
		s->have_seen = true;
		r = fold_small(&rollup.series);
	}
	if (r == 0 && rollup.series)
		r = store_write(s, write_rollup, &rollup);
	HASH_ITER(hh, rollup.series, e, next) {
		HASH_DEL(rollup.series, e);
		free(e);
	}
	return r;
}
