/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket's server: who may connect, how many, and the lines that
 * followers get. Connections live in conn.c, requests in dispatch.c.
 */
#include "serve/serve.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "client/proto.h"
#include "serve/internal.h"
#include "serve/peer.h"

#define OPEN_MAX_DEFAULT 64 /* views and scripts of one host */
#define RESUME_MS 500       /* pause of accepting when the process has no fd left */

/* Tells a peer that gets no connection why; what does not fit its buffer is lost. */
static int refuse(struct serve *s, int fd, int error)
{
	struct buf frame _cleanup_buf_ = BUF_INIT;
	struct buf body _cleanup_buf_ = BUF_INIT;
	struct proto_header h;

	s->stats.refused++;
	jsonw_open(&body, '{');
	jsonw_i64(&body, "status", error == -EACCES ? 4 : 1);
	jsonw_str(&body, "error",
		  error == -EACCES   ? "you are not in the group that may read"
		  : error == -EUSERS ? "too many clients are connected"
		  : error == -EMFILE ? "the daemon has no file descriptor left"
				     : strerror(-error));
	jsonw_close(&body, '}');
	proto_make(&h, PROTO_ERROR, (uint32_t)body.len);
	buf_add(&frame, &h, sizeof(h));
	buf_add(&frame, body.data, body.len);
	if (!frame.error && !body.error)
		(void)send(fd, frame.data, frame.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	evutil_closesocket(fd);
	return error;
}

int serve_adopt(struct serve *s, int fd)
{
	uint32_t max = s->options.max_open ? s->options.max_open : OPEN_MAX_DEFAULT;
	struct serve_peer peer;
	struct conn *c;
	int r;

	if (evutil_make_socket_nonblocking(fd) < 0)
		return refuse(s, fd, -EIO);
	r = peer_identify(fd, s->read_gid, s->admin_gid, &peer);
	if (r < 0)
		return refuse(s, fd, r);
	/* Readers cannot lock out those who may change. */
	if (s->stats.open >= (peer.may_change ? max : max - max / 4))
		return refuse(s, fd, -EUSERS);
	s->stats.connections++;
	return conn_new(s, fd, &peer, &c);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int len, void *ctx)
{
	(void)listener;
	(void)address;
	(void)len;
	(void)serve_adopt(ctx, fd); /* refusals are counted */
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* One is kept for this: whoever asks is told why nobody answers. */
static void refuse_by_spare(struct serve *s)
{
	int fd;

	if (s->spare_fd < 0)
		return;
	close(s->spare_fd);
	fd = accept4(s->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		(void)refuse(s, fd, -EMFILE);
	s->spare_fd = open_spare();
}

/* No descriptor left: a level-triggered listener would spin. */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
	struct timeval pause = { .tv_usec = RESUME_MS * 1000 };
	struct serve *s = ctx;

	refuse_by_spare(s);
	evconnlistener_disable(listener);
	(void)evtimer_add(s->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *ctx)
{
	struct serve *s = ctx;

	(void)fd;
	(void)what;
	if (s->spare_fd < 0)
		s->spare_fd = open_spare();
	evconnlistener_enable(s->listener);
}

/* libevent writes with writev(), which raises SIGPIPE when the reader has gone. */
static void ignore_sigpipe(void)
{
	struct sigaction action;

	if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
		action.sa_handler = SIG_IGN;
		(void)sigaction(SIGPIPE, &action, NULL);
	}
}

static int find_group(const char *name, gid_t *ret, bool *ret_missing)
{
	int r = peer_group(name, ret);

	*ret_missing = r == -ENOENT;
	return r == -ENOENT ? 0 : r;
}

int serve_open(struct event_base *base, const struct serve_options *options, struct serve **ret)
{
	struct serve *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->base = base;
	s->options = *options;
	s->socket.fd = -1;
	s->spare_fd = open_spare();
	r = find_group(options->read_group, &s->read_gid, &s->stats.read_group_missing);
	if (r == 0)
		r = find_group(options->admin_group, &s->admin_gid, &s->stats.admin_group_missing);
	if (r == 0)
		r = listen_open(options->path, s->read_gid, &s->socket);
	if (r == 0) {
		ignore_sigpipe();
		s->resume = evtimer_new(base, on_resume, s);
		s->listener = evconnlistener_new(base, on_accept, s, LEV_OPT_CLOSE_ON_EXEC, 0,
						 s->socket.fd);
		if (s->listener)
			evconnlistener_set_error_cb(s->listener, on_accept_error);
		if (!s->resume || !s->listener)
			r = -ENOMEM;
	}
	if (r < 0) {
		serve_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void serve_close(struct serve *s)
{
	struct conn *c, *next;

	if (!s)
		return;
	DL_FOREACH_SAFE(s->conns, c, next)
	conn_free(c);
	if (s->listener)
		evconnlistener_free(s->listener);
	if (s->resume)
		event_free(s->resume);
	listen_close(&s->socket);
	if (s->spare_fd >= 0)
		close(s->spare_fd);
	free(s);
}

void serve_publish(struct serve *s, const char *op, const char *line, size_t len)
{
	struct conn *c, *next;

	DL_FOREACH_SAFE(s->conns, c, next)
	{
		if (c->state != CONN_FOLLOWING || strcmp(c->op->name, op) != 0)
			continue;
		if (conn_publish(c, line, len))
			continue;
		s->stats.cut_off++;
		conn_free(c);
	}
}

size_t serve_followers(const struct serve *s, const char *op)
{
	const struct conn *c;
	size_t count = 0;

	DL_FOREACH(s->conns, c)
		count += c->state == CONN_FOLLOWING && strcmp(c->op->name, op) == 0;
	return count;
}

void serve_get_stats(const struct serve *s, struct serve_stats *ret)
{
	*ret = s->stats;
}
