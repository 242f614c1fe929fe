/* SPDX-License-Identifier: Apache-2.0
 *
 * A control server in a child process, with operations made for tests; the parent is
 * the client. The child ends when the parent closes the pipe or dies.
 */
#ifndef TESTS_SERVE_FIXTURE_H
#define TESTS_SERVE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "client/client.h"
#include "client/proto.h"
#include "serve/serve.h"
#include "scratch.h"

struct fixture {
	char dir[SCRATCH_MAX], path[96];
	pid_t server;
	int alive; /* write end: closing it ends the server */
};

static struct serve *fixture_server; /* in the child only */

static int64_t request_int(struct json_object *request, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(request, key, &value) ? json_object_get_int64(value) : 0;
}

static int op_echo(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status)
{
	(void)ctx;
	(void)error;
	(void)status;
	jsonw_open(rows, '{');
	jsonw_i64(rows, "value", request_int(request, "value"));
	jsonw_i64(rows, "uid", peer->uid);
	jsonw_i64(rows, "pid", peer->pid);
	jsonw_bool(rows, "may_change", peer->may_change);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return 0;
}

/* "count" lines of "bytes" each, the last without its newline. */
static int op_lines(void *ctx, const struct serve_peer *peer, struct json_object *request,
		    struct buf *rows, struct buf *error, int *status)
{
	int64_t count = request_int(request, "count"), bytes = request_int(request, "bytes");

	(void)ctx;
	(void)peer;
	(void)error;
	(void)status;
	for (int64_t i = 0; i < count; i++) {
		size_t from = rows->len;

		if (i > 0)
			buf_add_char(rows, '\n');
		from = rows->len;
		buf_addf(rows, "{\"line\":%lld}", (long long)i);
		while ((int64_t)(rows->len - from) < bytes)
			buf_add_char(rows, ' ');
	}
	return 0;
}

static int op_fail(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status)
{
	(void)ctx;
	(void)peer;
	buf_add_str(rows, "{\"never\":\"seen\"}\n");
	*status = (int)request_int(request, "status");
	if (request_int(request, "words"))
		buf_add_str(error, "no alert \"x\"\n of that name");
	return -ENOENT;
}

static int op_publish(void *ctx, const struct serve_peer *peer, struct json_object *request,
		      struct buf *rows, struct buf *error, int *status)
{
	struct buf lines _cleanup_buf_ = BUF_INIT;
	int r = op_lines(ctx, peer, request, &lines, error, status);

	buf_add_char(&lines, '\n');
	serve_publish(fixture_server, "follow", lines.data, lines.len);
	serve_publish(fixture_server, "echo", lines.data, lines.len);
	(void)rows;
	return r;
}

static int op_stats(void *ctx, const struct serve_peer *peer, struct json_object *request,
		    struct buf *rows, struct buf *error, int *status)
{
	struct serve_stats s;

	(void)ctx;
	(void)peer;
	(void)request;
	(void)error;
	(void)status;
	serve_get_stats(fixture_server, &s);
	buf_addf(rows,
		 "connections %llu requests %llu refused %llu denied %llu bad_frames %llu "
		 "cut_off %llu idle %llu open %u following %u missing %d %d held %llu\n",
		 (unsigned long long)s.connections, (unsigned long long)s.requests,
		 (unsigned long long)s.refused, (unsigned long long)s.denied,
		 (unsigned long long)s.bad_frames, (unsigned long long)s.cut_off,
		 (unsigned long long)s.idle, s.open, s.following, s.read_group_missing,
		 s.admin_group_missing, (unsigned long long)s.held_bytes);
	return 0;
}

static const struct serve_op fixture_ops[] = {
	{ .name = "echo", .handler = op_echo },
	{ .name = "lines", .handler = op_lines },
	{ .name = "fail", .handler = op_fail },
	{ .name = "change", .handler = op_echo, .change = true },
	{ .name = "follow", .handler = op_lines, .follow = true },
	{ .name = "publish", .handler = op_publish },
	{ .name = "stats", .handler = op_stats },
	{ .name = NULL },
};

static inline void stop_loop(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(ctx);
}

/* The child's life; its exit status is that of serve_open(). */
static inline int run_server(const struct serve_options *options, int parent, int ready)
{
	struct event_base *base = event_base_new();
	struct event *end = event_new(base, parent, EV_READ, stop_loop, base);
	int r = serve_open(base, options, &fixture_server);

	if (write(ready, &r, sizeof(r)) != sizeof(r) || r < 0)
		_exit(1);
	event_add(end, NULL);
	event_base_dispatch(base);
	serve_close(fixture_server);
	event_free(end);
	event_base_free(base);
	return 0;
}

static inline void fixture_start(struct fixture *f, const struct serve_options *given)
{
	struct serve_options options = *given;
	int alive[2], ready[2], r = -1;

	assert_non_null(mkdtemp(scratch_name(f->dir, "serve")));
	assert_int_equal(chmod(f->dir, 0755), 0);
	snprintf(f->path, sizeof(f->path), "%s/control.sock", f->dir);
	options.path = f->path;
	options.ops = options.ops ? options.ops : fixture_ops;
	assert_int_equal(pipe2(alive, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	f->server = fork();
	assert_true(f->server >= 0);
	if (f->server == 0) {
		close(alive[1]);
		exit(run_server(&options, alive[0], ready[1]));
	}
	close(alive[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &r, sizeof(r)), sizeof(r));
	assert_int_equal(r, 0);
	close(ready[0]);
	f->alive = alive[1];
}

/* Ends the server and insists that it ended well (sanitizers exit non-zero). */
static inline void fixture_stop(struct fixture *f)
{
	int status = -1;

	close(f->alive);
	assert_int_equal(waitpid(f->server, &status, 0), f->server);
	assert_int_equal(status, 0);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(rmdir(f->dir), 0);
}

static inline struct client *fixture_client(const struct fixture *f)
{
	struct client *c = NULL;

	assert_int_equal(client_connect(f->path, 10000, &c), 0);
	return c;
}

/* Collects lines, '\n' behind each. */
static inline int collect_line(void *ctx, const char *line, size_t len)
{
	buf_add(ctx, line, len);
	buf_add_char(ctx, '\n');
	return 0;
}

static inline void ask(struct client *c, const char *json, struct buf *out)
{
	buf_clear(out);
	assert_int_equal(client_request(c, json, collect_line, out), 0);
	assert_string_equal(client_error(c), "");
}

static inline void expect_error(struct client *c, const char *json, int status, const char *words)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	assert_int_equal(client_request(c, json, collect_line, &out), -EREMOTEIO);
	assert_int_equal(client_error_status(c), status);
	assert_non_null(strstr(client_error(c), words));
	assert_int_equal(out.len, 0);
}

/* Asks for the server's counters until `words` show up among them: connections end
 * when the loop comes to them. Bounded by the client's own deadline. */
static inline void await_stats(const struct fixture *f, const char *words)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct client *c = fixture_client(f);

	for (int i = 0; i < 20000; i++) {
		ask(c, "{\"op\":\"stats\"}", &out);
		if (strstr(out.data, words))
			break;
	}
	if (!strstr(out.data, words))
		fail_msg("no \"%s\" in: %s", words, out.data);
	client_close(c);
}

/* A raw connection for what no client would send. */
static inline int raw_connect(const struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, f->path, strlen(f->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline void raw_request(int fd, const char *json)
{
	struct proto_header h;

	proto_make(&h, PROTO_REQUEST, (uint32_t)strlen(json));
	assert_int_equal(send(fd, &h, sizeof(h), MSG_NOSIGNAL), sizeof(h));
	assert_int_equal(send(fd, json, strlen(json), MSG_NOSIGNAL), strlen(json));
}

/* Reads one frame; its type, or 0 at the end. The body goes to *body with a NUL. */
static inline int raw_frame(int fd, char body[4096])
{
	struct proto_header h;
	ssize_t n = recv(fd, &h, sizeof(h), MSG_WAITALL);

	if (n <= 0)
		return 0;
	assert_int_equal(n, sizeof(h));
	assert_int_equal(proto_check(&h, 4095), 0);
	if (proto_length(&h) > 0)
		assert_int_equal(recv(fd, body, proto_length(&h), MSG_WAITALL), proto_length(&h));
	body[proto_length(&h)] = '\0';
	return (int)proto_type(&h);
}

#endif
