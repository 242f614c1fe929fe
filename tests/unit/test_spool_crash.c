/* SPDX-License-Identifier: Apache-2.0
 *
 * The spool after any end of the process: a torn or flipped record is passed over, a
 * failed write leaves nothing, no committed record is lost.
 */
#include "unit/spool_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void test_flipped_bits(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	static char bytes[65536];
	uint64_t first, end;
	char *found;

	(void)state;
	for (uint64_t n = 1; n <= 20; n++)
		append(s, n);
	load_segment(&p, 0, bytes);
	found = memmem(bytes, sizeof(bytes), "5\0ffff", 6); /* the data of record 5 */
	assert_non_null(found);
	edit_segment(&p, 0, found - bytes + 9, "X", 1);
	check_records(s, 0, 1, &first, &end); /* while it is open */
	assert_int_equal(end, 21);
	assert_int_equal(stats_of(s).corrupt_records, 1);
	spool_close(s);
	found = memmem(bytes, sizeof(bytes), "9\0jjjj", 6);
	assert_non_null(found);
	edit_segment(&p, 0, found - bytes - 30, "X", 1); /* and the header of record 9 */
	s = open_spool(&p);
	check_records(s, 0, 2, &first, &end);
	assert_int_equal(end, 21);
	assert_int_equal(stats_of(s).corrupt_records, 2);
	append(s, 21);
	spool_close(s);
	edit_segment(&p, 0, 8, "X", 1); /* the segment's own header */
	s = open_spool(&p);
	check_records(s, 0, 2, &first, &end);
	assert_int_equal(end, 22);
	append(s, 22);
	spool_close(s);
	edit_segment(&p, 1, 0, "this file is not ours", 21);
	s = open_spool(&p);
	assert_int_equal(stats_of(s).set_aside, 1);
	check_records(s, 0, 2, &first, &end);
	assert_int_equal(end, 23);
	spool_close(s);
	remove_place(&p);
}

/* Any prefix of a record's bytes may be on disk when the process ends. */
static void test_torn_at_every_byte(void **state)
{
	static char before[65536], after[65536];
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	uint64_t first, end;
	size_t from = 0, to = 0;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		append(s, n);
	load_segment(&p, 0, before);
	append(s, 4);
	load_segment(&p, 0, after);
	spool_close(s);
	for (size_t i = 0; i < sizeof(after); i++)
		if (before[i] != after[i]) {
			from = from ? from : i;
			to = i + 1;
		}
	for (size_t cut = from; cut <= to; cut++) {
		edit_segment(&p, 0, 0, before, sizeof(before));
		edit_segment(&p, 0, (off_t)from, after + from, cut - from);
		s = open_spool(&p);
		check_records(s, 0, 0, &first, &end);
		assert_int_equal(end, cut == to ? 5 : 4);
		assert_int_equal(stats_of(s).corrupt_records, 0);
		append(s, end); /* goes on where whole records end */
		check_records(s, 0, 0, &first, &end);
		assert_int_equal(end, cut == to ? 6 : 5);
		spool_close(s);
	}
	remove_place(&p);
}

static void test_lost_data_behind_a_cursor(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	static char nothing[65536];
	uint64_t sequence;

	(void)state;
	for (uint64_t n = 1; n <= 9; n++)
		append(s, n);
	assert_int_equal(spool_ack(s, "siem", 9), 0);
	spool_close(s);
	edit_segment(&p, 0, 0, nothing, sizeof(nothing));
	s = open_spool(&p);
	assert_int_equal(spool_append(s, "x", 1, &sequence), 0);
	assert_int_equal(sequence, 10); /* else the reader would pass over it */
	spool_close(s);
	remove_place(&p);
}

/* A torn write of a cursor costs the last acknowledgement, not all of them. */
static void test_spoilt_cursor(void **state)
{
	uint64_t sequence, found[2];
	char path[128];

	(void)state;
	for (int copy = 0; copy < 2; copy++) {
		struct place p = make_place();
		struct spool *s = open_spool(&p);
		int fd;

		for (uint64_t n = 1; n <= 9; n++) {
			append(s, n);
			assert_int_equal(spool_ack(s, "siem", n), 0);
		}
		spool_close(s);
		snprintf(path, sizeof(path), "%s/cursors", p.spool);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, "torn", 4, copy * 512 + 10), 4);
		close(fd);
		s = open_spool(&p);
		assert_int_equal(spool_cursor(s, "siem", &found[copy]), 0);
		assert_int_equal(spool_append(s, "x", 1, &sequence), 0);
		assert_int_equal(sequence, 10);
		spool_close(s);
		remove_place(&p);
	}
	assert_int_equal(found[0] + found[1], 8 + 9);
	assert_true(found[0] == 8 || found[0] == 9);
}

static void test_failing_writes(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	struct rlimit whole, small;
	uint64_t first, end, sequence = 0, n = 0;
	char record[2048];
	int r = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	for (int round = 1; round <= 4; round++) {
		small = (struct rlimit){ .rlim_cur = (rlim_t)round * 15001,
					 .rlim_max = whole.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		do { /* the last write ends short, then fails */
			r = spool_append(s, record, make_record(n + 1, record), &sequence);
			n += r == 0;
		} while (r == 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
		assert_int_equal(r, -EFBIG);
		assert_int_equal(stats_of(s).next_sequence, n + 1);
		check_records(s, 0, 0, &first, &end);
		assert_int_equal(end, n + 1);
		if (round % 2) { /* and what a restart finds */
			spool_close(s);
			s = open_spool(&p);
			check_records(s, 0, 0, &first, &end);
			assert_int_equal(end, n + 1);
		}
	}
	append(s, n + 1);
	check_records(s, 0, 0, &first, &end);
	assert_int_equal(end, n + 2);
	spool_close(s);
	remove_place(&p);
}

/* Appends for ever and tells each committed sequence; never returns. */
static void append_until_killed(const struct place *p, int tell)
{
	struct spool *s = NULL;
	char record[2048];

	if (spool_open(p->spool, SPOOL_BYTES, &s) < 0)
		_exit(1);
	for (;;) {
		struct spool_stats stats = stats_of(s);
		uint64_t sequence = 0;

		if (spool_append(s, record, make_record(stats.next_sequence, record), &sequence) ||
		    write(tell, &sequence, sizeof(sequence)) != sizeof(sequence))
			_exit(1);
	}
}

static void test_killed_at_random(void **state)
{
	struct place p = make_place();
	uint64_t committed = 0;
	unsigned int seed = 20260501;

	(void)state;
	spool_close(open_spool(&p));
	for (int round = 0; round < 30; round++) {
		unsigned int appends = (unsigned int)rand_r(&seed) % 200;
		uint64_t first, end, sequence;
		int tell[2], status;
		struct spool *s;
		pid_t pid;

		assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			append_until_killed(&p, tell[1]);
		close(tell[1]);
		for (unsigned int i = 0; i < appends; i++) {
			assert_int_equal(read(tell[0], &sequence, sizeof(sequence)),
					 sizeof(sequence));
			committed = sequence;
		}
		usleep((useconds_t)(rand_r(&seed) % 700)); /* anywhere in an append */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		while (read(tell[0], &sequence, sizeof(sequence)) == sizeof(sequence))
			committed = sequence;
		close(tell[0]);
		if (appends > 0)
			assert_true(committed > 0);
		s = open_spool(&p);
		check_records(s, 0, 0, &first, &end);
		assert_true(end >= (committed ? committed + 1 : 0)); /* none lost */
		assert_true(end <= committed + 2);                   /* at most the one under way */
		assert_int_equal(stats_of(s).corrupt_records, 0);
		committed = end ? end - 1 : 0;
		spool_close(s);
	}
	assert_true(committed > 1000); /* several times around the segments */
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_torn_at_every_byte),
		cmocka_unit_test(test_lost_data_behind_a_cursor),
		cmocka_unit_test(test_spoilt_cursor),
		cmocka_unit_test(test_failing_writes),
		cmocka_unit_test(test_killed_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
