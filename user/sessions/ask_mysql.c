/* SPDX-License-Identifier: Apache-2.0
 *
 * MariaDB and MySQL by libmariadb: the process list with each connection's OS thread.
 * MariaDB has it in information_schema (TID); MySQL in performance_schema, which in
 * MariaDB is off by default.
 */
#include "sessions/ask.h"

#if WITH_LIBMARIADB

#include <errno.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "enrich/dbsession.h"
#include "enrich/redisclients.h"
#include "enrich/sqltext.h"

static const char of_mariadb[] =
	"SELECT TID, HOST, USER, DB, COMMAND, STATE, LEFT(INFO, 1024), NULL"
	" FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()"
	" AND COMMAND NOT IN ('Daemon', 'Binlog Dump')"
	" ORDER BY COMMAND = 'Sleep', TIME_MS LIMIT 512";

/* The client's own word for itself: program_name, of the connection's attributes (those of
 * session_account_connect_attrs would be of our own account's connections only). */
static const char of_mysql[] =
	"SELECT t.THREAD_OS_ID, p.HOST, p.USER, p.DB, p.COMMAND, p.STATE, LEFT(p.INFO, 1024),"
	" (SELECT MAX(a.ATTR_VALUE) FROM performance_schema.session_connect_attrs a"
	" WHERE a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name')"
	" FROM information_schema.PROCESSLIST p"
	" LEFT JOIN performance_schema.threads t ON t.PROCESSLIST_ID = p.ID"
	" WHERE p.ID <> CONNECTION_ID() AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump')"
	" ORDER BY p.COMMAND = 'Sleep', p.TIME LIMIT 512";

enum { TID, HOST, USER, DATABASE, COMMAND, STATE, QUERY, PROGRAM, COLUMNS };

static void *open_connection(const struct ask_server *s, char why[256])
{
	unsigned int seconds = (s->timeout_ms + 999) / 1000;
	bool local = s->host[0] == '/';
	MYSQL *c = mysql_init(NULL);

	if (!c) {
		ask_why(why, "out of memory");
		return NULL;
	}
	(void)mysql_options(c, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	(void)mysql_options(c, MYSQL_OPT_READ_TIMEOUT, &seconds);
	(void)mysql_options(c, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
	(void)mysql_options4(c, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "egressd");
	if (mysql_real_connect(c, local ? "localhost" : s->host, s->user, s->password, NULL,
			       local ? 0 : s->port, local ? s->host : NULL, 0) &&
	    mysql_query(c, "SET SESSION TRANSACTION READ ONLY") == 0)
		return c;
	ask_why(why, mysql_error(c));
	mysql_close(c);
	return NULL;
}

static void text(MYSQL_ROW row, const unsigned long *len, int column, char *out, size_t size)
{
	db_text(out, size, row[column] ? row[column] : "", row[column] ? len[column] : 0);
}

static void add_row(struct buf *out, MYSQL_ROW row, const unsigned long *len)
{
	struct db_session s = { .thread = 0 };
	char state[sizeof(s.command)];
	uint64_t tid;

	if (row[TID] && parse_u64(row[TID], &tid) == 0 && tid <= UINT32_MAX)
		s.thread = (uint32_t)tid;
	if (row[HOST])
		db_client_split(row[HOST], len[HOST], &s);
	text(row, len, USER, s.user, sizeof(s.user));
	text(row, len, DATABASE, s.database, sizeof(s.database));
	text(row, len, PROGRAM, s.application, sizeof(s.application));
	text(row, len, COMMAND, s.command, sizeof(s.command));
	s.busy = strcmp(s.command, "Sleep") != 0;
	text(row, len, STATE, state, sizeof(state));
	if (state[0] && s.busy) {
		size_t n = strlen(s.command);

		(void)snprintf(s.command + n, sizeof(s.command) - n, " (%.30s)", state);
	}
	if (row[QUERY])
		sql_strip(row[QUERY], len[QUERY], true, s.query, sizeof(s.query));
	db_write_session(out, &s);
}

static int list(void *connection, struct buf *out, char why[256])
{
	MYSQL *c = connection;
	bool mariadb = strstr(mysql_get_server_info(c), "MariaDB") != NULL;
	MYSQL_RES *rows = NULL;
	MYSQL_ROW row;

	if (mysql_query(c, mariadb ? of_mariadb : of_mysql) == 0)
		rows = mysql_store_result(c);
	if (!rows || mysql_num_fields(rows) != COLUMNS) {
		ask_why(why, mysql_error(c));
		mysql_free_result(rows);
		return -EIO;
	}
	db_write_begin(out, mariadb ? DB_MARIADB : DB_MYSQL,
		       ask_peer_pid((int)mysql_get_socket(c)));
	while ((row = mysql_fetch_row(rows)))
		add_row(out, row, mysql_fetch_lengths(rows));
	db_write_end(out);
	mysql_free_result(rows);
	return 0;
}

const struct ask_kind ask_mysql = { "mysql", "libmariadb", open_connection, list };

#else

const struct ask_kind ask_mysql = { "mysql", "libmariadb", NULL, NULL };

#endif
