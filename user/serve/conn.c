/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection: frames in, frames out, and the timer of what it waits for. One
 * request at a time: the next is not read before the answer is taken, so a peer
 * holds at most one request and one answer of the daemon's memory.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "base/jsonw.h"
#include "client/proto.h"
#include "serve/internal.h"

#define IDLE_MS 300000            /* a paused view may come back; a forgotten one should not stay */
#define REQUEST_MS 10000          /* requests are below 64 kB and come from this host */
#define ANSWER_MS 30000           /* the largest answer at 3 MB/s */
#define CLOSE_MS 5000             /* to take the last error */
#define FRAME_TARGET (256u << 10) /* a client can begin to parse early */
#define WRITE_ONCE_MAX (256u << 10)   /* per turn of the loop; libevent's default is 16 kB */
#define FOLLOW_BACKLOG_MAX (1u << 20) /* unsent lines of a follower: hundreds of alerts */

/* In a loop with so many; the loop's owner has priority 0 for itself. */
enum { PRIORITY_ADMIN = 1, PRIORITY_READER = 2 };

size_t conn_unsent(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static void arm(struct conn *c, uint32_t ms, uint32_t default_ms)
{
	uint32_t t = ms ? ms : default_ms;
	struct timeval tv = { .tv_sec = t / 1000, .tv_usec = (t % 1000) * 1000 };

	(void)evtimer_add(c->timer, &tv); /* fails for memory only: then it waits longer */
}

static void await_request(struct conn *c)
{
	c->state = CONN_READING;
	c->partial = false;
	arm(c, c->serve->options.idle_ms, IDLE_MS);
	(void)bufferevent_enable(c->bev, EV_READ);
}

static void foreign(struct conn *c, int error)
{
	c->serve->stats.bad_frames++;
	if (error == -EMSGSIZE)
		conn_send_error(c, 2, "the request is longer than 65536 bytes", true);
	else if (error == -EPROTONOSUPPORT)
		conn_send_error(c, 2,
				"the daemon speaks version 1 of the control protocol: "
				"use the client of the same release",
				true);
	else
		conn_send_error(c, 2, "these bytes are not the egressd control protocol", true);
}

/* Takes whole requests off the input while nothing else is under way. */
static void read_requests(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	while (c->state == CONN_READING) {
		unsigned char head[sizeof(struct proto_header)];
		ssize_t have = evbuffer_copyout(in, head, sizeof(head));
		struct proto_header h;
		const char *frame;
		int r = proto_peek(head, have > 0 ? (size_t)have : 0, PROTO_REQUEST_MAX, &h);

		if (r == 1 && proto_type(&h) != PROTO_REQUEST)
			r = -EPROTO;
		if (r < 0)
			return foreign(c, r);
		if (r == 0 || evbuffer_get_length(in) < sizeof(h) + proto_length(&h)) {
			if (have > 0 && !c->partial) {
				c->partial = true;
				arm(c, c->serve->options.request_ms, REQUEST_MS);
			}
			return;
		}
		frame = (const char *)evbuffer_pullup(in, (ssize_t)(sizeof(h) + proto_length(&h)));
		if (!frame)
			return conn_send_error(c, 1, "the daemon is out of memory", true);
		c->serve->stats.requests++;
		dispatch_request(c, frame + sizeof(h), proto_length(&h));
		evbuffer_drain(in, sizeof(h) + proto_length(&h));
	}
}

static void on_read(struct bufferevent *bev, void *ctx)
{
	struct conn *c = ctx;

	(void)bev;
	if (c->state == CONN_READING)
		read_requests(c);
	else if (c->state == CONN_FOLLOWING)
		foreign(c, -EPROTO); /* a follower has nothing to say */
}

/* Everything queued has been taken. */
static void on_written(struct bufferevent *bev, void *ctx)
{
	struct conn *c = ctx;

	(void)bev;
	if (c->state == CONN_CLOSING)
		return conn_free(c);
	if (c->state == CONN_FOLLOWING) {
		c->backlog_max = FOLLOW_BACKLOG_MAX;
		(void)evtimer_del(c->timer);
	} else if (c->state == CONN_ANSWERING) {
		await_request(c);
		read_requests(c);
	}
}

static void on_event(struct bufferevent *bev, short what, void *ctx)
{
	(void)bev;
	(void)what; /* end of file or an error: either way the peer is gone */
	conn_free(ctx);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct conn *c = ctx;

	(void)fd;
	(void)what;
	if (c->state == CONN_READING)
		c->serve->stats.idle++;
	else
		c->serve->stats.cut_off++;
	conn_free(c);
}

int conn_new(struct serve *s, int fd, const struct serve_peer *peer, struct conn **ret)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c) {
		c->serve = s;
		c->peer = *peer;
		c->timer = evtimer_new(s->base, on_timer, c);
		c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	}
	if (!c || !c->timer || !c->bev) {
		if (!c || !c->bev)
			close(fd);
		if (c && c->bev)
			bufferevent_free(c->bev);
		if (c && c->timer)
			event_free(c->timer);
		free(c);
		return -ENOMEM;
	}
	DL_APPEND(s->conns, c);
	s->stats.open++;
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0,
				 sizeof(struct proto_header) + PROTO_REQUEST_MAX);
	/* Those who may change things do not wait behind those who may only read. */
	if (event_base_get_npriorities(s->base) > PRIORITY_READER)
		(void)bufferevent_priority_set(c->bev,
					       peer->may_change ? PRIORITY_ADMIN : PRIORITY_READER);
	(void)bufferevent_set_max_single_write(c->bev, WRITE_ONCE_MAX);
	(void)bufferevent_enable(c->bev, EV_WRITE);
	await_request(c);
	*ret = c;
	return 0;
}

/* libevent frees it in a later turn; what it was to send goes now. */
static void drop_output(struct bufferevent *bev)
{
	struct evbuffer *out = bufferevent_get_output(bev);

	(void)evbuffer_unfreeze(out, 1);
	(void)evbuffer_drain(out, evbuffer_get_length(out));
}

void conn_free(struct conn *c)
{
	DL_DELETE(c->serve->conns, c);
	c->serve->stats.open--;
	if (c->op)
		c->serve->stats.following--;
	event_free(c->timer);
	drop_output(c->bev);
	bufferevent_free(c->bev);
	free(c);
}

/* The memory of an answer, held by its frames in the output buffer. */
struct answer {
	struct serve *serve;
	char *data;
	size_t len, frames;
};

static void release_answer(const void *data, size_t len, void *ctx)
{
	struct answer *a = ctx;

	(void)data;
	(void)len;
	if (--a->frames > 0)
		return;
	a->serve->stats.held_bytes -= a->len;
	free(a->data);
	free(a);
}

static int send_frame(struct conn *c, enum proto_type type, const void *body, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct proto_header h;

	proto_make(&h, type, (uint32_t)len);
	if (evbuffer_add(out, &h, sizeof(h)) < 0 || (len > 0 && evbuffer_add(out, body, len) < 0))
		return -ENOMEM;
	return 0;
}

/* The state of a connection whose answer has begun: no reading, a deadline. */
static void begin_answer(struct conn *c, enum conn_state state)
{
	c->state = state;
	(void)bufferevent_disable(c->bev, EV_READ);
	if (state == CONN_CLOSING)
		arm(c, 0, CLOSE_MS);
	else
		arm(c, c->serve->options.answer_ms, ANSWER_MS);
}

int conn_send_rows(struct conn *c, struct buf *rows)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct answer *a;
	size_t len;
	int r = 0;

	if (rows->len > 0 && rows->data[rows->len - 1] != '\n')
		buf_add_char(rows, '\n');
	if (rows->error)
		return rows->error;
	len = rows->len;
	if (len == 0)
		return 0;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->data = TAKE_PTR(rows->data);
	a->frames = 1; /* ours until the end of this function */
	a->serve = c->serve;
	a->len = len;
	c->serve->stats.held_bytes += len;
	*rows = (struct buf)BUF_INIT;
	for (size_t off = 0; off < len && r == 0;) {
		size_t n = proto_cut(a->data + off, len - off, FRAME_TARGET);
		struct proto_header h;

		proto_make(&h, PROTO_ROWS, (uint32_t)n);
		if (n == 0) {
			r = -EMSGSIZE;
		} else if (evbuffer_add(out, &h, sizeof(h)) < 0) {
			r = -ENOMEM;
		} else if (evbuffer_add_reference(out, a->data + off, n, release_answer, a) < 0) {
			r = -ENOTRECOVERABLE; /* a header without its body has gone out */
		} else {
			a->frames++;
		}
		off += n;
	}
	release_answer(NULL, 0, a);
	return r;
}

void conn_send_end(struct conn *c)
{
	begin_answer(c, CONN_ANSWERING);
	if (send_frame(c, PROTO_END, "", 0) < 0)
		begin_answer(c, CONN_CLOSING);
}

void conn_send_error(struct conn *c, int status, const char *words, bool last)
{
	struct buf body _cleanup_buf_ = BUF_INIT;

	jsonw_open(&body, '{');
	jsonw_i64(&body, "status", status);
	jsonw_str(&body, "error", words);
	jsonw_close(&body, '}');
	begin_answer(c, last ? CONN_CLOSING : CONN_ANSWERING);
	if (body.error || send_frame(c, PROTO_ERROR, body.data, body.len) < 0)
		begin_answer(c, CONN_CLOSING);
}

void conn_follow(struct conn *c, const struct serve_op *op)
{
	begin_answer(c, CONN_FOLLOWING);
	c->op = op;
	c->serve->stats.following++;
	(void)send_frame(c, PROTO_ROWS, "", 0); /* "from here on it is live" */
	c->backlog_max = conn_unsent(c) + FOLLOW_BACKLOG_MAX;
	(void)bufferevent_enable(c->bev, EV_READ); /* to see it hang up */
}

bool conn_publish(struct conn *c, const char *lines, size_t len)
{
	if (conn_unsent(c) + len > c->backlog_max)
		return false;
	return send_frame(c, PROTO_ROWS, lines, len) == 0;
}
