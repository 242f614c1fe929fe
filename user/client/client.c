/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests and their answers, blocking with a deadline. What comes from the socket is
 * checked like anything foreign: a client may run as root.
 */
#include "client/client.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "client/proto.h"

#define ERROR_MAX (16u << 10)   /* words for a person */
#define ANSWER_MAX (256u << 20) /* above what a daemon sends: something is wrong */
#define STATUS_NO_DAEMON 3

struct client {
	int fd; /* -1: spent */
	int timeout_ms;
	int status;
	struct buf error; /* words of the last failure */
	struct buf rows;  /* whole lines of the answer under way */
};

int client_from_fd(int fd, int timeout_ms, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	c->fd = fd;
	c->timeout_ms = timeout_ms > 0 ? timeout_ms : -1;
	*ret = c;
	return 0;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	buf_free(&c->error);
	buf_free(&c->rows);
	free(c);
}

static int wait_for(const struct client *c, short events, int timeout_ms)
{
	struct pollfd p = { .fd = c->fd, .events = events };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

/* A daemon that refuses us closes without reading: its words are still to be read,
 * so a broken pipe is no failure here. */
static int send_all(const struct client *c, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			int r = wait_for(c, POLLOUT, c->timeout_ms);

			if (r < 0)
				return r;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return 0;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int recv_all(const struct client *c, void *data, size_t len, int timeout_ms)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = recv(c->fd, (char *)data + got, len - got, MSG_DONTWAIT);

		if (n > 0) {
			got += (size_t)n;
		} else if (n == 0) {
			return -ECONNRESET;
		} else if (errno == EAGAIN) {
			int r = wait_for(c, POLLIN, timeout_ms);

			if (r < 0)
				return r;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int send_request(const struct client *c, const char *json)
{
	struct buf frame _cleanup_buf_ = BUF_INIT;
	size_t len = strlen(json);
	struct proto_header h;

	if (len > PROTO_REQUEST_MAX)
		return -EMSGSIZE;
	proto_make(&h, PROTO_REQUEST, (uint32_t)len);
	buf_add(&frame, &h, sizeof(h));
	buf_add(&frame, json, len);
	return frame.error ? frame.error : send_all(c, frame.data, frame.len);
}

/* Gives the lines collected so far to fn. */
static int deliver(struct client *c, client_line_fn fn, void *ctx)
{
	char *line = c->rows.data;
	size_t left = c->rows.len;
	int r = 0;

	while (left > 0 && r == 0) {
		char *end = memchr(line, '\n', left);
		size_t len = (size_t)(end - line); /* read_rows() saw to the last '\n' */

		*end = '\0';
		r = fn ? fn(ctx, line, len) : 0;
		line += len + 1;
		left -= len + 1;
	}
	buf_clear(&c->rows);
	return r;
}

static int read_rows(struct client *c, uint32_t len)
{
	int r;

	if (c->rows.len + len > ANSWER_MAX)
		return -EMSGSIZE;
	r = buf_reserve(&c->rows, len);
	if (r < 0)
		return r;
	r = recv_all(c, c->rows.data + c->rows.len, len, c->timeout_ms);
	if (r < 0)
		return r;
	c->rows.len += len;
	c->rows.data[c->rows.len] = '\0';
	return c->rows.data[c->rows.len - 1] == '\n' ? 0 : -EPROTO;
}

/* The words and status of an ERROR frame; -EREMOTEIO if it is a good one. */
static int read_error(struct client *c, uint32_t len)
{
	char text[ERROR_MAX + 1];
	struct json_object *body, *words, *status;
	int r;

	if (len > ERROR_MAX)
		return -EPROTO;
	r = recv_all(c, text, len, c->timeout_ms);
	if (r < 0)
		return r;
	text[len] = '\0';
	body = json_tokener_parse(text);
	r = -EPROTO;
	if (json_object_is_type(body, json_type_object) &&
	    json_object_object_get_ex(body, "error", &words) &&
	    json_object_object_get_ex(body, "status", &status)) {
		c->status = json_object_get_int(status);
		if (c->status <= 0 || c->status > 255)
			c->status = 1;
		utf8_add(&c->error, json_object_get_string(words),
			 (size_t)json_object_get_string_len(words));
		r = -EREMOTEIO;
	}
	json_object_put(body);
	return r;
}

static int read_answer(struct client *c, client_line_fn fn, void *ctx)
{
	bool live = false;

	for (;;) {
		struct proto_header h;
		int r = recv_all(c, &h, sizeof(h), live ? -1 : c->timeout_ms);

		if (r == 0)
			r = proto_check(&h, PROTO_REPLY_MAX);
		if (r < 0)
			return r;
		switch (proto_type(&h)) {
		case PROTO_ROWS:
			if (proto_length(&h) > 0)
				r = read_rows(c, proto_length(&h));
			else
				live = true; /* the first answer of a followed request is whole */
			if (r == 0 && live)
				r = deliver(c, fn, ctx);
			break;
		case PROTO_END: return proto_length(&h) ? -EPROTO : deliver(c, fn, ctx);
		case PROTO_ERROR: return read_error(c, proto_length(&h));
		default: r = -EPROTO;
		}
		if (r != 0)
			return r;
	}
}

static const char *words_for(int error)
{
	switch (error) {
	case -ETIMEDOUT: return "the daemon does not answer (is it overloaded or stopped?)";
	case -ECONNRESET:
	case -ENOTCONN: return "the daemon closed the connection";
	case -EPROTO: return "the other end does not speak the egressd control protocol";
	case -EPROTONOSUPPORT:
		return "the daemon is of another release: use the client it came with";
	case -EMSGSIZE: return "the request or its answer is too long";
	default: return strerrordesc_np(-error);
	}
}

int client_request(struct client *c, const char *json, client_line_fn fn, void *ctx)
{
	int r = -ENOTCONN;

	buf_clear(&c->error);
	buf_clear(&c->rows);
	c->status = 0;
	if (c->fd >= 0)
		r = send_request(c, json);
	if (r == 0)
		r = read_answer(c, fn, ctx);
	if (r == 0 || r == -EREMOTEIO)
		return r;
	if (c->fd >= 0)
		close(c->fd); /* what is left of the answer would be taken for the next */
	c->fd = -1;
	if (r < 0) {
		const char *words = words_for(r);

		c->status = r == -EMSGSIZE || r == -ENOMEM ? 1 : STATUS_NO_DAEMON;
		buf_add_str(&c->error, words ? words : "unknown error");
	}
	return r;
}

const char *client_error(const struct client *c)
{
	return c->error.data ? c->error.data : "";
}

int client_error_status(const struct client *c)
{
	return c->status;
}

int client_fd(const struct client *c)
{
	return c->fd;
}
