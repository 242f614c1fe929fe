/* SPDX-License-Identifier: Apache-2.0
 *
 * The exporter's life: started, fed, ended, started again; see exporter.h. Everything
 * here happens in the daemon's loop and none of it waits: the link is a buffered
 * socket that is refilled as it drains.
 */
#include "daemon/exporter.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "daemon/exporter_private.h"
#include "egress/params.h"

enum {
	FEED_LOW = 64 << 10, /* bytes: the link is refilled below */
	ACK_MS = 500,        /* cursors are written this often */
	FILES_LOOK = 4,      /* and the secrets' files looked at every so many times */
	LIVED_MS = 60000,    /* then a child was no failure */
	BACKOFF_MS = 1000,
	BACKOFF_LIMIT_MS = 60000,
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void end_child(struct exporter *e)
{
	int status = 0;

	exporter_keep_cursors(e);
	if (e->link)
		bufferevent_free(e->link);
	e->link = NULL;
	if (e->pid > 0) {
		/* Without the right to kill, its link is closed and it ends by itself. */
		(void)waitpid(e->pid, &status, kill(e->pid, SIGKILL) == 0 ? 0 : WNOHANG);
	}
	e->pid = 0;
}

static void plan_respawn(struct exporter *e)
{
	struct timeval wait;

	if (now_ms() > e->started_ms + LIVED_MS)
		e->backoff_ms = BACKOFF_MS;
	e->restarts++;
	log_error("exporter: ended; starting it again in %" PRIu32 " ms, nothing is lost",
		  e->backoff_ms);
	wait = (struct timeval){ .tv_sec = e->backoff_ms / 1000,
				 .tv_usec = (e->backoff_ms % 1000) * 1000 };
	(void)event_add(e->respawn, &wait);
	e->backoff_ms = MIN(e->backoff_ms * 2, (uint32_t)BACKOFF_LIMIT_MS);
}

static void on_read(struct bufferevent *link, void *ctx)
{
	struct exporter *e = ctx;

	(void)link;
	if (exporter_take(e) < 0) {
		log_error("exporter: it speaks nonsense; starting it anew");
		end_child(e);
		plan_respawn(e);
		return;
	}
	exporter_feed(e);
}

static void on_drained(struct bufferevent *link, void *ctx)
{
	(void)link;
	exporter_feed(ctx);
}

static void on_end(struct bufferevent *link, short what, void *ctx)
{
	struct exporter *e = ctx;

	(void)link;
	(void)what;
	end_child(e);
	plan_respawn(e);
}

static int start_child(struct exporter *e)
{
	int fd = -1,
	    r = exporter_spawn("egressd-export", e->uid, e->gid, e->metrics_fd, &e->pid, &fd);

	if (r < 0)
		return r;
	e->started_ms = now_ms();
	e->link = bufferevent_socket_new(e->o.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!e->link) {
		close(fd);
		return -ENOMEM;
	}
	bufferevent_setcb(e->link, on_read, on_drained, on_end, e);
	bufferevent_setwatermark(e->link, EV_WRITE, FEED_LOW, 0);
	(void)bufferevent_enable(e->link, EV_READ | EV_WRITE);
	exporter_introduce(e);
	return 0;
}

static void on_respawn(evutil_socket_t fd, short what, void *ctx)
{
	struct exporter *e = ctx;
	int r = start_child(e);

	(void)fd;
	(void)what;
	if (r < 0) {
		log_error("exporter: %s", strerror(-r));
		plan_respawn(e);
	}
}

/* A certificate or token was renewed: once its files have come to rest, a fresh child
 * gets them. What is not acknowledged goes to it. */
static void look_at_files(struct exporter *e)
{
	uint64_t now = exporter_stamp(e);
	bool rests = now == e->seen;

	e->seen = now;
	if (now == e->stamp || !rests)
		return;
	log_info("exporter: a token or certificate has changed; starting it with the new one");
	exporter_reload(e, e->o.sinks);
}

static void on_ack(evutil_socket_t fd, short what, void *ctx)
{
	struct exporter *e = ctx;

	(void)fd;
	(void)what;
	exporter_keep_cursors(e);
	if (++e->looks % FILES_LOOK == 0)
		look_at_files(e);
}

int exporter_open(const struct exporter_options *options, struct exporter **ret)
{
	const struct timeval every = { .tv_usec = ACK_MS * 1000 };
	struct exporter *e;
	int r;

	*ret = NULL;
	if (!options->sinks->count && !*options->params->metrics_listen)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->o = *options;
	e->metrics_fd = -1;
	e->backoff_ms = BACKOFF_MS;
	exporter_user(options->params->user, &e->uid, &e->gid);
	e->respawn = evtimer_new(options->base, on_respawn, e);
	e->ack = event_new(options->base, -1, EV_PERSIST, on_ack, e);
	if (!e->respawn || !e->ack || event_add(e->ack, &every) < 0) {
		exporter_close(e);
		return -ENOMEM;
	}
	if (*options->params->metrics_listen) {
		r = exporter_listen(options->params->metrics_listen, &e->metrics_fd);
		if (r < 0)
			log_error("export.metrics_listen: %s: %s; no metrics",
				  options->params->metrics_listen, strerror(-r));
	}
	r = start_child(e);
	if (r < 0) {
		log_error("exporter: egressd-export beside this program: %s", strerror(-r));
		plan_respawn(e);
	}
	*ret = e;
	return 0;
}

void exporter_close(struct exporter *e)
{
	if (!e)
		return;
	end_child(e);
	for (size_t i = 0; i < SINKS_MAX; i++)
		free(e->targets[i].state);
	if (e->respawn)
		event_free(e->respawn);
	if (e->ack)
		event_free(e->ack);
	if (e->metrics_fd >= 0)
		close(e->metrics_fd);
	free(e);
}

void exporter_poke(struct exporter *e)
{
	if (e)
		exporter_feed(e);
}

/* Is there room on the link for what may be left out? */
static bool has_room(const struct exporter *e)
{
	return e && e->link &&
	       evbuffer_get_length(bufferevent_get_output(e->link)) < EXPORTER_FEED_HIGH;
}

void exporter_tell(struct exporter *e, const char *line, size_t len)
{
	if (!has_room(e))
		return;
	for (size_t i = 0; i < e->count; i++)
		if (e->targets[i].ready)
			(void)exporter_send(e, LINK_RECORD, e->targets[i].number, 0, line, len);
}

void exporter_metrics(struct exporter *e, const char *text, size_t len)
{
	if (has_room(e))
		(void)exporter_send(e, LINK_METRICS, 0, 0, text, len);
}

void exporter_reload(struct exporter *e, const struct sinks *sinks)
{
	if (!e)
		return;
	end_child(e);
	e->o.sinks = sinks;
	e->backoff_ms = BACKOFF_MS;
	(void)event_del(e->respawn);
	if (start_child(e) < 0)
		plan_respawn(e);
}
