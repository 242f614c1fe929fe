/* SPDX-License-Identifier: Apache-2.0
 *
 * Roll-ups: from the flows' rising totals to bytes by series and minute. Flows are
 * remembered by a hash of their key, so that the store holds no copy of the table.
 */
#include <errno.h>
#include <string.h>

#include "store/db.h"
#include "store/internal.h"

/* Rows of one minute: about 8 ms of work. */
#define SERIES_A_MINUTE 1000

/* A flow's totals at the last roll-up. */
struct seen {
	struct flat_item item; /* hash of its eg_flow_key */
	uint64_t payload, wire;
};

struct series_key {
	uint64_t actor, dest;
	uint16_t port;
	uint8_t init, proto, scope, column;
	uint16_t pad; /* 0 */
};
_Static_assert(sizeof(struct series_key) == 24, "no hidden bytes in a hash key");

struct series {
	struct flat_item item; /* hash of the key */
	struct series_key key;
	const struct actor *names; /* NULL: not attributed, or "other" */
	const char *dst, *group;
	uint64_t tx, wire;
};

struct rollup {
	struct store *store;
	int64_t minute;
	struct flat now;       /* of struct seen: takes the place of the store's */
	struct flat series;    /* of struct series: what was sent */
	struct series **order; /* the largest first */
	size_t count;
};

/* What the flow sent since the last roll-up; a new flow after the base: all of it. */
static int take_delta(struct rollup *rollup, const struct flow *flow, uint64_t *ret_tx,
		      uint64_t *ret_wire)
{
	uint64_t hash = flat_hash(&flow->key, sizeof(flow->key));
	uint64_t payload = flow->total.payload_bytes, wire = flow->total.wire_bytes;
	const struct seen *last = flat_find(&rollup->store->seen, hash);
	struct seen *now = flat_put(&rollup->now, hash);

	if (!now)
		return -ENOMEM;
	now->payload = payload;
	now->wire = wire;
	*ret_tx = *ret_wire = 0;
	if (!rollup->store->have_seen)
		return 0;
	/* Lower than before: the flow was folded and has come back, all of it is new. */
	*ret_tx = last && payload >= last->payload ? payload - last->payload : payload;
	*ret_wire = last && wire >= last->wire ? wire - last->wire : wire;
	return 0;
}

static struct series *series_for(struct flat *all, const struct series_key *key)
{
	struct series *e = flat_put(all, flat_hash(key, sizeof(*key)));

	if (e)
		e->key = *key;
	return e;
}

static int add_flow(void *ctx, const struct flow *flow)
{
	struct rollup *rollup = ctx;
	struct series_key key = {
		.actor = flow->actor ? flow->actor->id : 0,
		.dest = flow->dest ? flow->dest->id : flat_hash(flow->dst, strlen(flow->dst)),
		.port = flow->key.port,
		.init = flow->key.init,
		.proto = flow->key.proto,
		.scope = (uint8_t)flow->scope,
		.column = flow->key.column,
	};
	struct series *series;
	uint64_t tx, wire;
	int r = take_delta(rollup, flow, &tx, &wire);

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

static int larger_first(const void *left, const void *right)
{
	const struct series *a = *(struct series *const *)left;
	const struct series *b = *(struct series *const *)right;

	if (a->tx != b->tx)
		return a->tx < b->tx ? 1 : -1;
	return a->wire < b->wire ? 1 : a->wire > b->wire ? -1 : 0;
}

static int sort_series(struct rollup *rollup)
{
	rollup->order = calloc(rollup->series.count + 1, sizeof(rollup->order[0]));
	if (!rollup->order)
		return -ENOMEM;
	for (size_t i = 0; i < rollup->series.room; i++) {
		struct series *e = flat_at(&rollup->series, i);

		if (e)
			rollup->order[rollup->count++] = e;
	}
	qsort(rollup->order, rollup->count, sizeof(rollup->order[0]), larger_first);
	return 0;
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

static int add_bytes(sqlite3_stmt *q, int64_t time, int64_t id, const struct series *e)
{
	sqlite3_bind_int64(q, 1, time);
	sqlite3_bind_int64(q, 2, id);
	sqlite3_bind_int64(q, 3, (int64_t)e->tx);
	sqlite3_bind_int64(q, 4, (int64_t)e->wire);
	return store_run(q);
}

static int write_series(struct rollup *rollup, const struct series *e)
{
	struct store *s = rollup->store;
	int64_t minute = rollup->minute, id;
	int r = find_series(s, e, minute, &id);

	if (r == 0)
		r = add_bytes(store_statement(s, ADD_ROLLUP), minute, id, e);
	if (r == 0)
		r = add_bytes(store_statement(s, ADD_HOUR), minute / 3600 * 3600, id, e);
	return r;
}

/* What is beyond the largest: one row "other" a scope and column. */
static int write_others(struct rollup *rollup)
{
	struct flat others = { .item_bytes = sizeof(struct series) };
	int r = 0;

	for (size_t i = SERIES_A_MINUTE; r == 0 && i < rollup->count; i++) {
		const struct series *e = rollup->order[i];
		struct series_key key = { .scope = e->key.scope, .column = e->key.column };
		struct series *other = series_for(&others, &key);

		if (!other) {
			r = -ENOMEM;
			break;
		}
		other->group = "other";
		other->tx += e->tx;
		other->wire += e->wire;
	}
	for (size_t i = 0; r == 0 && i < others.room; i++) {
		const struct series *other = flat_at(&others, i);

		if (other)
			r = write_series(rollup, other);
	}
	flat_free(&others);
	return r;
}

static int write_rollup(struct store *s, void *ctx)
{
	struct rollup *rollup = ctx;
	int r = 0;

	(void)s;
	for (size_t i = 0; r == 0 && i < rollup->count && i < SERIES_A_MINUTE; i++)
		r = write_series(rollup, rollup->order[i]);
	return r < 0 ? r : write_others(rollup);
}

int store_add_rollup(struct store *s, int64_t minute_ts, const struct flowtab *table)
{
	struct rollup rollup = {
		.store = s,
		.minute = minute_ts,
		.now = { .item_bytes = sizeof(struct seen) },
		.series = { .item_bytes = sizeof(struct series) },
	};
	int r = flowtab_each(table, add_flow, &rollup);

	if (r == 0)
		r = sort_series(&rollup);
	if (r == 0) { /* flows that left the table are forgotten with the old one */
		flat_free(&s->seen);
		s->seen = rollup.now;
		rollup.now.items = NULL;
		s->have_seen = true;
	}
	if (r == 0 && rollup.count > 0)
		r = store_write(s, write_rollup, &rollup);
	flat_free(&rollup.now);
	flat_free(&rollup.series);
	free(rollup.order);
	return r;
}
