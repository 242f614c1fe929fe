/* SPDX-License-Identifier: Apache-2.0
 *
 * The control server on any bytes. An odd first byte: the rest is the body of a well
 * framed request; even: the rest is sent as it is. Whatever comes back must be whole
 * frames, and the connection must be gone afterwards.
 */
#include <errno.h>
#include <event2/event.h>
#include <json-c/json.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "client/proto.h"
#include "serve/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int op_lines(void *ctx, const struct serve_peer *peer, struct json_object *request,
		    struct buf *rows, struct buf *error, int *status)
{
	(void)ctx;
	(void)peer;
	buf_add_str(rows, json_object_to_json_string(request));
	if (json_object_object_length(request) < 3)
		return 0;
	*status = 7;
	buf_add_str(error, json_object_to_json_string(request));
	return -EINVAL;
}

static const struct serve_op ops[] = {
	{ .name = "status", .handler = op_lines },
	{ .name = "ack", .handler = op_lines, .change = true },
	{ .name = "subscribe", .handler = op_lines, .follow = true },
	{ .name = NULL },
};

struct world {
	struct event_base *base;
	struct serve *serve;
};

static struct world make_world(void)
{
	char path[96];
	struct serve_options options = {
		.path = path, .read_group = "", .admin_group = "", .ops = ops
	};
	struct world w = { .base = event_base_new() };

	snprintf(path, sizeof(path), "%s/egress-fuzz-%d.sock",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", getpid());
	if (serve_open(w.base, &options, &w.serve) < 0)
		abort();
	unlink(path);
	return w;
}

static void check_replies(const struct buf *replies)
{
	size_t at = 0;

	while (at < replies->len) {
		struct proto_header h;

		if (proto_peek(replies->data + at, replies->len - at, PROTO_REPLY_MAX, &h) != 1)
			abort();
		at += sizeof(h) + proto_length(&h);
		if (proto_type(&h) == PROTO_ROWS && proto_length(&h) > 0 &&
		    replies->data[at - 1] != '\n')
			abort();
	}
	if (at != replies->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	_cleanup_buf_ struct buf in = BUF_INIT, replies = BUF_INIT;
	struct serve_stats stats;
	struct proto_header h;
	char chunk[65536];
	ssize_t n = -1;
	int fds[2];

	if (!w.base)
		w = make_world();
	if (size < 1 || size > PROTO_REQUEST_MAX)
		return 0;
	proto_make(&h, PROTO_REQUEST, (uint32_t)(size - 1));
	if (data[0] & 1)
		buf_add(&in, &h, sizeof(h));
	buf_add(&in, data + 1, size - 1);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
	if (serve_adopt(w.serve, fds[0]) < 0)
		abort();
	if (send(fds[1], in.data, in.len, MSG_NOSIGNAL) != (ssize_t)in.len)
		abort();
	shutdown(fds[1], SHUT_WR);
	for (int i = 0; i < 10000 && n != 0; i++) {
		event_base_loop(w.base, EVLOOP_NONBLOCK);
		n = recv(fds[1], chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && errno == ECONNRESET)
			break; /* what it did not want to read is thrown away */
		if (n > 0)
			buf_add(&replies, chunk, (size_t)n);
	}
	close(fds[1]);
	check_replies(&replies);
	serve_get_stats(w.serve, &stats);
	if (stats.open != 0 || stats.following != 0)
		abort();
	return 0;
}
