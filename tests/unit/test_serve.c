/* SPDX-License-Identifier: Apache-2.0
 *
 * The control server and the client over a real socket: answers, errors, following,
 * and that no peer can hurt another.
 */
#include "unit/serve_fixture.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "client/proto.h"

static void ask(struct client *c, const char *json, struct buf *out)
{
	buf_clear(out);
	assert_int_equal(client_request(c, json, collect_line, out), 0);
	assert_string_equal(client_error(c), "");
}

static void expect_error(struct client *c, const char *json, int status, const char *words)
{
	struct buf out _cleanup_buf_ = BUF_INIT;

	assert_int_equal(client_request(c, json, collect_line, &out), -EREMOTEIO);
	assert_int_equal(client_error_status(c), status);
	assert_non_null(strstr(client_error(c), words));
	assert_int_equal(out.len, 0);
}

/* Asks for the server's counters until `words` show up among them: connections end
 * when the loop comes to them. Bounded by the client's own deadline. */
static void await_stats(const struct fixture *f, const char *words)
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

static void test_echo(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT, expected _cleanup_buf_ = BUF_INIT;
	struct serve_options options = { .read_group = "", .admin_group = "" };
	struct fixture f;
	struct client *c;
	struct stat st;

	(void)state;
	fixture_start(&f, &options);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	c = fixture_client(&f);
	for (int i = 0; i < 3; i++) {
		char json[64];

		snprintf(json, sizeof(json), "{\"op\":\"echo\",\"value\":%d}", i);
		ask(c, json, &out);
		buf_clear(&expected);
		buf_addf(&expected, "{\"value\":%d,\"uid\":%u,\"pid\":%d,\"may_change\":true}\n", i,
			 getuid(), getpid());
		assert_string_equal(out.data, expected.data);
	}
	client_close(c);
	await_stats(&f, "connections 2 requests 4");
	fixture_stop(&f);
}

static void test_errors(void **state)
{
	struct serve_options options = { .read_group = "no-such-group-here", .admin_group = "" };
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct fixture f;
	struct client *c;

	(void)state;
	fixture_start(&f, &options);
	c = fixture_client(&f);
	expect_error(c, "{\"op\":\"fail\",\"status\":77,\"words\":1}", 77,
		     "no alert \"x\"\n of that name");
	expect_error(c, "{\"op\":\"fail\",\"status\":1}", 1, "fail: No such file");
	expect_error(c, "{\"op\":\"nonsense\"}", 2, "knows echo lines fail");
	expect_error(c, "nonsense", 2, "bad request");
	expect_error(c, "", 2, "bad request");
	expect_error(c, "{\"op\":\"lines\",\"count\":1,\"bytes\":1048576}", 1, "above 1 MiB");
	ask(c, "{\"op\":\"stats\"}", &out); /* none of them cost us the connection */
	assert_non_null(strstr(out.data, "bad_frames 0"));
	assert_non_null(strstr(out.data, "missing 1 0"));
	client_close(c);
	fixture_stop(&f);
}

struct line_check {
	int64_t next;
	size_t bytes;
	int64_t stop_at; /* returns 5 there; 0 = never */
};

static int check_line(void *ctx, const char *line, size_t len)
{
	struct line_check *check = ctx;
	char expected[48];
	int n = snprintf(expected, sizeof(expected), "{\"line\":%lld} ", (long long)check->next);

	assert_int_equal(len, check->bytes);
	assert_int_equal(strlen(line), len);
	assert_memory_equal(line, expected, (size_t)n);
	check->next++;
	return check->stop_at && check->next == check->stop_at ? 5 : 0;
}

static void test_big_answer(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "" };
	struct line_check check = { .bytes = 1000 };
	struct fixture f;
	struct client *c;

	(void)state;
	fixture_start(&f, &options);
	c = fixture_client(&f);
	assert_int_equal(client_request(c, "{\"op\":\"lines\",\"count\":20000,\"bytes\":1000}",
					check_line, &check),
			 0);
	assert_int_equal(check.next, 20000);
	check = (struct line_check){ .bytes = 1048575 }; /* the longest line there is */
	assert_int_equal(client_request(c, "{\"op\":\"lines\",\"count\":3,\"bytes\":1048575}",
					check_line, &check),
			 0);
	assert_int_equal(check.next, 3);
	check = (struct line_check){ .bytes = 100, .stop_at = 7 };
	assert_int_equal(client_request(c, "{\"op\":\"lines\",\"count\":50,\"bytes\":100}",
					check_line, &check),
			 5);
	assert_int_equal(check.next, 7);
	assert_int_equal(client_request(c, "{\"op\":\"echo\"}", NULL, NULL), -ENOTCONN);
	client_close(c);
	fixture_stop(&f);
}

/* A raw connection for what no client would send. */
static int raw_connect(const struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, f->path, strlen(f->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void raw_request(int fd, const char *json)
{
	struct proto_header h;

	proto_make(&h, PROTO_REQUEST, (uint32_t)strlen(json));
	assert_int_equal(send(fd, &h, sizeof(h), MSG_NOSIGNAL), sizeof(h));
	assert_int_equal(send(fd, json, strlen(json), MSG_NOSIGNAL), strlen(json));
}

/* Reads one frame; its type, or 0 at the end. The body goes to *body with a NUL. */
static int raw_frame(int fd, char body[4096])
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

static void expect_refusal(const struct fixture *f, const void *bytes, size_t len,
			   const char *words)
{
	char body[4096];
	int fd = raw_connect(f);

	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
	assert_int_equal(raw_frame(fd, body), PROTO_ERROR);
	assert_non_null(strstr(body, words));
	assert_int_equal(raw_frame(fd, body), 0);
	close(fd);
}

static void test_foreign_bytes(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "" };
	struct proto_header h;
	struct fixture f;

	(void)state;
	fixture_start(&f, &options);
	expect_refusal(&f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, "not the egressd control");
	expect_refusal(&f, "QUIT", 4, "not the egressd control");
	proto_make(&h, PROTO_REQUEST, PROTO_REQUEST_MAX + 1);
	expect_refusal(&f, &h, sizeof(h), "longer than 65536");
	proto_make(&h, PROTO_ROWS, 0);
	expect_refusal(&f, &h, sizeof(h), "not the egressd control");
	proto_make(&h, PROTO_REQUEST, 0);
	((char *)&h)[4] = 9;
	expect_refusal(&f, &h, sizeof(h), "same release");
	await_stats(&f, "bad_frames 5 cut_off 0 idle 0 open 1");
	fixture_stop(&f);
}

static void test_pieces_and_pipelining(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "" };
	static const char json[] = "{\"op\":\"lines\",\"count\":1}";
	struct proto_header h;
	struct fixture f;
	char body[4096], both[2 * (sizeof(h) + sizeof(json) - 1)];
	int fd;

	(void)state;
	fixture_start(&f, &options);
	proto_make(&h, PROTO_REQUEST, sizeof(json) - 1);
	memcpy(both, &h, sizeof(h));
	memcpy(both + sizeof(h), json, sizeof(json) - 1);
	memcpy(both + sizeof(both) / 2, both, sizeof(both) / 2);
	fd = raw_connect(&f);
	for (size_t i = 0; i < sizeof(both) / 2; i++)
		assert_int_equal(send(fd, both + i, 1, MSG_NOSIGNAL), 1);
	assert_int_equal(raw_frame(fd, body), PROTO_ROWS);
	assert_string_equal(body, "{\"line\":0}\n");
	assert_int_equal(raw_frame(fd, body), PROTO_END);
	assert_int_equal(send(fd, both, sizeof(both), MSG_NOSIGNAL), sizeof(both));
	assert_int_equal(shutdown(fd, SHUT_WR), 0); /* half closed: answers still come */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(raw_frame(fd, body), PROTO_ROWS);
		assert_int_equal(raw_frame(fd, body), PROTO_END);
	}
	assert_int_equal(raw_frame(fd, body), 0);
	close(fd);
	fixture_stop(&f);
}

static void test_timeouts(void **state)
{
	struct serve_options options = { .read_group = "",
					 .admin_group = "",
					 .idle_ms = 60000,
					 .request_ms = 50,
					 .answer_ms = 50 };
	struct proto_header h;
	struct fixture f;
	char body[4096];
	int fd;

	(void)state;
	fixture_start(&f, &options);
	fd = raw_connect(&f); /* half a request */
	proto_make(&h, PROTO_REQUEST, 10);
	assert_int_equal(send(fd, &h, sizeof(h), MSG_NOSIGNAL), sizeof(h));
	assert_int_equal(raw_frame(fd, body), 0);
	close(fd);
	await_stats(&f, "cut_off 0 idle 1 open 1");
	fd = raw_connect(&f); /* an answer that is not taken */
	raw_request(fd, "{\"op\":\"lines\",\"count\":5000,\"bytes\":1000}");
	await_stats(&f, "cut_off 1 idle 1 open 1");
	close(fd);
	fixture_stop(&f);
	options.idle_ms = 50;
	fixture_start(&f, &options);
	fd = raw_connect(&f);
	assert_int_equal(raw_frame(fd, body), 0);
	close(fd);
	await_stats(&f, "cut_off 0 idle 1 open 1");
	fixture_stop(&f);
}

static void test_too_many(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "", .max_open = 3 };
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct fixture f;
	struct client *c[3], *extra;

	(void)state;
	fixture_start(&f, &options);
	for (int i = 0; i < 3; i++) {
		c[i] = fixture_client(&f);
		assert_int_equal(client_request(c[i], "{\"op\":\"echo\"}", NULL, NULL), 0);
	}
	extra = fixture_client(&f);
	expect_error(extra, "{\"op\":\"echo\"}", 1, "too many clients");
	client_close(extra);
	ask(c[0], "{\"op\":\"stats\"}", &out);
	assert_non_null(strstr(out.data, "refused 1"));
	for (int i = 0; i < 3; i++)
		client_close(c[i]);
	fixture_stop(&f);
}

static int stop_at_two(void *ctx, const char *line, size_t len)
{
	struct buf *out = ctx;

	collect_line(out, line, len);
	return strstr(out->data, "{\"line\":1}") ? 9 : 0;
}

static void test_follow(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "" };
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct fixture f;
	struct client *c;
	char body[4096];
	int fd, dead;

	(void)state;
	fixture_start(&f, &options);
	fd = raw_connect(&f);
	raw_request(fd, "{\"op\":\"follow\",\"count\":2}");
	assert_int_equal(raw_frame(fd, body), PROTO_ROWS);
	assert_string_equal(body, "{\"line\":0}\n{\"line\":1}\n");
	assert_int_equal(raw_frame(fd, body), PROTO_ROWS); /* live from here */
	assert_string_equal(body, "");
	dead = raw_connect(&f);
	raw_request(dead, "{\"op\":\"follow\"}");
	c = fixture_client(&f);
	await_stats(&f, "following 2");
	ask(c, "{\"op\":\"publish\",\"count\":1}", &out);
	assert_int_equal(raw_frame(fd, body), PROTO_ROWS);
	assert_string_equal(body, "{\"line\":0}\n");
	/* One of two followers takes nothing: it is cut off, the other misses nothing. */
	for (int i = 0; i < 2000; i++) {
		ask(c, "{\"op\":\"publish\",\"count\":1,\"bytes\":1000}", &out);
		assert_int_equal(raw_frame(fd, body), PROTO_ROWS);
		assert_int_equal(strlen(body), 1001);
	}
	await_stats(&f, "cut_off 1 idle 0 open 3 following 1");
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1); /* has nothing to say */
	assert_int_equal(raw_frame(fd, body), PROTO_ERROR);
	close(fd);
	close(dead);
	client_close(c);
	await_stats(&f, "open 1 following 0");
	fixture_stop(&f);
}

/* The client's side of following: first answer, then what another process publishes. */
static void test_follow_client(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "" };
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct fixture f;
	struct client *c;
	int status = -1;
	pid_t pid;

	(void)state;
	fixture_start(&f, &options);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		await_stats(&f, "following 1");
		c = fixture_client(&f);
		_exit(client_request(c, "{\"op\":\"publish\",\"count\":2}", NULL, NULL) ? 1 : 0);
	}
	c = fixture_client(&f);
	assert_int_equal(client_request(c, "{\"op\":\"follow\",\"count\":1}", stop_at_two, &out),
			 9);
	assert_string_equal(out.data, "{\"line\":0}\n{\"line\":0}\n{\"line\":1}\n");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	client_close(c);
	fixture_stop(&f);
}

/* Runs `json` as user and group nobody; the exit status of the contract. */
static int as_nobody(const struct fixture *f, const char *json, bool in_group)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct client *c;
		gid_t gid = in_group ? 65534 : 65533;

		if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(65534) < 0)
			_exit(99);
		status = client_connect(f->path, 10000, &c);
		if (status < 0) {
			(void)client_connect_error(status, &status);
			_exit(status);
		}
		status = client_request(c, json, NULL, NULL);
		_exit(status == 0 ? 0 : client_error_status(c));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Three of four places are taken: the last is not for readers. */
static void check_reserve(struct serve_options options)
{
	struct client *c[4];
	struct fixture f;

	options.max_open = 4;
	fixture_start(&f, &options);
	for (int i = 0; i < 4; i++) {
		if (i == 3)
			assert_int_equal(as_nobody(&f, "{\"op\":\"echo\"}", true), 1);
		c[i] = fixture_client(&f);
		assert_int_equal(client_request(c[i], "{\"op\":\"echo\"}", NULL, NULL), 0);
	}
	for (int i = 0; i < 4; i++)
		client_close(c[i]);
	fixture_stop(&f);
}

static void test_rights(void **state)
{
	struct group *nogroup = getgrgid(65534);
	struct serve_options options = { .admin_group = "" };
	struct fixture f;
	struct stat st;

	(void)state;
	if (geteuid() != 0 || !nogroup)
		skip(); /* another user is needed */
	options.read_group = nogroup->gr_name;
	fixture_start(&f, &options);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, 65534);
	assert_int_equal(as_nobody(&f, "{\"op\":\"echo\"}", true), 0);
	assert_int_equal(as_nobody(&f, "{\"op\":\"change\"}", true), 4);
	assert_int_equal(as_nobody(&f, "{\"op\":\"echo\"}", false), 4);
	assert_int_equal(chmod(f.path, 0666), 0); /* the server checks too */
	assert_int_equal(as_nobody(&f, "{\"op\":\"echo\"}", false), 4);
	await_stats(&f, "refused 1 denied 1");
	fixture_stop(&f);
	check_reserve(options);
	options.admin_group = nogroup->gr_name;
	fixture_start(&f, &options);
	assert_int_equal(as_nobody(&f, "{\"op\":\"change\"}", true), 0);
	fixture_stop(&f);
}

static void test_socket_file(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "", .ops = fixture_ops };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct event_base *base = event_base_new();
	struct serve *second = NULL;
	struct fixture f;
	char other[128], too_long[200];
	int fd;

	(void)state;
	fixture_start(&f, &options);
	options.path = f.path;
	assert_int_equal(serve_open(base, &options, &second), -EADDRINUSE);
	/* What a killed server leaves behind is replaced, and removed at the end. */
	snprintf(other, sizeof(other), "%s/stale.sock", f.dir);
	memcpy(address.sun_path, other, strlen(other));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	options.path = other;
	assert_int_equal(serve_open(base, &options, &second), 0);
	/* A file that took our place is not removed at the end ... */
	assert_int_equal(unlink(other), 0);
	fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	serve_close(second);
	assert_int_equal(access(other, F_OK), 0);
	/* ... nor one that is no socket at the start. */
	assert_int_equal(serve_open(base, &options, &second), -ENOTSOCK);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(serve_open(base, &options, &second), 0);
	serve_close(second);
	assert_int_equal(access(other, F_OK), -1);
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	options.path = too_long;
	assert_int_equal(serve_open(base, &options, &second), -ENAMETOOLONG);
	event_base_free(base);
	fixture_stop(&f);
}

static void test_no_daemon(void **state)
{
	struct client *c = NULL;
	int status = 0, fds[2];

	(void)state;
	assert_int_equal(client_connect("/nonexistent/egress.sock", 1000, &c), -ENOENT);
	assert_non_null(strstr(client_connect_error(-ENOENT, &status), "no daemon"));
	assert_int_equal(status, 3);
	(void)client_connect_error(-ECONNREFUSED, &status);
	assert_int_equal(status, 3);
	(void)client_connect_error(-EACCES, &status);
	assert_int_equal(status, 4);
	/* One that never answers, one that goes away, one that speaks something else. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(client_from_fd(fds[0], 20, &c), 0);
	assert_int_equal(client_request(c, "{}", NULL, NULL), -ETIMEDOUT);
	assert_int_equal(client_error_status(c), 3);
	client_close(c);
	close(fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(client_from_fd(fds[0], 10000, &c), 0);
	close(fds[1]);
	assert_int_equal(client_request(c, "{}", NULL, NULL), -ECONNRESET);
	assert_int_equal(client_error_status(c), 3);
	client_close(c);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(client_from_fd(fds[0], 10000, &c), 0);
	assert_int_equal(write(fds[1], "HTTP/1.1 200 OK\r\n", 17), 17);
	assert_int_equal(client_request(c, "{}", NULL, NULL), -EPROTO);
	assert_int_equal(client_fd(c), -1);
	client_close(c);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_big_answer),
		cmocka_unit_test(test_foreign_bytes),
		cmocka_unit_test(test_pieces_and_pipelining),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_follow_client),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_socket_file),
		cmocka_unit_test(test_no_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
