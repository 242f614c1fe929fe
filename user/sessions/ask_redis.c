/* SPDX-License-Identifier: Apache-2.0
 *
 * Redis by hiredis: CLIENT LIST.
 */
#include "sessions/ask.h"

#if WITH_HIREDIS

#include <errno.h>
#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/buf.h"
#include "enrich/dbsession.h"
#include "enrich/redisclients.h"

enum { REDIS_PORT = 6379 };

/* Takes the answer; false (with the reason) if it is an error or none. */
static bool good(redisContext *c, redisReply *r, char why[256])
{
	bool ok = r && r->type != REDIS_REPLY_ERROR;

	if (!ok)
		ask_why(why, r ? r->str : c->err ? c->errstr : "no answer");
	return ok;
}

static bool do_command(redisContext *c, int argc, const char **argv, char why[256])
{
	redisReply *r = redisCommandArgv(c, argc, argv, NULL);
	bool ok = good(c, r, why);

	freeReplyObject(r);
	return ok;
}

static void *open_connection(const struct ask_server *s, char why[256])
{
	const struct timeval t = { .tv_sec = s->timeout_ms / 1000,
				   .tv_usec = (s->timeout_ms % 1000) * 1000 };
	const char *auth[] = { "AUTH", s->user, s->password };
	const char *old_auth[] = { "AUTH", s->password };
	bool ok = true;
	redisContext *c =
		s->host[0] == '/'
			? redisConnectUnixWithTimeout(s->host, t)
			: redisConnectWithTimeout(s->host, s->port ? s->port : REDIS_PORT, t);

	if (!c || c->err) {
		ask_why(why, c ? c->errstr : "out of memory");
		redisFree(c);
		return NULL;
	}
	(void)redisSetTimeout(c, t);
	if (s->user[0])
		ok = do_command(c, 3, auth, why);
	else if (s->password[0])
		ok = do_command(c, 2, old_auth, why);
	if (ok)
		return c;
	redisFree(c);
	return NULL;
}

/* This connection's number; 0: the account may not ask for it. */
static long long own_id(redisContext *c)
{
	redisReply *r = redisCommand(c, "CLIENT ID");
	long long id = r && r->type == REDIS_REPLY_INTEGER ? r->integer : 0;

	freeReplyObject(r);
	return id;
}

static bool has_id(const char *line, size_t len, long long id)
{
	char begin[32];
	int n = snprintf(begin, sizeof(begin), "id=%lld ", id);

	return id && len > (size_t)n && memcmp(line, begin, (size_t)n) == 0;
}

/* Those with bytes waiting, or that were heard just now, come first; who asks is no session. */
static void add_rows(struct buf *out, const redisReply *r, long long own, bool busy,
		     unsigned int *left)
{
	const char *text = r->str;
	size_t len = (size_t)r->len;

	for (const char *p = text, *end = text + len; p < end && *left;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol ? eol : end) - p);
		struct db_session s;

		if (!has_id(p, n, own) && redis_client_parse(p, n, &s) == 0 && s.busy == busy) {
			db_write_session(out, &s);
			(*left)--;
		}
		p += n + 1;
	}
}

static int list(void *connection, struct buf *out, char why[256])
{
	redisContext *c = connection;
	unsigned int left = DB_SESSIONS_MAX;
	uint32_t pid = ask_peer_pid(c->fd);
	long long own = own_id(c);
	redisReply *r = pid ? NULL : redisCommand(c, "INFO server");
	bool ok;

	if (r && r->type == REDIS_REPLY_STRING)
		pid = redis_info_pid(r->str, (size_t)r->len);
	freeReplyObject(r);
	r = redisCommand(c, "CLIENT LIST");
	ok = good(c, r, why);
	if (ok) {
		db_write_begin(out, DB_REDIS, pid);
		add_rows(out, r, own, true, &left);
		add_rows(out, r, own, false, &left);
		db_write_end(out);
	}
	freeReplyObject(r);
	return ok ? 0 : -EIO;
}

const struct ask_kind ask_redis = { "redis", "hiredis", open_connection, list };

#else

const struct ask_kind ask_redis = { "redis", "hiredis", NULL, NULL };

#endif
