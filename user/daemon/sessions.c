/* SPDX-License-Identifier: Apache-2.0
 *
 * Children that ask database servers, watched by one timer; see sessions.h.
 */
#include "daemon/sessions.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "daemon/exporter.h"
#include "daemon/sessions_private.h"
#include "egress/params.h"
#include "enrich/dbsession.h"
#include "enrich/enrich.h"

enum {
	WATCH_MS = 200,           /* how often the children are looked after */
	GRACE_MS = 2000,          /* above interval and timeout: the child's own time */
	BACKOFF_MS = 1000,        /* a server that failed is left alone so long, then doubled */
	BACKOFF_LIMIT_MS = 60000, /* up to this */
	READ_MAX = 1 << 20,       /* of what a child may have waiting: a list is half of it */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void reap(struct server *v)
{
	if (v->pid > 0 && waitpid(v->pid, NULL, WNOHANG) != 0)
		v->pid = 0;
}

/* The reason is logged when it is a new one: a server that is off is no news. */
static void end_child(struct server *v, const char *why)
{
	if (v->link)
		bufferevent_free(v->link);
	v->link = NULL;
	if (v->pid > 0)
		(void)kill(v->pid, SIGKILL);
	reap(v);
	enrich_db_forget(v->owner->enrich, v->number);
	v->failures++;
	v->due_ms = now_ms() + v->backoff_ms;
	v->backoff_ms = MIN(v->backoff_ms * 2, (uint32_t)BACKOFF_LIMIT_MS);
	if (strcmp(v->problem, why) == 0)
		return;
	(void)snprintf(v->problem, sizeof(v->problem), "%s", why);
	log_warning("sessions of %s %s: %s; trying again, its flows go without", v->kind,
		    v->address, why);
}

static void take_line(struct server *v, const char *line, size_t len)
{
	char reason[256];
	int r = enrich_db_line(v->owner->enrich, v->number, line, len, reason);

	if (r == 2) {
		end_child(v, reason);
	} else if (r < 0) {
		end_child(v, "egressd-sessions speaks nonsense");
	} else if (r == 1) {
		v->heard_ms = now_ms();
		v->backoff_ms = BACKOFF_MS;
		v->lists++;
		if (v->problem[0])
			log_info("sessions of %s %s: it answers again", v->kind, v->address);
		v->problem[0] = '\0';
	}
}

static void on_read(struct bufferevent *link, void *ctx)
{
	struct evbuffer *in = bufferevent_get_input(link);
	struct server *v = ctx;

	while (v->link) {
		size_t len;
		char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

		if (!line) {
			if (evbuffer_get_length(in) > DB_LINE_MAX)
				end_child(v, "egressd-sessions speaks nonsense");
			return;
		}
		take_line(v, line, len);
		free(line);
	}
}

static void on_end(struct bufferevent *link, short what, void *ctx)
{
	struct server *v = ctx;

	(void)link;
	(void)what;
	end_child(v, v->problem[0] ? v->problem : "egressd-sessions ended");
}

static int start_child(struct server *v)
{
	struct sessions *s = v->owner;
	int fd = -1, r = exporter_spawn("egressd-sessions", s->uid, s->gid, -1, &v->pid, &fd);

	if (r < 0)
		return r;
	v->heard_ms = now_ms();
	v->link = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!v->link) {
		close(fd);
		return -ENOMEM;
	}
	bufferevent_setcb(v->link, on_read, NULL, on_end, v);
	bufferevent_setwatermark(v->link, EV_READ, 0, READ_MAX);
	(void)bufferevent_enable(v->link, EV_READ | EV_WRITE);
	return sessions_introduce(v);
}

static void look_after(struct server *v, int64_t now)
{
	const struct params_sessions *p = v->owner->params;
	char why[128];
	int r;

	if (v->link) {
		if (now > v->heard_ms + p->interval_ms + p->timeout_ms + GRACE_MS)
			end_child(v, "no answer in time");
		return;
	}
	reap(v);
	if (v->pid || now < v->due_ms)
		return;
	r = start_child(v);
	if (r == -ENOENT || r == -EACCES || r == -EINVAL)
		(void)snprintf(why, sizeof(why), "password file %.60s: %s", v->password_file,
			       strerror(-r));
	else
		(void)snprintf(why, sizeof(why), "%s", strerror(r < 0 ? -r : 0));
	if (r < 0)
		end_child(v, v->link ? why : "egressd-sessions beside this program cannot be run");
}

static void on_watch(evutil_socket_t fd, short what, void *ctx)
{
	struct sessions *s = ctx;

	(void)fd;
	(void)what;
	for (unsigned int i = 0; i < s->count; i++)
		look_after(&s->servers[i], now_ms());
}

static int add_servers(struct sessions *s, const char *kind, const char *addresses,
		       const char *user, const char *password_file)
{
	while (*(addresses += strspn(addresses, " \t"))) {
		size_t len = strcspn(addresses, " \t");
		struct server *v = &s->servers[s->count];

		if (s->count == ENRICH_DB_SERVERS || len >= sizeof(v->address))
			return -E2BIG;
		*v = (struct server){ .owner = s,
				      .number = s->count++,
				      .kind = kind,
				      .user = user,
				      .password_file = password_file,
				      .backoff_ms = BACKOFF_MS };
		memcpy(v->address, addresses, len);
		addresses += len;
	}
	return 0;
}

int sessions_open(struct event_base *base, struct enrich *enrich, const struct params_sessions *p,
		  const char *user, struct sessions **ret)
{
	const struct timeval every = { .tv_usec = WATCH_MS * 1000 };
	struct sessions *s;
	int r;

	*ret = NULL;
	if (!*p->postgresql && !*p->mysql && !*p->redis)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->base = base;
	s->enrich = enrich;
	s->params = p;
	exporter_user(user, &s->uid, &s->gid);
	r = add_servers(s, "postgresql", p->postgresql, p->postgresql_user, p->postgresql_password);
	if (r == 0)
		r = add_servers(s, "mysql", p->mysql, p->mysql_user, p->mysql_password);
	if (r == 0)
		r = add_servers(s, "redis", p->redis, p->redis_user, p->redis_password);
	s->watch = r == 0 ? event_new(base, -1, EV_PERSIST, on_watch, s) : NULL;
	if (r == 0 && (!s->watch || event_add(s->watch, &every) < 0))
		r = -ENOMEM;
	if (r < 0) {
		sessions_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void sessions_close(struct sessions *s)
{
	if (!s)
		return;
	for (unsigned int i = 0; i < s->count; i++) {
		struct server *v = &s->servers[i];

		if (v->link)
			bufferevent_free(v->link);
		if (v->pid > 0 && kill(v->pid, SIGKILL) == 0)
			(void)waitpid(v->pid, NULL, 0);
	}
	if (s->watch)
		event_free(s->watch);
	free(s);
}

void sessions_status(const struct sessions *s, struct buf *out)
{
	for (unsigned int i = 0; s && i < s->count; i++) {
		const struct server *v = &s->servers[i];

		jsonw_open(out, '{');
		jsonw_str(out, "sessions.system", v->kind);
		jsonw_str(out, "sessions.address", v->address);
		jsonw_bool(out, "sessions.ready", v->link && v->lists && !v->problem[0]);
		jsonw_u64(out, "sessions.count", enrich_db_sessions(s->enrich, v->number));
		jsonw_u64(out, "sessions.lists", v->lists);
		jsonw_u64(out, "sessions.failures", v->failures);
		jsonw_str(out, "sessions.problem", v->problem);
		jsonw_close(out, '}');
	}
}
