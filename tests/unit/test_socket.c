/* SPDX-License-Identifier: Apache-2.0
 *
 * Both ends of finding each other: the socket file, and what a client says when there
 * is no daemon.
 */
#include "unit/serve_fixture.h"

static void test_socket_file(void **state)
{
	struct serve_options options = { .read_group = "", .admin_group = "", .ops = fixture_ops };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct event_base *base;
	struct serve *second = NULL;
	struct fixture f;
	char other[128], too_long[200];
	int fd;

	(void)state;
	fixture_start(&f, &options);
	base = event_base_new(); /* after the fork: the child has its own */
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

static void test_other_release(void **state)
{
	struct proto_header h;
	struct client *c = NULL;
	int fds[2];

	(void)state;
	proto_make(&h, PROTO_END, 0);
	((char *)&h)[4] = 9; /* the version */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(client_from_fd(fds[0], 10000, &c), 0);
	assert_int_equal(write(fds[1], &h, sizeof(h)), sizeof(h));
	assert_int_equal(client_request(c, "{}", NULL, NULL), -EPROTONOSUPPORT);
	assert_non_null(strstr(client_error(c), "another release"));
	client_close(c);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket_file),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_other_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
