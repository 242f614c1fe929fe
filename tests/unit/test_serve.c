/* SPDX-License-Identifier: Apache-2.0
 *
 * The control server and the client over a real socket: answers, errors, following.
 */
#include "unit/serve_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),       cmocka_unit_test(test_errors),
		cmocka_unit_test(test_big_answer), cmocka_unit_test(test_pieces_and_pipelining),
		cmocka_unit_test(test_follow),     cmocka_unit_test(test_follow_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
