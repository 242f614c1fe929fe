/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of `flows`; see flow_line.h. Keys are flat and dotted, named after ECS
 * where that fits; `destination.ip` is always the peer.
 */
#include "model/flow_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "enrich/enrich.h"
#include "model/flow_internal.h"

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_process(const struct flow *a, const struct flow *b)
{
	int r = compare_u64(a->key.tgid, b->key.tgid);

	return r ? r : compare_u64(a->key.start_ns, b->key.start_ns);
}

/* Order in which members of one group stand side by side. */
static int compare_group(const struct flow *a, const struct flow *b, enum flow_by by)
{
	int r = (int)a->key.column - (int)b->key.column;

	if (r)
		return r;
	switch (by) {
	case FLOW_BY_PROCESS: return compare_process(a, b);
	case FLOW_BY_CONTAINER:
		r = compare_text(a->ident->container_id, b->ident->container_id);
		return r ? r : compare_text(a->ident->container_owner, b->ident->container_owner);
	case FLOW_BY_USER: return compare_text(a->ident->user, b->ident->user);
	case FLOW_BY_DESTINATION:
		return compare_u64(a->dest ? a->dest->id : 0, b->dest ? b->dest->id : 0);
	case FLOW_BY_WORKLOAD:
		return compare_u64(a->actor ? a->actor->id : 0, b->actor ? b->actor->id : 0);
	case FLOW_BY_REST:
		r = compare_u64(a->actor ? a->actor->id : 0, b->actor ? b->actor->id : 0);
		return r ? r : (int)a->scope - (int)b->scope;
	default: return memcmp(&a->key, &b->key, sizeof(a->key));
	}
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct flow *x = ((const struct flow_line *)a)->flow,
			  *y = ((const struct flow_line *)b)->flow;
	int r = compare_group(x, y, *(const enum flow_by *)ctx);

	if (!r)
		r = compare_process(x, y); /* flows of one side by side: it read once */
	return r ? r : memcmp(&x->key, &y->key, sizeof(x->key));
}

size_t flow_lines_group(struct flow_line *rows, size_t count, enum flow_by by)
{
	const struct flow *last = NULL;
	size_t groups = 0;

	if (count)
		qsort_r(rows, count, sizeof(*rows), compare_rows, &by);
	for (size_t i = 0; i < count; i++) {
		struct flow_line *g = groups ? &rows[groups - 1] : NULL;
		const struct flow *flow = rows[i].flow, *before = last;

		last = flow;

		if (!g || compare_group(g->flow, flow, by) != 0) {
			rows[groups++] = rows[i];
			continue;
		}
		val_add(&g->sum, &rows[i].sum);
		for (size_t k = 0; k < ARRAY_SIZE(g->rate_bps); k++)
			g->rate_bps[k] += rows[i].rate_bps[k];
		if (compare_process(before, flow) != 0)
			g->read_bytes += rows[i].read_bytes;
		g->flows++;
		g->ended &= rows[i].ended;
	}
	return groups;
}

/* NULL instead of an empty string: unknown is not "". */
static void add_text(struct buf *b, const char *key, const char *value)
{
	if (value && value[0])
		jsonw_str(b, key, value);
	else
		jsonw_null(b, key);
}

static void add_session(const struct flow *f, struct buf *b)
{
	const struct ident *i = f->ident;
	const struct db_names own = { .system = i->db_system };
	const struct db_names *s = f->session ? f->session : &own;
	const char *application = f->session ? s->application : i->db_application;
	const char *query = f->session ? s->query : i->db_query;
	const char *by = db_by_name(f->session ? s->by : ident_session_by(i));

	add_text(b, "database.session", f->session ? s->session : i->db_session);
	add_text(b, "database.client", f->session ? s->client : i->db_client);
	add_text(b, "database.command", f->session ? s->command : i->db_command);
	if (by[0])
		jsonw_str(b, "database.session_by", by);
	if (s->system && s->system[0])
		jsonw_str(b, "db.system.name", s->system);
	if (application[0])
		jsonw_str(b, "database.application", application);
	if (query[0])
		jsonw_str(b, "db.query.text", query);
	if (i->feeder_pid) {
		jsonw_u64(b, "database.process.pid", i->feeder_pid);
		jsonw_str(b, "database.process.name", i->feeder);
	}
}

static void add_entity(const char *key, uint64_t entity, struct buf *b)
{
	char text[17];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)entity);
	jsonw_str(b, key, text);
}

/* Its place in the tree of processes; absent where unknown. */
static void add_lineage(uint64_t entity, const struct ancestor *parent, struct buf *b)
{
	if (entity)
		add_entity("process.entity_id", entity, b);
	if (!parent)
		return;
	jsonw_u64(b, "process.parent.pid", parent->pid);
	add_entity("process.parent.entity_id", parent->entity, b);
}

static void add_process(const struct flow *f, struct buf *b)
{
	const struct ident *i = f->ident;

	if (f->key.tgid)
		jsonw_u64(b, "process.pid", f->key.tgid);
	else
		jsonw_null(b, "process.pid");
	if (f->start_wall_ns)
		jsonw_time_ns(b, "process.start", f->start_wall_ns);
	else
		jsonw_null(b, "process.start");
	jsonw_bool(b, "process.exited", i->exited);
	add_text(b, "process.command_line", i->cmdline);
	add_lineage(i->entity, i->parent, b);
	add_text(b, "process.parent.name", i->parent_comm);
	add_text(b, "process.real_user.name", i->real_user);
	add_text(b, "user.audit.name", i->login_user);
	add_session(f, b);
}

static void add_workload(const struct flow *f, struct buf *b)
{
	add_text(b, "process.name", f->ident->comm);
	add_text(b, "process.executable", f->ident->exe);
	add_text(b, "service.name", f->ident->unit);
}

static void add_container(const struct flow *f, struct buf *b)
{
	add_text(b, "container.id", f->ident->container_id);
	add_text(b, "container.name", f->ident->container_name);
	add_text(b, "container.image.name", f->ident->container_image);
	if (f->ident->container_owner[0])
		jsonw_str(b, "container.owner", f->ident->container_owner);
	if (f->ident->pod[0])
		jsonw_str(b, "orchestrator.resource.name", f->ident->pod);
	if (f->ident->pod_namespace[0])
		jsonw_str(b, "orchestrator.namespace", f->ident->pod_namespace);
	if (f->ident->container_labels[0]) {
		buf_add_char(b, ',');
		buf_add_str(b, f->ident->container_labels);
	}
}

static const char *transport_name(const struct eg_flow_key *key)
{
	const char *name = proto_name(key->proto);

	if (name[0])
		return name;
	switch (key->family) {
	case AF_UNIX: return "unix";
	case AF_VSOCK: return "vsock";
	case AF_PACKET: return "packet";
	default: return "";
	}
}

/* A day is all the ledger keeps. */
static void add_first_seen(const struct flow *f, const struct flow_query *query, struct buf *b)
{
	int64_t since = f->dest && query->since ? query->since(query->since_ctx, f->dest) : 0;
	char text[32];

	if (since <= 0)
		return;
	format_time(text, since);
	text[strcspn(text, "T")] = '\0';
	jsonw_str(b, "destination.first_seen", text);
}

static void add_destination(const struct flow *f, const struct flow_query *query, struct buf *b)
{
	jsonw_str(b, "egress.scope", scope_name(f->scope));
	add_text(b, "destination.group", f->dest ? f->dest->group : "");
	add_first_seen(f, query, b);
}

/* Absent where unknown: most hosts have no such database. */
static void add_peer(const struct flow_line *row, struct buf *b)
{
	const struct flow *f = row->flow;
	struct peer_facts peer;

	enrich_peer(row->enrich, &f->key, f->scope, &peer);
	if (peer.domain[0]) {
		jsonw_str(b, "destination.domain", peer.domain);
		jsonw_str(b, "egress.domain_source", peer.domain_source);
		jsonw_u64(b, "egress.domain_others", peer.domain_others);
	}
	if (peer.asn)
		jsonw_u64(b, "destination.as.number", peer.asn);
	if (peer.org[0])
		jsonw_str(b, "destination.as.organization.name", peer.org);
	if (peer.country[0])
		jsonw_str(b, "destination.geo.country_iso_code", peer.country);
}

static void add_endpoint(const struct flow *f, struct buf *b)
{
	add_text(b, "network.transport", transport_name(&f->key));
	jsonw_str(b, "network.direction", "egress");
	jsonw_str(b, "egress.initiation", init_name(f->key.init));
	jsonw_u64(b, "service.port", f->key.port);
	add_text(b, "destination.ip", f->dst);
	jsonw_u64(b, "network.namespace", f->key.netns);
	jsonw_bool(b, "egress.shared", f->key.flags & EG_FLOW_SHARED);
	jsonw_bool(b, "egress.tunnel", f->key.flags & EG_FLOW_TUNNEL);
	jsonw_bool(b, "egress.at_most", f->key.flags & EG_FLOW_AT_MOST);
}

/* A column that no hook feeds is null: hand-off rows have no wire bytes, nor has IP traffic
 * that is counted by its send calls (payload cannot leave without packets). */
static void add_counters(const struct flow_line *row, struct buf *b)
{
	bool egress = row->flow->key.column == EG_COLUMN_EGRESS;
	bool wire = egress && (row->sum.wire_bytes || !row->sum.payload_bytes);

	jsonw_u64(b, "egress.payload_bytes", row->sum.payload_bytes);
	if (wire) {
		jsonw_u64(b, "egress.wire_bytes", row->sum.wire_bytes);
		jsonw_u64(b, "egress.retransmit_bytes", row->sum.retrans_bytes);
		jsonw_u64(b, "egress.packets", row->sum.packets);
		jsonw_null(b, "egress.calls");
	} else {
		jsonw_null(b, "egress.wire_bytes");
		if (egress)
			jsonw_u64(b, "egress.retransmit_bytes", row->sum.retrans_bytes);
		else
			jsonw_null(b, "egress.retransmit_bytes");
		jsonw_null(b, "egress.packets");
		jsonw_u64(b, "egress.calls", row->sum.calls);
	}
	if (row->reads_known)
		jsonw_u64(b, "file.read_bytes", row->read_bytes);
	else
		jsonw_null(b, "file.read_bytes");
	jsonw_u64(b, "egress.rate_1s", row->rate_bps[0]);
	jsonw_u64(b, "egress.rate_10s", row->rate_bps[1]);
	jsonw_u64(b, "egress.rate_60s", row->rate_bps[2]);
	jsonw_u64(b, "egress.flows", row->flows);
	jsonw_bool(b, "egress.ended", row->ended);
}

/* The same of every row of a workload: it is judged as a whole. */
static void add_normal(const struct flow *f, const struct flow_query *query, struct buf *b)
{
	struct flow_normal normal = { 0 };
	char id[17];

	if (f->actor) {
		snprintf(id, sizeof(id), "%016llx", (unsigned long long)f->actor->id);
		jsonw_str(b, "egress.workload", id);
		add_text(b, "egress.workload_name",
			 f->actor->exe[0] ? f->actor->exe : f->actor->comm);
	}
	if (f->actor && query->normal)
		query->normal(query->normal_ctx, f->actor, &normal);
	if (normal.rate_known)
		jsonw_u64(b, "egress.baseline_rate", normal.rate_bps);
	else
		jsonw_null(b, "egress.baseline_rate");
	if (normal.ratio_known)
		jsonw_milli(b, "egress.ratio", (int64_t)normal.ratio_milli);
	else
		jsonw_null(b, "egress.ratio");
}

void flow_line_process(const struct flow *f, struct buf *out)
{
	add_process(f, out);
	add_workload(f, out);
	add_text(out, "user.name", f->ident->user);
	add_container(f, out);
}

void flow_line_members(const struct flow_line *row, const struct flow_query *query, struct buf *out)
{
	const struct flow *f = row->flow;
	enum flow_by by = query->by;

	jsonw_str(out, "egress.column", f->key.column == EG_COLUMN_EGRESS ? "egress" : "handoff");
	if (by == FLOW_BY_FLOW || by == FLOW_BY_PROCESS)
		add_process(f, out);
	if (by == FLOW_BY_FLOW || by == FLOW_BY_PROCESS || by == FLOW_BY_WORKLOAD ||
	    by == FLOW_BY_REST) {
		add_workload(f, out);
		add_normal(f, query, out);
	}
	if (by != FLOW_BY_CONTAINER && by != FLOW_BY_DESTINATION)
		add_text(out, "user.name", f->ident->user);
	if (by != FLOW_BY_USER && by != FLOW_BY_DESTINATION)
		add_container(f, out);
	if (by == FLOW_BY_FLOW) {
		add_endpoint(f, out);
		add_peer(row, out);
	}
	if (by == FLOW_BY_FLOW || by == FLOW_BY_DESTINATION)
		add_destination(f, query, out);
	if (by == FLOW_BY_REST) {
		jsonw_bool(out, "egress.folded", true);
		jsonw_str(out, "egress.scope", scope_name(f->scope));
	}
	add_counters(row, out);
}

void flow_line_json(const struct flow_line *row, const struct flow_query *query, struct buf *out)
{
	jsonw_open(out, '{');
	jsonw_time_ns(out, "@timestamp", row->flow->last_wall_ns);
	flow_line_members(row, query, out);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

void flow_line_ancestor(const struct ancestor *a, struct buf *out)
{
	jsonw_open(out, '{');
	jsonw_bool(out, "ancestor", true);
	jsonw_u64(out, "process.pid", a->pid);
	add_text(out, "process.name", a->comm);
	jsonw_bool(out, "process.exited", a->exited);
	add_lineage(a->entity, a->parent, out);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

void flow_line_other(const struct eg_flow_val *sum, const char *column, struct buf *out)
{
	jsonw_open(out, '{');
	jsonw_bool(out, "other", true);
	jsonw_str(out, "egress.column", column);
	jsonw_str(out, "process.name", "other");
	jsonw_u64(out, "egress.payload_bytes", sum->payload_bytes);
	jsonw_u64(out, "egress.wire_bytes", sum->wire_bytes);
	jsonw_u64(out, "egress.retransmit_bytes", sum->retrans_bytes);
	jsonw_u64(out, "egress.packets", sum->packets);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}
