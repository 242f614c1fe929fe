/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots: what was written last is read, whatever a crash or a bad disk leaves behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/slots.h"
#include "scratch.h"

#define ROOM 20000 /* bytes: five blocks a state */

struct place {
	char dir[SCRATCH_MAX], path[80];
};

static struct place make_place(void)
{
	struct place p;

	assert_non_null(mkdtemp(scratch_name(p.dir, "slots")));
	snprintf(p.path, sizeof(p.path), "%s/state", p.dir);
	return p;
}

static void remove_place(const struct place *p)
{
	scratch_remove(p->dir);
}

/* Opens and insists on whether a file was set aside. */
static struct slots *open_slots(const struct place *p, bool expect_aside)
{
	struct slots *s = NULL;
	char *aside = NULL;

	assert_int_equal(slots_open(p->path, ROOM, &aside, &s), 0);
	if (expect_aside) {
		assert_non_null(aside);
		assert_non_null(strstr(aside, "state.corrupt-20"));
		assert_int_equal(access(aside, F_OK), 0);
		assert_int_equal(unlink(aside), 0);
	} else {
		assert_null(aside);
	}
	free(aside);
	return s;
}

static void expect_state(struct slots *s, const char *expected, size_t len)
{
	struct buf state _cleanup_buf_ = BUF_INIT;

	assert_int_equal(slots_read(s, &state), 0);
	assert_int_equal(state.len, len);
	if (len)
		assert_memory_equal(state.data, expected, len);
}

static void load_file(const struct place *p, struct buf *out)
{
	int fd = open(p->path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	buf_clear(out);
	assert_int_equal(buf_reserve(out, (size_t)st.st_size), 0);
	assert_int_equal(read(fd, out->data, (size_t)st.st_size), st.st_size);
	out->len = (size_t)st.st_size;
	close(fd);
}

static void save_file(const struct place *p, const void *data, size_t len)
{
	int fd = open(p->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static void test_round_trip(void **state)
{
	struct place p = make_place();
	struct slots *s = open_slots(&p, false), *second = NULL;
	char *aside = NULL;
	struct stat st;

	(void)state;
	expect_state(s, "", 0);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_blocks * 512 >= 2 * ROOM); /* allocated, not sparse */
	assert_int_equal(slots_open(p.path, ROOM, &aside, &second), -EBUSY);
	for (int i = 0; i < 5; i++) {
		char text[32];
		int n = snprintf(text, sizeof(text), "state %d", i);

		assert_int_equal(slots_write(s, text, (size_t)n), 0);
		expect_state(s, text, (size_t)n);
		slots_close(s);
		s = open_slots(&p, false);
		expect_state(s, text, (size_t)n);
	}
	assert_int_equal(slots_write(s, "", 0), 0); /* an empty state is a state */
	expect_state(s, "", 0);
	slots_close(s);
	remove_place(&p);
}

static void test_growth(void **state)
{
	struct buf big _cleanup_buf_ = BUF_INIT;
	struct place p = make_place();
	struct slots *s = open_slots(&p, false);
	struct stat st;

	(void)state;
	assert_int_equal(slots_write(s, "small", 5), 0);
	while (big.len < 10 * ROOM)
		buf_addf(&big, "%zu,", big.len);
	assert_int_equal(slots_write(s, big.data, big.len), 0);
	expect_state(s, big.data, big.len);
	assert_int_equal(slots_write(s, "small", 5), 0);
	assert_int_equal(slots_write(s, big.data, big.len), 0);
	slots_close(s);
	s = open_slots(&p, false);
	expect_state(s, big.data, big.len);
	slots_close(s);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	remove_place(&p);
}

/* After a crash inside the write of state `after`, any prefix of what it writes may
 * have reached the disk: state first, header last. The header of the very first state
 * is whole or not there (it lies in one sector): torn, it would be a damaged file. */
static void check_crash(const struct place *p, const struct buf *before, const struct buf *after,
			const char *old, const char *new)
{
	struct buf image _cleanup_buf_ = BUF_INIT;
	size_t first = before->len, last = 0, changed[2048], n = 0;
	size_t half = before->len / 2;

	for (size_t i = 0; i < before->len; i++)
		if (before->data[i] != after->data[i]) {
			first = i < first ? i : first;
			last = i;
		}
	assert_true(first / half == last / half); /* one slot only is touched */
	for (size_t pass = 0; pass < 2; pass++)   /* the header block is written last */
		for (size_t i = 0; i < before->len; i++)
			if (before->data[i] != after->data[i] && (i % half < 4096) == (pass == 1)) {
				assert_true(n < ARRAY_SIZE(changed));
				changed[n++] = i;
			}
	buf_add(&image, before->data, before->len);
	for (size_t done = 0; done <= n; done++) {
		struct slots *s;
		bool whole = done == n;

		if (done > 0)
			image.data[changed[done - 1]] = after->data[changed[done - 1]];
		if (!*old && done > 0 && !whole && changed[done - 1] % half < 4096)
			continue;
		save_file(p, image.data, image.len);
		s = open_slots(p, false);
		expect_state(s, whole ? new : old, strlen(whole ? new : old));
		slots_close(s);
	}
}

static void test_crash_at_every_byte(void **state)
{
	static const char *const states[] = { "the first state", "the 2nd, a longer state", "third",
					      "and a fourth state" };
	struct buf before _cleanup_buf_ = BUF_INIT, after _cleanup_buf_ = BUF_INIT;
	struct place p = make_place();

	(void)state;
	slots_close(open_slots(&p, false));
	load_file(&p, &before);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		struct slots *s = open_slots(&p, false);

		assert_int_equal(slots_write(s, states[i], strlen(states[i])), 0);
		slots_close(s);
		load_file(&p, &after);
		check_crash(&p, &before, &after, i ? states[i - 1] : "", states[i]);
		load_file(&p, &before);
	}
	remove_place(&p);
}

static void test_damage(void **state)
{
	struct buf image _cleanup_buf_ = BUF_INIT;
	struct place p = make_place();
	struct slots *s = open_slots(&p, false);
	size_t half;

	(void)state;
	assert_int_equal(slots_write(s, "older", 5), 0);
	assert_int_equal(slots_write(s, "newer", 5), 0);
	slots_close(s);
	load_file(&p, &image);
	half = image.len / 2;
	image.data[half + 4096 + 2] ^= 0x10; /* the newer state has a flipped bit */
	save_file(&p, image.data, image.len);
	s = open_slots(&p, false);
	expect_state(s, "older", 5);
	slots_close(s);
	image.data[8] ^= 1; /* and the older one's header */
	save_file(&p, image.data, image.len);
	s = open_slots(&p, true);
	expect_state(s, "", 0);
	assert_int_equal(slots_write(s, "learned again", 13), 0);
	slots_close(s);
	image.data[8] ^= 1;
	save_file(&p, image.data, half + 100); /* cut off: slot 0 is still whole */
	s = open_slots(&p, true);
	expect_state(s, "older", 5);
	slots_close(s);
	save_file(&p, image.data, 10);
	slots_close(open_slots(&p, true));
	save_file(&p, "", 0);
	slots_close(open_slots(&p, true));
	memset(image.data, 0, image.len); /* a file system's zeros are no fresh file */
	save_file(&p, image.data, image.len);
	s = open_slots(&p, true);
	expect_state(s, "", 0);
	slots_close(s);
	slots_close(open_slots(&p, false)); /* and the fresh one is whole before its first state */
	buf_clear(&image);
	while (image.len < 16384)
		buf_add_str(&image, "not ours at all ");
	save_file(&p, image.data, image.len);
	s = open_slots(&p, true);
	expect_state(s, "", 0);
	slots_close(s);
	remove_place(&p);
}

static void test_no_place(void **state)
{
	struct slots *s = NULL;
	char *aside = NULL;

	(void)state;
	assert_int_equal(slots_open("/nonexistent/state", ROOM, &aside, &s), -ENOENT);
	assert_int_equal(slots_open("/", ROOM, &aside, &s), -EISDIR);
	assert_int_equal(slots_open("/x", 0, &aside, &s), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_crash_at_every_byte),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
