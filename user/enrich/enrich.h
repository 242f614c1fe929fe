/* SPDX-License-Identifier: Apache-2.0
 *
 * enrich/ gives names to numbers: process, user, container, service, database
 * session, destination scope. Every lookup is bounded and cached; a failed one
 * leaves the field "" and never fails the tick. /proc and friends are read below
 * a root that is a parameter, so that tests can bring their own.
 */
#ifndef ENRICH_ENRICH_H
#define ENRICH_ENRICH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/abi.h"
#include "egress/types.h"

struct collect_life;
struct dnstap_answer;
struct enrich;

struct enrich_options {
	const char *proc_root;        /* NULL = "/proc" */
	const char *cgroup_root;      /* cgroup v2 mount; NULL = find it */
	const char *passwd_path;      /* NULL = /etc/passwd; NSS is never asked, it may block */
	const char *fs_root;          /* where container state files lie; NULL = "" (the host's) */
	const char *runtime_sockets;  /* config/runtimes.h; NULL = no runtime is asked */
	const char *container_labels; /* prefixes of labels to keep; NULL = none */
	const char *geo_paths;        /* databases, with : between (enrich/geo.h); NULL = none */
	bool reverse_names;           /* collect addresses for enrich_next_reverse() */
	size_t max_processes;         /* cache bound; 0 = default (32768) */
};

/* How a database session is known. */
enum db_by {
	DB_BY_NONE = 0,
	DB_BY_PROCESS, /* the process serves this session alone (PostgreSQL) */
	DB_BY_SOCKET,  /* its connection, or the one sent most by the kernel's counters */
	DB_BY_ADDRESS, /* the only one the server knows of that client address */
	DB_BY_BUSIEST, /* of several of that address the one that worked most: a guess */
};
const char *db_by_name(enum db_by by); /* "process", ...; "" = none */

/* Who started a process: one step of the way up (enrich/lineage.h). */
struct ancestor {
	uint64_t entity; /* as in struct ident */
	uint32_t pid;
	bool exited;
	char comm[16 * 3 + 1];
	const struct ancestor *parent; /* NULL: it has none, or it is not known */
};

/* A process as an investigator names it. Strings are never NULL, valid UTF-8,
 * "" = unknown. Owned by enrich, valid until enrich_sweep() drops it. */
struct ident {
	uint32_t generation; /* rises when a name changes (exec, new container) */
	uint32_t tgid, uid, ppid, loginuid;
	uint64_t start_ns;
	uint64_t entity; /* this process and no other, of this boot or another; 0 = no process */
	const struct ancestor *parent; /* when it was first seen; NULL = not known */
	uint64_t cgroup_id;
	char comm[16 * 3 + 1];
	const char *exe;        /* absolute path, without " (deleted)" */
	const char *cmdline;    /* secrets masked, cut at 4096 bytes */
	const char *script;     /* script of an interpreter, main class or jar of a JVM; else "" */
	const char *user;       /* name, or the decimal uid */
	const char *real_user;  /* of the real uid; "" = unknown */
	const char *login_user; /* of the login uid: who logged in, whatever su came after */
	const char *unit;       /* systemd unit from the cgroup path */
	const char *container_id;
	const char *container_name;
	const char *container_image;
	const char *container_owner;  /* whose it is, where a user made its cgroup; "" = root's */
	const char *container_labels; /* JSON members, see runtime_facts.h */
	const char *pod;              /* Kubernetes pod and its namespace */
	const char *pod_namespace;
	const char *cgroup_path;
	const char *parent_comm;
	const char *db_session; /* "user@database" of a PostgreSQL backend that may be believed */
	const char *db_client;  /* client address of that session */
	const char *db_command; /* "COPY", "SELECT", "idle", "walsender", ... */
	const char *db_system;  /* "postgresql", "mariadb", ... of that session; never owned */
	const char *db_application; /* this and the next: where the server may be asked */
	const char *db_query;       /* literals stripped */
	const char *exe_sha256;     /* this and the next two: of suspects, see enrich_suspect() */
	const char *cwd;
	const char *ancestors; /* "bash < sshd < systemd" */
	enum db_by db_by;      /* how db_session is known */
	const char *feeder;  /* comm of the database process a relay passes on; then db_* are its */
	uint32_t feeder_pid; /* 0 = none known */
	bool exited;
	bool is_kernel;
	bool is_database; /* a database server process found by itself */
};

/* How the process's own session, or that of its feeder, is known. */
enum db_by ident_session_by(const struct ident *id);

/* -EINVAL: runtime_sockets are not as config/runtimes.h has them. */
int enrich_new(const struct enrich_options *options, struct enrich **ret);
void enrich_free(struct enrich *e);

/* The process that owned a flow. Never NULL: an unknown owner gets the shared
 * "unattributed" identity, a kernel owner the "kernel" one. */
const struct ident *enrich_process(struct enrich *e, const struct eg_flow_key *key);

/* Remembers exec and exit, so that processes that lived 5 ms still have a name. */
void enrich_life(struct enrich *e, const struct collect_life *event);

/* Destination scope of a flow (RFC 1918, 4193, 4291, 6598, ...). Pure. */
enum eg_scope enrich_scope(const struct eg_flow_key *key);

/* What is known of a flow's peer beside its address. Hints for people: anybody may give
 * any name to any address in a zone of their own. */
struct peer_facts {
	const char *domain;         /* "" = unknown; valid until the next call of enrich */
	const char *domain_source;  /* "dns": a socket of the flow's namespace asked for it;
				    * "reverse": the address's own zone */
	unsigned int domain_others; /* other names the address was asked by before */
	uint32_t asn;               /* 0 = unknown, as the next two; public addresses only */
	char org[96], country[3];
};
void enrich_peer(const struct enrich *e, const struct eg_flow_key *key, enum eg_scope scope,
		 struct peer_facts *ret);
/* A DNS answer that a socket received. Believed if the socket is connected to the server,
 * or if a flow of its namespace went there (enrich_dns_server()): anybody can send
 * something that looks like an answer. */
void enrich_dns_answer(struct enrich *e, const struct dnstap_answer *answer);
/* A flow that may be a question: its peer is asked for names. Others are passed over. */
void enrich_dns_server(struct enrich *e, const struct eg_flow_key *key);
/* Reverse names: who asks takes addresses out of a bounded queue and tells what came of
 * it (NULL: nothing). */
void enrich_want_reverse(struct enrich *e, const struct eg_flow_key *key, enum eg_scope scope);
bool enrich_next_reverse(struct enrich *e, uint64_t *ret_netns, uint8_t ret_addr[16]);
void enrich_tell_reverse(struct enrich *e, uint64_t netns, const uint8_t addr[16],
			 const char *name);
/* Opens databases that came or were replaced; once a minute. The i-th in use: path, what
 * it calls itself, the Unix time of its data (0 = not said); false: no more. */
void enrich_refresh_geo(struct enrich *e);
bool enrich_geo_file(const struct enrich *e, size_t i, const char **ret_path, const char **ret_kind,
		     int64_t *ret_built_s);

/* Refreshes what changes while a process lives (title of database backends).
 * Call once a tick with the idents that sent in it. */
void enrich_refresh(struct enrich *e, const struct ident *ident);

/* Takes what answered since the last call (container runtimes). Once a tick. */
void enrich_poll(struct enrich *e);

/* A process that an alert may be about: learns its executable's hash, its working
 * directory and its parents. Call in each tick in which it is loud; the hash may
 * come at a later call. Waits for it once, for at most 20 ms. */
void enrich_suspect(struct enrich *e, const struct ident *ident);

/* Local relays (model/relay.h): is `feeder` joined to `relay` by a local socket, TCP or
 * AF_UNIX? open reads the relay's sockets and its namespace's connections once.
 * -ESRCH: the relay is gone. */
struct feed_ends;
bool enrich_feed_due(struct enrich *e, const struct ident *relay); /* is it time to look? */
int enrich_feed_open(struct enrich *e, const struct ident *relay, struct feed_ends **ret);
void enrich_feed_close(struct feed_ends *ends);
bool enrich_feed_from(struct enrich *e, struct feed_ends *ends, const struct ident *feeder);
/* Names the relay's feeder; NULL: it has none now. A database keeps its own session. `ends`:
 * what enrich_feed_from() found it by, NULL with no feeder. */
void enrich_feed_set(struct enrich *e, const struct ident *relay, const struct ident *feeder,
		     const struct feed_ends *ends);
/* The same, seen while much was handed over: remembered for an hour, because a relay may
 * send later. */
void enrich_feed_keep(struct enrich *e, const struct ident *relay, const struct ident *feeder,
		      const struct feed_ends *ends);
/* Is it time to look who takes what this database process sends locally? */
bool enrich_take_due(struct enrich *e, const struct ident *feeder);

/* Pipes: the processes that write what `relay` reads, stage by stage, nearest first; found
 * among its relatives. Looks into /proc: for a process an alert may be about. */
#define PIPE_SOURCES_MAX 8u
struct pipe_sources {
	uint32_t pids[PIPE_SOURCES_MAX];
	size_t count;
};
void enrich_pipe_sources(const struct enrich *e, const struct ident *relay,
			 struct pipe_sources *ret);
/* Is it one of them, and still the same process? */
bool enrich_is_source(const struct enrich *e, const struct pipe_sources *s,
		      const struct ident *ident);

/* Database servers found by their executable; their data directories from their
 * open files and working directory; sizes measured in the background by
 * enrich_measure_step(), which walks for at most budget_us microseconds. */
void enrich_discover_databases(struct enrich *e);
bool enrich_measure_step(struct enrich *e, unsigned int budget_us); /* true = a walk is complete */
uint64_t enrich_database_bytes(const struct enrich *e);             /* 0 = unknown */
size_t enrich_data_dirs(const struct enrich *e, const char *const **ret);
/* Opens (O_PATH) the i-th of them as its server sees it, in the server's mount namespace;
 * negative errno. The descriptor is the caller's. */
int enrich_open_data_dir(const struct enrich *e, size_t i);

/* What database servers say of their sessions: lines of egressd-sessions (dbsession.h),
 * by server. 1: a list is complete; 2: the server failed, see `reason`; -EBADMSG. */
#define ENRICH_DB_SERVERS 8u
int enrich_db_line(struct enrich *e, unsigned int server, const char *line, size_t len,
		   char reason[256]);
void enrich_db_forget(struct enrich *e, unsigned int server);
size_t enrich_db_sessions(const struct enrich *e, unsigned int server);

/* The session behind a flow of a server whose one process serves all its clients. */
struct db_names {
	const char *system;
	enum db_by by;
	char session[136], client[64], command[64], application[64], query[256];
};
/* peer: destination as text. False: none is known, or it is asked too often. */
bool enrich_session(struct enrich *e, const struct eg_flow_key *key, const struct ident *ident,
		    const char *peer, struct db_names *ret);
/* The one of them that was sent most of the `bytes` of this tick, by its socket. False: not
 * proven. Reads the server's sockets: for a flow an alert may be about. */
bool enrich_session_sent(struct enrich *e, const struct eg_flow_key *key, const struct ident *ident,
			 const char *peer, uint64_t bytes, struct db_names *ret);
/* For a server that sends much to several sessions of one address: lets the call above
 * have something to compare with. Costs something every 10 s. */
void enrich_session_watch(struct enrich *e, const struct ident *ident);

/* A holder of an ident (a flow) keeps it from being dropped. Balanced calls. */
void enrich_hold(struct enrich *e, const struct ident *ident);
void enrich_unhold(struct enrich *e, const struct ident *ident);

/* Drops processes that exited, that nobody holds and nobody used since `before_ns`
 * (CLOCK_BOOTTIME). Live ones that exited unseen are found out, a few a call. */
void enrich_sweep(struct enrich *e, uint64_t before_ns);

struct enrich_stats {
	uint64_t processes, max_processes, evicted, lookups, failures;
	uint64_t containers, max_containers;
	uint64_t runtime_asked, runtime_answered, runtime_failed;
	uint64_t peer_names, max_peer_names, dns_heard, dns_refused, dns_unasked;
	uint64_t reverse_asked, reverse_failed;
};
void enrich_get_stats(const struct enrich *e, struct enrich_stats *ret);

#endif
