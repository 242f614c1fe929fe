/* SPDX-License-Identifier: Apache-2.0
 *
 * Dead letters on disk, and the events that go to one sink alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "daemon/deadletter.c" /* the daemon's rooms are not in the library */
#include "sink/addressed.h"
#include "scratch.h"

static char dir[SCRATCH_MAX];

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(scratch_name(dir, "dead")) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char path[128];

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/dead-letter.jsonl%s", dir, i ? ".1" : "");
		(void)unlink(path);
	}
	return rmdir(dir);
}

struct seen {
	uint64_t sum, count;
	const char *take; /* sink whose letters are taken */
};

static int look(void *ctx, const struct deadletter *d)
{
	struct seen *s = ctx;

	assert_string_equal(d->reason, "HTTP 400: \"no\"");
	assert_true(strchr(d->record, '\n') == NULL);
	s->sum += d->sequence;
	s->count++;
	return s->take && strcmp(s->take, d->sink) == 0;
}

static void add(const char *sink, uint64_t sequence, size_t len)
{
	char *record = calloc(1, len + 2);

	memset(record, 'x', len);
	record[len] = '\n';
	assert_int_equal(deadletter_add(dir, sink, sequence, "HTTP 400: \"no\"", record, len + 1),
			 0);
	free(record);
}

static void letters_are_read_and_taken_by_sink(void **state)
{
	struct seen s = { 0 }, taken = { .take = "a" }, left = { 0 };

	(void)state;
	assert_int_equal(deadletter_each(dir, look, &s), 0); /* no file yet */
	for (uint64_t n = 1; n <= 10; n++)
		add(n % 2 ? "a" : "b", n, 20);
	assert_int_equal(deadletter_each(dir, look, &s), 0);
	assert_int_equal(s.sum, 55);
	assert_int_equal(deadletter_take(dir, look, &taken), 0);
	assert_int_equal(deadletter_each(dir, look, &left), 0);
	assert_int_equal(left.count, 5);
	assert_int_equal(left.sum, 30);
	taken = (struct seen){ .take = "b" };
	assert_int_equal(deadletter_take(dir, look, &taken), 0);
	left = (struct seen){ 0 };
	assert_int_equal(deadletter_each(dir, look, &left), 0);
	assert_int_equal(left.count, 0);
}

/* The file before the present one is looked through first. */
static void both_files_count_and_are_bounded(void **state)
{
	struct seen s = { 0 };
	struct stat st;
	char path[128];

	(void)state;
	for (uint64_t n = 1; n <= 30; n++)
		add("a", n, 1 << 20); /* 30 MB in two files of 8 */
	assert_int_equal(deadletter_each(dir, look, &s), 0);
	assert_in_range(s.count, 8, 16);
	snprintf(path, sizeof(path), "%s/dead-letter.jsonl.1", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 1, DEAD_BYTES_MAX);
	assert_int_equal(st.st_mode & 0777, 0600);
	s = (struct seen){ .take = "a" };
	assert_int_equal(deadletter_take(dir, look, &s), 0);
	s = (struct seen){ 0 };
	assert_int_equal(deadletter_each(dir, look, &s), 0);
	assert_int_equal(s.count, 0);
}

static void a_torn_line_is_passed_over(void **state)
{
	struct seen s = { 0 };
	char path[128];
	int fd;

	(void)state;
	add("a", 1, 5);
	snprintf(path, sizeof(path), "%s/dead-letter.jsonl", dir);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{\"sink.na", 9), 9);
	close(fd);
	assert_int_equal(deadletter_each(dir, look, &s), 0);
	assert_int_equal(s.count, 1);
	s = (struct seen){ .take = "a" };
	assert_int_equal(deadletter_take(dir, look, &s), 0);
}

static void an_address_goes_on_and_off(void **state)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	const char *name;
	size_t len;

	(void)state;
	assert_int_equal(addressed_add(&b, "siem", "{\"a\":1}", 7), 0);
	assert_string_equal(b.data, "{\"sink.only\":\"siem\",\"a\":1}");
	assert_true(addressed_to(b.data, b.len, &name, &len));
	assert_int_equal(len, 4);
	assert_memory_equal(name, "siem", 4);
	b.len = addressed_strip(b.data, b.len);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "{\"a\":1}", 7);
	assert_int_equal(addressed_strip(b.data, b.len), 7);
	assert_int_equal(addressed_add(&b, "siem", "x", 1), -EINVAL);
	assert_false(addressed_to("{\"sink.only\":\"siem", 18, &name, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(letters_are_read_and_taken_by_sink, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(both_files_count_and_are_bounded, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(a_torn_line_is_passed_over, make_dir, remove_dir),
		cmocka_unit_test(an_address_goes_on_and_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
