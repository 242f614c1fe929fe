/* SPDX-License-Identifier: Apache-2.0
 *
 * A kernel key becomes names: process, actor, destination, and the series its bytes
 * are summed under.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "model/flow_internal.h"

bool flow_is_egress(const struct flow *flow)
{
	bool handed_off = flow->key.family == AF_UNIX || flow->key.family == AF_VSOCK ||
			  flow->key.family == AF_PACKET;

	/* Columns are never added: each family is billed in one of them. */
	if (handed_off != (flow->key.column == EG_COLUMN_HANDOFF))
		return false;
	/* Into a tun device: a program carries it on, and its own flow is the egress. */
	if (flow->key.flags & EG_FLOW_TUN)
		return false;
	return flow->scope != EG_SCOPE_LOOPBACK && flow->scope != EG_SCOPE_HOST_LOCAL;
}

/* Image, else name; a bare id changes with every restart and names nothing. */
static const char *actor_container(const struct ident *id)
{
	if (*id->container_image)
		return id->container_image;
	if (!*id->container_id)
		return "";
	if (*id->container_name &&
	    (strlen(id->container_id) < 64 ||
	     strncmp(id->container_id, id->container_name, strlen(id->container_name)) != 0))
		return id->container_name;
	return "container";
}

static struct series *series_find(struct flowtab *t, const struct series_key *key,
				  const struct actor *actor, const struct dest *dest)
{
	struct series *s;

	HASH_FIND(hh, t->series, key, sizeof(*key), s);
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->key = *key;
	s->actor = actor;
	s->dest = dest;
	s->tick = UINT64_MAX;
	HASH_ADD(hh, t->series, key, sizeof(s->key), s);
	if (TABLE_ADDED(s))
		return s;
	free(s);
	return NULL;
}

static struct series *series_get(struct flowtab *t, const struct flow *flow, bool host_only)
{
	struct series_key key = { .actor = host_only ? 0 : flow->actor->id,
				  .dest = flow->dest->id,
				  .declared = flow->dest->declared,
				  .port = flow->key.port,
				  .proto = flow->key.proto,
				  .init = flow->key.init,
				  .scope = (uint8_t)flow->scope };

	return series_find(t, &key, host_only ? NULL : flow->actor, flow->dest);
}

void flow_series_put(struct flowtab *t, struct series *s)
{
	if (!s || --s->flows > 0)
		return;
	HASH_DELETE(hh, t->series, s);
	free(s);
}

static const struct actor *actor_of(struct flowtab *t, const struct ident *id)
{
	return names_actor(t->names, *id->script ? id->script : id->exe, id->comm,
			   actor_container(id), id->user);
}

struct series *flow_series_of_reader(struct flowtab *t, const struct ident *id)
{
	const struct actor *actor = actor_of(t, id);
	struct series_key key = { .actor = actor ? actor->id : 0 };
	struct series *s = actor ? series_find(t, &key, actor, NULL) : NULL;

	if (s)
		s->flows++;
	return s;
}

/* The peer as text, and its group; families without addresses go by their name. */
static const struct dest *resolve_dest(struct flowtab *t, struct flow *flow)
{
	const uint8_t *a = flow->key.daddr;

	switch (flow->key.family) {
	case AF_UNIX: snprintf(flow->dst, sizeof(flow->dst), "unix"); break;
	case AF_PACKET: snprintf(flow->dst, sizeof(flow->dst), "packet"); break;
	case AF_VSOCK:
		snprintf(flow->dst, sizeof(flow->dst), "vsock:%u",
			 (unsigned int)a[12] << 24 | (unsigned int)a[13] << 16 |
				 (unsigned int)a[14] << 8 | a[15]);
		break;
	default:
		format_addr(flow->dst, sizeof(flow->dst), a);
		return names_dest_addr(t->names, a, flow->scope);
	}
	return names_dest(t->names, flow->dst, flow->scope);
}

int flow_resolve(struct flowtab *t, struct flow_row *r)
{
	struct flow *flow = &r->flow;
	const struct ident *id = enrich_process(t->enrich, &flow->key);
	struct series *old = r->series;

	if (id != flow->ident) {
		free((void *)(uintptr_t)flow->session);
		flow->session = NULL;
		enrich_hold(t->enrich, id);
		if (flow->ident)
			enrich_unhold(t->enrich, flow->ident);
		flow->ident = id;
	}
	r->ident_generation = id->generation;
	r->names_generation = names_generation(t->names);
	flow->scope = enrich_scope(&flow->key);
	enrich_dns_server(t->enrich, &flow->key);
	enrich_want_reverse(t->enrich, &flow->key, flow->scope);
	flow->actor = actor_of(t, id);
	flow->dest = resolve_dest(t, flow);
	if (!flow->actor || !flow->dest)
		return -ENOMEM;
	r->series = NULL;
	if (flow_is_egress(flow)) {
		r->series = series_get(t, flow, id->tgid == 0 && !id->is_kernel);
		if (r->series)
			r->series->flows++;
	}
	flow_series_put(t, old);
	return flow_is_egress(flow) && !r->series ? -ENOMEM : 0;
}

void flow_unresolve(struct flowtab *t, struct flow_row *r)
{
	flow_series_put(t, r->series);
	r->series = NULL;
	if (r->flow.ident)
		enrich_unhold(t->enrich, r->flow.ident);
	r->flow.ident = NULL;
	free((void *)(uintptr_t)r->flow.session);
	r->flow.session = NULL;
}

/* In a tick, to one address with several sessions: then it is worth knowing which. */
static const uint64_t watch_bytes = 64u << 10;

void flow_find_session(struct flowtab *t, struct flow_row *r)
{
	struct db_names names;
	struct db_names *copy;

	if (!r->flow.ident->is_database ||
	    !enrich_session(t->enrich, &r->flow.key, r->flow.ident, r->flow.dst, &names))
		return;
	copy = r->flow.session ? (struct db_names *)(uintptr_t)r->flow.session
			       : malloc(sizeof(*copy));
	if (copy)
		*copy = names;
	r->flow.session = copy;
	if (names.by == DB_BY_BUSIEST && r->flow.delta.payload_bytes >= watch_bytes)
		enrich_session_watch(t->enrich, r->flow.ident);
}

void flowtab_prove_session(struct flowtab *t, const struct flow *flow)
{
	const struct db_names *known = flow->session;
	struct db_names names;

	if (!known || known->by != DB_BY_BUSIEST ||
	    !enrich_session_sent(t->enrich, &flow->key, flow->ident, flow->dst,
				 flow->delta.payload_bytes, &names))
		return;
	*(struct db_names *)(uintptr_t)known = names;
}

static struct tick_row *tick_room(struct flowtab *t)
{
	if (t->tick_count == t->tick_max) {
		size_t max = t->tick_max ? t->tick_max * 2 : 64;
		struct tick_row *rows = reallocarray(t->tick_rows, max, sizeof(*rows));

		if (!rows)
			return NULL;
		t->tick_rows = rows;
		t->tick_max = max;
	}
	return &t->tick_rows[t->tick_count++];
}

int tick_add(struct flowtab *t, const struct flow_row *from, enum eg_scope scope, uint64_t bytes)
{
	struct series *series = from ? from->series : NULL;
	struct tick_row *row;

	if (series && series->tick == t->totals.ticks) {
		row = &t->tick_rows[series->row];
		row->tx_bytes += bytes;
		if (from->flow.delta.payload_bytes > row->largest->delta.payload_bytes)
			row->largest = &from->flow;
		return 0;
	}
	row = tick_room(t);
	if (!row)
		return -ENOMEM;
	*row = (struct tick_row){ .tx_bytes = bytes, .scope = (uint8_t)scope };
	if (!series)
		return 0;
	series->tick = t->totals.ticks;
	series->row = (uint32_t)(row - t->tick_rows);
	row->largest = &from->flow;
	row->actor = series->actor;
	row->dest = series->dest;
	row->port = series->key.port;
	row->proto = series->key.proto;
	row->init = series->key.init;
	return 0;
}

int tick_add_read(struct flowtab *t, struct series *series, uint64_t bytes)
{
	struct tick_row *row;

	if (series->tick == t->totals.ticks) {
		t->tick_rows[series->row].rd_bytes += bytes;
		return 0;
	}
	row = tick_room(t);
	if (!row)
		return -ENOMEM;
	*row = (struct tick_row){ .actor = series->actor, .rd_bytes = bytes };
	series->tick = t->totals.ticks;
	series->row = (uint32_t)(row - t->tick_rows);
	return 0;
}
