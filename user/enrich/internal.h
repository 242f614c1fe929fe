/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of enrich/ only: the owner struct and one cached process.
 */
#ifndef ENRICH_INTERNAL_H
#define ENRICH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "enrich/dbsocket.h"
#include "enrich/enrich.h"
#include "enrich/exehash.h"

#define ENRICH_CMDLINE_MAX 4096 /* bytes of a masked command line */

struct cgroup_ids;
struct db_look;
struct containers;
struct databases;
struct dbfeeds;
struct geo;
struct lineage;
struct peers;
struct users;

struct proc_key {
	uint64_t start_ns;
	uint64_t tgid;
};

/* Strings of `id` are "" or owned; set_text() alone changes them. */
struct process {
	struct ident id;
	struct proc_key key;
	uint64_t parent_start_ns; /* 0 = not told */
	uint64_t used_ns;         /* CLOCK_BOOTTIME of the last use */
	uint64_t refreshed_ns;
	uint32_t holds, cgroup_moves;
	struct exehash_key hash_key;
	char hash[EXEHASH_HEX];
	bool looked_at, hash_asked; /* by enrich_suspect() */
	uint64_t feed_ns;           /* when its feeder was last looked for */
	uint32_t feed_tries;
	uint64_t feed_inode; /* of its feeder's socket, if AF_UNIX; and when that was seen first */
	uint64_t feed_inode_ns;
	uint64_t fed_ns;        /* when a database was last seen giving it much; 0 = never */
	uint64_t taken_ns;      /* of a database process: when its readers were last looked for */
	uint32_t container_uid; /* whose container it is; 0 = root's */
	uint32_t ns_pid;        /* its process id in its own pid namespace */
	struct db_look *look;   /* of a database server: dbsocket.c */
	bool given;             /* its pointer has left enrich/ */
	bool pg_backend;        /* its title may be believed */
	UT_hash_handle hh;
	struct process *prev, *next; /* in `idle`, oldest first, while !given */
};

struct enrich {
	char *proc_root, *fs_root;
	long ticks_per_s;
	size_t max_processes;
	struct process *table;
	struct process *idle; /* remembered from life events only: may be evicted */
	struct process kernel, unattributed;
	struct users *users;
	struct cgroup_ids *cgroups;
	struct lineage *lineage;
	struct containers *containers;
	struct databases *databases; /* NULL until the first discovery */
	struct dbfeeds *dbfeeds;     /* NULL until a server was asked */
	struct exehash *exehash;     /* NULL until the first suspect */
	struct peers *peers;
	struct geo *geo;
	uint64_t own_netns; /* the sensor's */
	bool reverse_names;
	uint64_t looks_second; /* to which the budget belongs: dbsocket.c */
	unsigned int looks;
	struct enrich_stats stats;
};

/* --- ident.c --- */
/* Replaces an owned string, made valid UTF-8 and free of control characters; "" when
 * empty or out of memory. True if it changed. */
bool set_text(const char **field, const char *text, size_t len);

uint64_t boot_now_ns(void);
void ident_init(struct ident *id, const char *comm);
/* Frees what the ident's strings own. */
void process_clear(struct process *p);

/* --- cache.c --- */
struct process *process_find(const struct enrich *e, uint32_t tgid, uint64_t start_ns);
/* A new entry, in `idle`; the oldest of those leaves when the cache is full. NULL if all
 * are in use. */
struct process *process_add(struct enrich *e, uint32_t tgid, uint64_t start_ns, uint32_t uid);
void process_drop(struct enrich *e, struct process *p);
/* NULL for a shared identity: those live in struct enrich and are never changed. */
struct process *process_of(struct enrich *e, const struct ident *ident);

/* --- life.c --- */
/* setpriv, gosu, su -c and servers that drop root change who a process is while it lives;
 * set-user-id programs and sudo by exec. */
void process_take_uid(struct enrich *e, struct process *p, uint32_t uid);

/* --- process.c --- */
/* Fills the process from /proc if it is still the one that started at key.start_ns.
 * -ESRCH if it is not. */
int process_read(struct enrich *e, struct process *p);
/* Its real and login user as they are now. */
void process_read_users(struct enrich *e, struct process *p);
/* Path, container and unit from the cgroup id, or else from `fallback` ("" = none). */
void process_set_cgroup(struct enrich *e, struct process *p, uint64_t cgroup_id,
			const char *fallback);
/* After containers_poll(): what a runtime has said of the process's container. */
void process_take_news(struct enrich *e, struct process *p);
/* Command line, script, database flag from argv joined by NUL. */
void process_set_args(struct process *p, const char *args, size_t len);
/* UINT32_MAX: not told. */
void process_set_logins(struct enrich *e, struct process *p, uint32_t login, uint32_t real);
void process_set_exe(struct process *p, const char *exe, size_t len);

/* --- backend.c --- */
/* May its title be believed? It and its parent, a postmaster, run the same postgres, which
 * is not theirs to write, as the same user (`uid`). */
bool backend_is_real(const struct enrich *e, const struct process *p, uint32_t uid);
/* Title (argv) of a backend that may be believed into db_*; of others nothing. */
void backend_take_title(struct process *p, const char *args, size_t len);
/* The same of a live one, from /proc/PID/cmdline. */
void backend_refresh_title(struct enrich *e, struct process *p);

/* dbmatch.c: what the server says of a PostgreSQL backend, into db_*. */
void db_match_backend(struct enrich *e, struct process *p);
/* What joins a relay to the server that feeds it: the relay's ends of their TCP connections,
 * or the server's one descriptor of their AF_UNIX connection, and since when it is known. */
struct feed_local {
	const struct db_end *ends;
	size_t count;
	uint32_t fd; /* 0 = none, or several */
	uint64_t fd_since_ns;
};
/* Of a session through a local socket of a server with one process for all: that of this
 * feed; where that tells none, of whichever is local. */
bool db_match_local(struct enrich *e, const struct ident *server, const struct feed_local *feed,
		    struct db_names *ret);
void dbfeeds_free(struct dbfeeds *d);

/* locallink.c: the relay's connections with the feeder found last; *ret_inode is that of
 * the socket behind `fd`. */
void feed_ends_get(const struct feed_ends *ends, struct feed_local *ret, uint64_t *ret_inode);

/* --- destination.c --- */
int destination_new(struct enrich *e, const struct enrich_options *options);
void destination_free(struct enrich *e);
void destination_get_stats(const struct enrich *e, struct enrich_stats *ret);

/* Database servers by executable name, or main class of a JVM. */
bool database_is_server(const char *exe_base, const char *script);
void databases_free(struct databases *d);

#endif
