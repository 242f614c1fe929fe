/* SPDX-License-Identifier: Apache-2.0
 *
 * No peer can hurt the control server or another peer: foreign bytes, the slow, the
 * many, those without a right.
 */
#include "unit/serve_fixture.h"

#include <grp.h>

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

/* An answer's memory is held, and counted, until the last of it is taken or the peer has gone. */
static void test_held_memory(void **state)
{
	enum { LINES = 5000, BYTES = 1000, TAKEN = 4000000 };
	struct serve_options options = { .read_group = "", .admin_group = "" };
	char piece[65536], words[64];
	struct fixture f;
	size_t got = 0;
	int fd;

	(void)state;
	fixture_start(&f, &options);
	fd = raw_connect(&f);
	raw_request(fd, "{\"op\":\"lines\",\"count\":5000,\"bytes\":1000}");
	(void)snprintf(words, sizeof(words), "held %d\n", LINES * (BYTES + 1));
	await_stats(&f, words);
	while (got < TAKEN) {
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		assert_true(n > 0);
		got += (size_t)n;
	}
	await_stats(&f, words);
	close(fd);
	await_stats(&f, "held 0\n");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign_bytes), cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_held_memory),   cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
