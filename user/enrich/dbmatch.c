/* SPDX-License-Identifier: Apache-2.0
 *
 * Which session of a database server a process or a flow works for. A PostgreSQL
 * backend is one session: its process id, age, and what its title says must fit. Other
 * servers serve all clients from one process: the peer's address tells, and among
 * several sessions of one peer the socket that was sent most (dbsocket.h) or, where that
 * is not looked at, the thread that has used the processor since it was looked at last.
 * A list counts only for the server process it is about.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "enrich/dbsession.h"
#include "enrich/internal.h"
#include "enrich/proc.h"

enum {
	AGE_SLACK_S = 3,    /* the clocks of two programs, and a list a second old */
	ASKS_PER_S = 256,   /* flows looked up in the lists, each some 10 us */
	THREADS_PER_S = 64, /* threads whose time is read from /proc */
};

struct dbfeeds {
	struct db_list list[ENRICH_DB_SERVERS];
	uint64_t second; /* to which the budgets belong */
	unsigned int asks, threads;
};

void dbfeeds_free(struct dbfeeds *d)
{
	for (size_t i = 0; d && i < ENRICH_DB_SERVERS; i++)
		db_list_clear(&d->list[i]);
	free(d);
}

int enrich_db_line(struct enrich *e, unsigned int server, const char *line, size_t len,
		   char reason[256])
{
	if (server >= ENRICH_DB_SERVERS)
		return -EINVAL;
	if (!e->dbfeeds)
		e->dbfeeds = calloc(1, sizeof(*e->dbfeeds));
	if (!e->dbfeeds)
		return -ENOMEM;
	return db_list_line(&e->dbfeeds->list[server], line, len, boot_now_ns(), reason);
}

void enrich_db_forget(struct enrich *e, unsigned int server)
{
	if (e->dbfeeds && server < ENRICH_DB_SERVERS)
		db_list_clear(&e->dbfeeds->list[server]);
}

size_t enrich_db_sessions(const struct enrich *e, unsigned int server)
{
	return e->dbfeeds && server < ENRICH_DB_SERVERS ? e->dbfeeds->list[server].count : 0;
}

const char *db_by_name(enum db_by by)
{
	static const char *const names[] = { "", "process", "socket", "address", "busiest" };

	return by < ARRAY_SIZE(names) ? names[by] : "";
}

enum db_by ident_session_by(const struct ident *id)
{
	if (!id->db_session[0])
		return DB_BY_NONE;
	return id->feeder_pid ? id->db_by : DB_BY_PROCESS;
}

static void session_name(const struct db_session *s, enum db_system system, char *out, size_t size)
{
	(void)snprintf(out, size, "%s%s%s", s->user, s->database[0] ? "@" : "", s->database);
	if (system == DB_REDIS && !s->user[0])
		(void)snprintf(out, size, "default@%s", s->database);
}

/* --- PostgreSQL: one process a session --- */

static int by_thread(const void *key, const void *row)
{
	uint32_t thread = *(const uint32_t *)key, other = ((const struct db_session *)row)->thread;

	return thread < other ? -1 : thread > other;
}

static bool is_backend(const struct process *p, const struct db_list *l, const struct db_session *s)
{
	uint64_t age_s = (boot_now_ns() - p->key.start_ns) / 1000000000u;
	char name[sizeof(((struct db_names *)NULL)->session)];

	if (l->server_pid && l->server_pid != p->id.ppid)
		return false;
	if (s->age_s > age_s + AGE_SLACK_S || age_s > s->age_s + AGE_SLACK_S)
		return false;
	session_name(s, l->system, name, sizeof(name));
	/* A title without a session: names with blanks, or a physical walsender. */
	return !p->id.db_session[0] || strcmp(name, p->id.db_session) == 0 || !s->database[0];
}

static void take_backend(struct process *p, const struct db_list *l, const struct db_session *s)
{
	char name[sizeof(((struct db_names *)NULL)->session)];

	session_name(s, l->system, name, sizeof(name));
	if (!p->id.db_session[0])
		(void)set_text(&p->id.db_session, name, strlen(name));
	(void)set_text(&p->id.db_application, s->application, strlen(s->application));
	(void)set_text(&p->id.db_query, s->query, strlen(s->query));
}

void db_match_backend(struct enrich *e, struct process *p)
{
	uint32_t pid = p->ns_pid ? p->ns_pid : p->id.tgid;

	if (!e->dbfeeds || !p->pg_backend || p->id.exited)
		return;
	for (size_t i = 0; i < ENRICH_DB_SERVERS; i++) {
		const struct db_list *l = &e->dbfeeds->list[i];
		const struct db_session *s;

		if (l->system != DB_POSTGRESQL || !l->count)
			continue;
		s = bsearch(&pid, l->rows, l->count, sizeof(*s), by_thread);
		if (s && is_backend(p, l, s)) {
			take_backend(p, l, s);
			return;
		}
	}
}

/* --- others: one process for all --- */

static bool spend(struct dbfeeds *d, unsigned int *left)
{
	uint64_t second = boot_now_ns() / 1000000000u;

	if (d->second != second) {
		d->second = second;
		d->asks = ASKS_PER_S;
		d->threads = THREADS_PER_S;
	}
	if (*left == 0)
		return false;
	(*left)--;
	return true;
}

/* Processor time of a thread, ns; 0: there is no such thread in that process. */
static uint64_t thread_cpu_ns(const struct enrich *e, uint32_t tgid, uint32_t thread)
{
	char name[64], text[128];
	int fd _cleanup_close_ = proc_open(e->proc_root, tgid);
	int n;

	(void)snprintf(name, sizeof(name), "task/%" PRIu32 "/schedstat", thread);
	n = fd < 0 ? fd : proc_read(fd, name, text, sizeof(text));
	return n > 0 ? strtoull(text, NULL, 10) : 0;
}

static bool is_about(const struct enrich *e, const struct db_list *l, const struct ident *server)
{
	const char *base = strrchr(server->exe, '/');

	base = base ? base + 1 : server->exe;
	if (!l->count || !server->is_database || l->system == DB_POSTGRESQL)
		return false;
	if ((l->system == DB_REDIS) !=
	    (strncmp(base, "redis", 5) == 0 || strncmp(base, "valkey", 6) == 0 ||
	     strncmp(base, "keydb", 5) == 0 || strncmp(base, "dragonfly", 9) == 0))
		return false;
	if (l->server_pid)
		return l->server_pid == server->tgid;
	/* Nobody said who listens: its threads do. */
	return l->rows[l->count - 1].thread &&
	       thread_cpu_ns(e, server->tgid, l->rows[l->count - 1].thread) > 0;
}

/* A name instead of an address: the server resolves them, and it may be any. */
static bool is_from(const struct db_session *s, const char *peer)
{
	uint8_t address[16];

	if (strcmp(s->client, peer) == 0)
		return true;
	return strcmp(peer, "local") != 0 && strcmp(s->client, "local") != 0 &&
	       parse_addr(s->client, address) < 0;
}

/* How much speaks for a session: what its thread has worked, else that it is busy. */
static uint64_t weight(struct enrich *e, const struct ident *server, struct db_session *s)
{
	uint64_t cpu, worked;

	if (!s->thread || !spend(e->dbfeeds, &e->dbfeeds->threads))
		return s->busy ? 2 : 1;
	cpu = thread_cpu_ns(e, server->tgid, s->thread);
	worked = s->cpu_ns && cpu > s->cpu_ns ? cpu - s->cpu_ns : 0;
	s->cpu_ns = cpu;
	return worked + (s->busy ? 2 : 1);
}

static struct db_session *find(struct enrich *e, struct db_list *l, const struct ident *server,
			       const char *peer, enum db_by *ret_by)
{
	struct db_session *best = NULL;
	uint64_t most = 0;

	*ret_by = DB_BY_NONE;

	for (size_t i = 0; i < l->count; i++) {
		uint64_t w;

		if (!is_from(&l->rows[i], peer))
			continue;
		*ret_by = *ret_by ? DB_BY_BUSIEST : DB_BY_ADDRESS;
		w = weight(e, server, &l->rows[i]);
		if (w > most) {
			most = w;
			best = &l->rows[i];
		}
	}
	return best;
}

/* The list was asked for when the one before had come: a socket that was there then is the
 * one it means. */
static const struct db_session *find_fd(const struct db_list *l, const struct feed_local *feed)
{
	if (!feed->fd || l->before_ns < feed->fd_since_ns)
		return NULL;
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].fd == feed->fd && strcmp(l->rows[i].client, "local") == 0)
			return &l->rows[i];
	return NULL;
}

static const struct db_session *find_port(const struct db_list *l, const char *peer, uint16_t port)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].port == port && is_from(&l->rows[i], peer))
			return &l->rows[i];
	return NULL;
}

/* What tells among the sessions of a peer: the client's port, or what joins a relay; 0 and
 * NULL: nothing does. */
struct proof {
	uint16_t port;
	const struct feed_local *feed;
};

static bool match(struct enrich *e, const struct ident *server, const char *peer,
		  struct proof proof, struct db_names *ret)
{
	struct dbfeeds *d = e->dbfeeds;

	if (!d || !server->is_database || server->exited)
		return false;
	for (size_t i = 0; i < ENRICH_DB_SERVERS; i++) {
		struct db_list *l = &d->list[i];
		const struct db_session *s;

		if (!l->count || !spend(d, &d->asks) || !is_about(e, l, server))
			continue;
		ret->by = DB_BY_SOCKET;
		if (proof.feed)
			s = find_fd(l, proof.feed);
		else if (proof.port)
			s = find_port(l, peer, proof.port);
		else
			s = find(e, l, server, peer, &ret->by);
		if (!s)
			continue;
		ret->system = db_system_name(l->system);
		session_name(s, l->system, ret->session, sizeof(ret->session));
		memcpy(ret->client, s->client, sizeof(ret->client));
		memcpy(ret->command, s->command, sizeof(ret->command));
		memcpy(ret->application, s->application, sizeof(ret->application));
		memcpy(ret->query, s->query, sizeof(ret->query));
		return true;
	}
	return false;
}

bool enrich_session(struct enrich *e, const struct eg_flow_key *key, const struct ident *ident,
		    const char *peer, struct db_names *ret)
{
	/* What a server sends on a connection of its own (replication) is no client's. */
	if (key->init == EG_INIT_CONNECTED)
		return false;
	return match(e, ident, peer, (struct proof){ 0, NULL }, ret);
}

bool enrich_session_sent(struct enrich *e, const struct eg_flow_key *key, const struct ident *ident,
			 const char *peer, uint64_t bytes, struct db_names *ret)
{
	struct process *p = process_of(e, ident);
	struct db_end end;
	uint8_t addr[16];

	if (!p || key->init == EG_INIT_CONNECTED || parse_addr(peer, addr) < 0)
		return false;
	return db_sockets_look(e, p) && db_socket_of(p, addr, bytes, &end) &&
	       match(e, ident, peer, (struct proof){ end.port, NULL }, ret);
}

void enrich_session_watch(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_of(e, ident);

	if (p)
		db_sockets_keep_fresh(e, p);
}

static bool match_end(struct enrich *e, const struct ident *server, const struct db_end *ends,
		      size_t count, struct db_names *ret)
{
	struct process *p = process_of(e, server);
	char peer[64];
	struct db_end end;

	if (!p || !count)
		return false;
	if (count > 1)
		(void)db_sockets_look(e, p);
	if (!db_socket_among(p, ends, count, &end))
		return false;
	format_addr(peer, sizeof(peer), end.addr);
	return match(e, server, peer, (struct proof){ end.port, NULL }, ret);
}

bool db_match_local(struct enrich *e, const struct ident *server, const struct feed_local *feed,
		    struct db_names *ret)
{
	static const char *const local[] = { "local", "127.0.0.1", "::1" };

	if (match_end(e, server, feed->ends, feed->count, ret) ||
	    (feed->fd && match(e, server, "local", (struct proof){ 0, feed }, ret)))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		if (match(e, server, local[i], (struct proof){ 0, NULL }, ret))
			return true;
	return false;
}
