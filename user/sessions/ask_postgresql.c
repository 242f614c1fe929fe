/* SPDX-License-Identifier: Apache-2.0
 *
 * PostgreSQL by libpq: pg_stat_activity, read-only, one row a client backend.
 */
#include "sessions/ask.h"

#if WITH_LIBPQ

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "enrich/dbsession.h"
#include "enrich/sqltext.h"

/* PostgreSQL 10 and later. Those that work first: the list is cut, not the truth. */
static const char query[] =
	"SELECT pid, coalesce(host(client_addr), 'local'), greatest(client_port, 0), usename,"
	" datname, application_name, state,"
	" greatest(0, extract(epoch FROM clock_timestamp() - backend_start))::bigint,"
	" left(query, 1024), backend_type"
	" FROM pg_catalog.pg_stat_activity"
	" WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid()"
	" ORDER BY state IS NOT DISTINCT FROM 'active' DESC, query_start DESC NULLS LAST LIMIT 512";

enum { PID, CLIENT, PORT, USER, DATABASE, APPLICATION, STATE, AGE, QUERY, TYPE };

static void *open_connection(const struct ask_server *s, char why[256])
{
	char port[8] = "", timeout[16], options[160];
	const char *const keys[] = { "host",    "port",
				     "user",    "password",
				     "dbname",  "application_name",
				     "options", "connect_timeout",
				     NULL };
	const char *const values[] = { s->host,    port,
				       s->user,    s->password[0] ? s->password : NULL,
				       "postgres", "egressd",
				       options,    timeout,
				       NULL };
	PGconn *c;

	if (s->port)
		(void)snprintf(port, sizeof(port), "%u", s->port);
	(void)snprintf(timeout, sizeof(timeout), "%" PRIu32, (s->timeout_ms + 999) / 1000);
	(void)snprintf(options, sizeof(options),
		       "-c default_transaction_read_only=on -c statement_timeout=%" PRIu32,
		       s->timeout_ms);
	c = PQconnectdbParams(keys, values, 0);
	if (c && PQstatus(c) == CONNECTION_OK)
		return c;
	ask_why(why, c ? PQerrorMessage(c) : "out of memory");
	PQfinish(c);
	return NULL;
}

static uint64_t number(const PGresult *r, int row, int column)
{
	uint64_t v = 0;

	return parse_u64(PQgetvalue(r, row, column), &v) < 0 ? 0 : v;
}

static void text(const PGresult *r, int row, int column, char *out, size_t size)
{
	db_text(out, size, PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
}

static void add_row(struct buf *out, const PGresult *r, int row)
{
	struct db_session s = { .thread = (uint32_t)number(r, row, PID),
				.port = (uint16_t)number(r, row, PORT),
				.age_s = (uint32_t)number(r, row, AGE) };

	text(r, row, CLIENT, s.client, sizeof(s.client));
	text(r, row, USER, s.user, sizeof(s.user));
	text(r, row, DATABASE, s.database, sizeof(s.database));
	text(r, row, APPLICATION, s.application, sizeof(s.application));
	text(r, row, STATE, s.command, sizeof(s.command));
	s.busy = strcmp(s.command, "active") == 0;
	sql_strip(PQgetvalue(r, row, QUERY), (size_t)PQgetlength(r, row, QUERY), false, s.query,
		  sizeof(s.query));
	db_write_session(out, &s);
}

static int list(void *connection, struct buf *out, char why[256])
{
	PGresult *r = PQexec(connection, query);
	int rows = PQntuples(r);

	if (PQresultStatus(r) != PGRES_TUPLES_OK) {
		ask_why(why, PQerrorMessage(connection));
		PQclear(r);
		return -EIO;
	}
	db_write_begin(out, DB_POSTGRESQL, ask_peer_pid(PQsocket(connection)));
	for (int i = 0; i < rows; i++)
		add_row(out, r, i);
	db_write_end(out);
	PQclear(r);
	return 0;
}

const struct ask_kind ask_postgresql = { "postgresql", "libpq", open_connection, list };

#else

const struct ask_kind ask_postgresql = { "postgresql", "libpq", NULL, NULL };

#endif
