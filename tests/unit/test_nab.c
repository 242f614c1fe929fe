/* SPDX-License-Identifier: Apache-2.0
 *
 * The NAB mode: what comes in comes out with a score, a surprise stands out, nothing
 * looks ahead, bad rows are refused by line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "replay/nab.h"

enum { ROWS = 400, SPIKE_ROW = 300 };

static int score(const struct buf *in, char **ret_out, struct buf *error)
{
	char path[64];
	size_t len;
	int fd = memfd_create("nab", MFD_CLOEXEC);
	FILE *out = open_memstream(ret_out, &len);
	int r;

	assert_true(fd >= 0 && out);
	assert_int_equal(write(fd, in->data, in->len), (ssize_t)in->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = nab_run(path, out, error);
	assert_int_equal(fclose(out), 0);
	close(fd);
	return r;
}

static void add_rows(struct buf *b, int count, const char *spike)
{
	buf_add_str(b, "timestamp,value\n");
	for (int i = 0; i < count; i++)
		if (i == SPIKE_ROW)
			buf_addf(b, "2024-05-01 00:00:%03d,%s\n", i, spike);
		else
			buf_addf(b, "2024-05-01 00:00:%03d,%d.%d\n", i, 20 + i % 5, i % 10);
}

static double score_of(const char *out, int row)
{
	for (int i = 0; i <= row; i++)
		out = strchr(out, '\n') + 1;
	out = strchr(strchr(out, ',') + 1, ',') + 1;
	return strtod(out, NULL);
}

static void a_surprise_stands_out_once(void **state)
{
	static const char *const spikes[] = { "90", "9e1", "-60.5", "1e300", "0.9E+2" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spikes); i++) {
		_cleanup_buf_ struct buf in = BUF_INIT, error = BUF_INIT;
		_cleanup_free_ char *out = NULL;

		add_rows(&in, ROWS, spikes[i]);
		assert_int_equal(score(&in, &out, &error), 0);
		assert_non_null(strstr(out, "timestamp,value,anomaly_score\n"));
		assert_non_null(strstr(out, "2024-05-01 00:00:001,21.1,0.000000\n"));
		assert_true(score_of(out, SPIKE_ROW) > .8 && score_of(out, SPIKE_ROW) <= 1);
		for (int row = 60; row < ROWS; row++)
			if (row != SPIKE_ROW)
				assert_true(score_of(out, row) < .3);
	}
}

/* Six days of 5-minute rows, 90 by day and 10 by night; on the last night the day's value,
 * which is nothing new but for its time. */
static void the_wrong_time_of_day_stands_out(void **state)
{
	enum { DAY_ROWS = 288, NIGHT_ROW = 5 * DAY_ROWS + 36 };
	_cleanup_buf_ struct buf in = BUF_INIT, error = BUF_INIT;
	_cleanup_free_ char *out = NULL;
	double highest = 0;

	(void)state;
	buf_add_str(&in, "timestamp,value\n");
	for (int i = 0; i < 6 * DAY_ROWS; i++) {
		int hour = i % DAY_ROWS / 12;
		bool day = (hour >= 8 && hour < 20) || (i >= NIGHT_ROW && i < NIGHT_ROW + 12);

		buf_addf(&in, "2024-05-%02d %02d:%02d:00,%d.%d\n", 1 + i / DAY_ROWS, hour,
			 i % 12 * 5, day ? 90 : 10, i % 7);
	}
	assert_int_equal(score(&in, &out, &error), 0);
	for (int row = NIGHT_ROW; row < NIGHT_ROW + 12; row++)
		highest = score_of(out, row) > highest ? score_of(out, row) : highest;
	assert_true(highest > .1);
	for (int row = 4 * DAY_ROWS; row < NIGHT_ROW; row++)
		assert_true(score_of(out, row) < highest / 4);
}

static void nothing_looks_ahead(void **state)
{
	_cleanup_buf_ struct buf whole = BUF_INIT, part = BUF_INIT, error = BUF_INIT;
	_cleanup_free_ char *all = NULL, *some = NULL;

	(void)state;
	add_rows(&whole, ROWS, "90");
	add_rows(&part, SPIKE_ROW + 1, "90");
	assert_int_equal(score(&whole, &all, &error), 0);
	assert_int_equal(score(&part, &some, &error), 0);
	assert_true(strlen(some) < strlen(all));
	assert_memory_equal(all, some, strlen(some));
}

static void bad_rows_are_named(void **state)
{
	static const char *const bad[] = { "noise",   ",5",    "t,",    "t,x", "t,1e",
					   "t,1.2.3", "t,--1", "t,nan", "t,." };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf in = BUF_INIT, error = BUF_INIT;
		_cleanup_free_ char *out = NULL;

		buf_addf(&in, "timestamp,value\nt,1\n%s\n", bad[i]);
		assert_int_equal(score(&in, &out, &error), -EINVAL);
		assert_non_null(strstr(error.data, ":3: the row "));
	}
}

static void a_missing_file_is_named(void **state)
{
	_cleanup_buf_ struct buf error = BUF_INIT;

	(void)state;
	assert_int_equal(nab_run("/nonexistent/x", stdout, &error), -ENOENT);
	assert_string_equal(error.data, "/nonexistent/x: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_surprise_stands_out_once),
		cmocka_unit_test(the_wrong_time_of_day_stands_out),
		cmocka_unit_test(nothing_looks_ahead),
		cmocka_unit_test(bad_rows_are_named),
		cmocka_unit_test(a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
