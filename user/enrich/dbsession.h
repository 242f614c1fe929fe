/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions as database servers themselves list them. The program that asks them
 * (egressd-sessions) writes one text line each, fields between tabs; the daemon keeps
 * the last complete list of each server. Pure; who a session belongs to is dbmatch.c.
 */
#ifndef ENRICH_DBSESSION_H
#define ENRICH_DBSESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum db_system { DB_NONE = 0, DB_POSTGRESQL, DB_MARIADB, DB_MYSQL, DB_REDIS, DB_SYSTEMS };

#define DB_SESSIONS_MAX 512u /* of one server; the busy ones come first: 300 kB */
#define DB_LINE_MAX 2048u    /* the longest line there can be is shorter */

struct db_session {
	uint32_t thread; /* backend's process id or OS thread id, as its server sees it; 0 = none */
	uint32_t age_s;  /* PostgreSQL: since the session began */
	uint32_t fd;     /* the server's descriptor of the connection; 0 = not told */
	uint16_t port;   /* the client's; 0 = no TCP */
	bool busy;       /* works on something, or has bytes to send */
	uint64_t cpu_ns; /* of its thread when last looked at; 0 = not looked at */
	char client[64]; /* address, "local", or a name where the server resolves them */
	char user[64];
	char database[64];
	char application[64];
	char command[64];
	char query[256]; /* literals stripped */
};

/* The last list a server gave, and the one that is coming in. */
struct db_list {
	enum db_system system, new_system;
	uint32_t server_pid, new_server_pid; /* who listens, as this host sees it; 0 = unknown */
	struct db_session *rows, *new_rows;  /* rows: by thread */
	size_t count, new_count;
	uint64_t at_ns, before_ns; /* CLOCK_BOOTTIME: this list came, the one before; 0 = none */
	bool open;                 /* between the first and the last line of one */
};

const char *db_system_name(enum db_system system); /* OpenTelemetry's db.system.name */

/* Lines of a list: db_write_begin(), sessions, db_write_end(). Text is made fit. */
void db_write_begin(struct buf *out, enum db_system system, uint32_t server_pid);
void db_write_session(struct buf *out, const struct db_session *s);
void db_write_end(struct buf *out);
void db_write_failure(struct buf *out, const char *reason);

/* Takes one line without its end, now. 1: a list is complete and is now `rows`; 2: the server
 * failed, the reason is in `reason`; 0: more to come. -EBADMSG, -ENOMEM. */
int db_list_line(struct db_list *l, const char *line, size_t len, uint64_t now_ns,
		 char reason[256]);
void db_list_clear(struct db_list *l);

/* Text into a field of `size` bytes: valid UTF-8, no control characters, cut. */
void db_text(char *out, size_t size, const char *text, size_t len);

#endif
