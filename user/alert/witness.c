/* SPDX-License-Identifier: Apache-2.0
 *
 * From a finding to the flow behind it, and what is kept of that flow; see
 * witness.h.
 */
#include "alert/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "base/units.h"
#include "base/vocab.h"
#include "model/flowtab.h"

/* Of a saved state: more is none of ours. */
enum { WITNESS_TEXTS_MAX = 64, NUMBER_TEXT = 16 };

/* What a flow knows as numbers. */
struct numbers {
	char feeder_pid[NUMBER_TEXT], port[NUMBER_TEXT];
};

struct witness *witness_hold(struct witness *w)
{
	if (w)
		w->refs++;
	return w;
}

void witness_release(struct witness *w)
{
	if (w && --w->refs == 0)
		free(w);
}

const char *witness_address(const struct witness *w)
{
	return w && w->text[WITNESS_ADDRESS][0] ? w->text[WITNESS_ADDRESS] : NULL;
}

uint16_t witness_port(const struct witness *w)
{
	uint64_t port = 0;

	if (!w || parse_u64(w->text[WITNESS_PORT], &port) < 0 || port > UINT16_MAX)
		return 0;
	return (uint16_t)port;
}

/* Whether a row's bytes are among those the finding measured. */
static bool is_part(const struct tick_row *row, const struct finding *f)
{
	const struct flow *flow = row->largest;

	if (!flow || (f->kind == SERIES_READ ? !row->rd_bytes : !row->tx_bytes))
		return false;
	if (f->actor && (!row->actor || row->actor->id != f->actor->id))
		return false;
	if (f->dest && (!row->dest || row->dest->id != f->dest->id))
		return false;
	if (f->cls == CLASS_PUBLIC && flow->scope != EG_SCOPE_PUBLIC)
		return false;
	if (f->cls == CLASS_INTERNAL && flow->scope == EG_SCOPE_PUBLIC)
		return false;
	if (f->kind != SERIES_PAIR && f->kind != SERIES_NOVEL)
		return true;
	return row->init == f->init && (f->kind != SERIES_PAIR || row->port == f->port);
}

const struct flow *witness_flow(const struct tick *tick, const struct finding *f)
{
	const struct flow *best = NULL;

	for (size_t i = 0; i < tick->row_count; i++) {
		const struct flow *flow = tick->rows[i].largest;

		if (is_part(&tick->rows[i], f) &&
		    (!best || flow->delta.payload_bytes > best->delta.payload_bytes))
			best = flow;
	}
	return best;
}

/* One allocation: the struct, then its texts. */
static struct witness *make(const struct witness *facts)
{
	size_t len[WITNESS_TEXTS], size = sizeof(struct witness);
	struct witness *w;
	char *at;

	for (size_t i = 0; i < WITNESS_TEXTS; i++) {
		len[i] = strlen(facts->text[i]) + 1;
		size += len[i];
	}
	w = malloc(size);
	if (!w)
		return NULL;
	*w = *facts;
	w->refs = 1;
	at = (char *)(w + 1);
	for (size_t i = 0; i < WITNESS_TEXTS; i++) {
		memcpy(at, facts->text[i], len[i]);
		w->text[i] = at;
		at += len[i];
	}
	return w;
}

/* Borrows the flow's texts. */
static struct witness facts_of(const struct flow *flow, struct numbers *numbers)
{
	const struct ident *id = flow->ident;
	static const struct flow_peer nothing = { .domain = "" };
	const struct flow_peer *peer = flow->peer ? flow->peer : &nothing;
	const struct db_names *db = flow->session;

	*numbers = (struct numbers){ "", "" };
	if (id->feeder_pid)
		snprintf(numbers->feeder_pid, NUMBER_TEXT, "%u", id->feeder_pid);
	if (flow->key.port)
		snprintf(numbers->port, NUMBER_TEXT, "%u", flow->key.port);
	return (struct witness){
		.pid = flow->key.tgid,
		.parent_pid = id->ppid,
		.start_ns = flow->key.start_ns,
		.start_wall_ns = flow->start_wall_ns,
		.dest_id = flow->dest ? flow->dest->id : 0,
		.text = {
			[WITNESS_ADDRESS] = flow->dst,
			[WITNESS_NAME] = id->comm,
			[WITNESS_EXECUTABLE] = id->exe,
			[WITNESS_COMMAND_LINE] = id->cmdline,
			[WITNESS_PARENT] = id->parent_comm,
			[WITNESS_USER] = id->user,
			[WITNESS_UNIT] = id->unit,
			[WITNESS_CONTAINER_ID] = id->container_id,
			[WITNESS_CONTAINER_NAME] = id->container_name,
			[WITNESS_CONTAINER_IMAGE] = id->container_image,
			[WITNESS_SESSION] = db ? db->session : id->db_session,
			[WITNESS_CLIENT] = db ? db->client : id->db_client,
			[WITNESS_DB_COMMAND] = db ? db->command : id->db_command,
			[WITNESS_REAL_USER] = id->real_user,
			[WITNESS_LOGIN_USER] = id->login_user,
			[WITNESS_SHA256] = id->exe_sha256,
			[WITNESS_DIRECTORY] = id->cwd,
			[WITNESS_ANCESTORS] = id->ancestors,
			[WITNESS_FEEDER] = id->feeder,
			[WITNESS_FEEDER_PID] = numbers->feeder_pid,
			[WITNESS_POD] = id->pod,
			[WITNESS_POD_NAMESPACE] = id->pod_namespace,
			[WITNESS_DB_SYSTEM] = db ? db->system : id->db_system,
			[WITNESS_DB_APPLICATION] = db ? db->application : id->db_application,
			[WITNESS_DB_QUERY] = db ? db->query : id->db_query,
			[WITNESS_DOMAIN] = peer->domain,
			[WITNESS_DOMAIN_SOURCE] = peer->domain_source,
			[WITNESS_AS] = peer->asn,
			[WITNESS_AS_NAME] = peer->org,
			[WITNESS_COUNTRY] = peer->country,
			[WITNESS_PORT] = numbers->port,
			[WITNESS_TRANSPORT] = proto_name(flow->key.proto),
			[WITNESS_CONTAINER_OWNER] = id->container_owner,
			[WITNESS_SESSION_BY] = db_by_name(db ? db->by : ident_session_by(id)),
		},
	};
}

static bool same_flow(const struct witness *a, const struct witness *b)
{
	return a->pid == b->pid && a->start_ns == b->start_ns && a->dest_id == b->dest_id &&
	       strcmp(a->text[WITNESS_ADDRESS], b->text[WITNESS_ADDRESS]) == 0;
}

/* Names come late (a session logs in) or change (exec). A backend that has become idle
 * or has gone tells nothing of what it sent. */
static bool knows_better(const struct witness *now, const struct witness *before)
{
	if (strncmp(now->text[WITNESS_DB_COMMAND], "idle", 4) == 0 &&
	    before->text[WITNESS_DB_COMMAND][0])
		return false;
	if (!now->text[WITNESS_SESSION][0] && before->text[WITNESS_SESSION][0])
		return false;
	if (strcmp(now->text[WITNESS_SESSION_BY], "busiest") == 0 &&
	    strcmp(before->text[WITNESS_SESSION_BY], "socket") == 0)
		return false; /* a guess after a proof */
	for (size_t i = 0; i < WITNESS_TEXTS; i++)
		if (strcmp(now->text[i], before->text[i]) != 0)
			return true;
	return false;
}

static void lead(struct witness_vote *v, const struct witness *facts)
{
	struct witness *w = make(facts);

	if (!w)
		return;
	witness_release(v->leader);
	v->leader = w;
}

void witness_vote(struct witness_vote *v, const struct tick *tick, const struct finding *f)
{
	const struct flow *flow = witness_flow(tick, f);
	uint64_t bytes = flow ? flow->delta.payload_bytes : 0;
	struct numbers numbers;
	struct witness facts;

	if (v->leader && f->dest && v->leader->dest_id != f->dest->id)
		witness_vote_clear(v);
	if (!flow || !flow->ident)
		return;
	facts = facts_of(flow, &numbers);
	if (v->leader && same_flow(v->leader, &facts)) {
		v->lead_bytes += bytes;
		if (knows_better(&facts, v->leader))
			lead(v, &facts);
	} else if (v->leader && v->lead_bytes >= bytes) {
		v->lead_bytes -= bytes;
	} else {
		v->lead_bytes = bytes - v->lead_bytes;
		lead(v, &facts);
	}
}

void witness_vote_clear(struct witness_vote *v)
{
	witness_release(v->leader);
	*v = (struct witness_vote){ NULL, 0 };
}

void witness_put(struct buf *out, const struct witness *w)
{
	pack_u8(out, w ? WITNESS_TEXTS : 0);
	if (!w)
		return;
	pack_u32(out, w->pid);
	pack_u32(out, w->parent_pid);
	pack_u64(out, w->start_ns);
	pack_u64(out, w->start_wall_ns);
	pack_u64(out, w->dest_id);
	for (size_t i = 0; i < WITNESS_TEXTS; i++)
		pack_str(out, w->text[i]);
}

struct witness *witness_get(struct unpack *in)
{
	struct witness facts = { .text = { NULL } };
	size_t count = unpack_u8(in);
	struct witness *w;

	if (!count)
		return NULL;
	in->bad = in->bad || count > WITNESS_TEXTS_MAX;
	facts.pid = unpack_u32(in);
	facts.parent_pid = unpack_u32(in);
	facts.start_ns = unpack_u64(in);
	facts.start_wall_ns = unpack_u64(in);
	facts.dest_id = unpack_u64(in);
	for (size_t i = 0; i < WITNESS_TEXTS; i++)
		facts.text[i] = i < count ? unpack_str(in) : "";
	for (size_t i = WITNESS_TEXTS; i < count && !in->bad; i++)
		(void)unpack_str(in); /* of a newer version */
	w = in->bad ? NULL : make(&facts);
	in->bad = in->bad || !w;
	return w;
}

void witness_vote_put(struct buf *out, const struct witness_vote *v)
{
	witness_put(out, v->leader);
	pack_u64(out, v->lead_bytes);
}

void witness_vote_get(struct unpack *in, struct witness_vote *ret)
{
	ret->leader = witness_get(in);
	ret->lead_bytes = unpack_u64(in);
}
