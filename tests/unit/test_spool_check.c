/* SPDX-License-Identifier: Apache-2.0
 *
 * The offline check of the spool: it sees what is torn, lost or foreign, changes nothing
 * unless told to, and mends what can be mended.
 */
#include "unit/spool_fixture.h"

#include <errno.h>

#include "sink/spool_check.h"

struct seen {
	const char *state[16];
	char reader[16][32];
	size_t count, repaired;
	struct spool_sum sum;
};

static int take(void *ctx, const struct spool_finding *f)
{
	struct seen *s = ctx;

	assert_true(s->count < 16);
	s->state[s->count] = f->state;
	s->repaired += f->repaired;
	snprintf(s->reader[s->count++], 32, "%s", f->reader);
	return 0;
}

static struct seen check(const struct place *p, bool repair)
{
	struct seen s = { .count = 0 };

	assert_int_equal(spool_check(p->spool, repair, take, &s, &s.sum), 0);
	return s;
}

static void fill(const struct place *p, uint64_t records)
{
	struct spool *s = open_spool(p);

	for (uint64_t n = 1; n <= records; n++)
		append(s, n);
	assert_int_equal(spool_ack(s, "siem", records / 2), 0);
	assert_int_equal(spool_ack(s, "siem", records), 0);
	spool_close(s);
}

static void edit_cursors(const struct place *p, off_t at, const void *data, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/cursors", p->spool);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void whole_spool_has_no_problems(void **state)
{
	struct place p = make_place();
	struct seen s;

	(void)state;
	fill(&p, 100);
	s = check(&p, false);
	assert_int_equal(s.count, 9); /* eight segments, one cursor */
	assert_string_equal(s.state[0], "whole");
	assert_string_equal(s.state[7], "empty");
	assert_string_equal(s.state[8], "whole");
	assert_string_equal(s.reader[8], "siem");
	assert_int_equal(s.sum.records, 100);
	assert_int_equal(s.sum.lost + s.sum.problems, 0);
	remove_place(&p);
}

static void torn_tail_is_harmless(void **state)
{
	struct place p = make_place();
	static char bytes[65536];
	struct seen s;
	char *tail;

	(void)state;
	fill(&p, 9);
	load_segment(&p, 0, bytes);
	tail = memmem(bytes, sizeof(bytes), "9\0jjjj", 6);
	assert_non_null(tail);
	edit_segment(&p, 0, tail - bytes + 10, "X", 1);
	edit_cursors(&p, 0, (char[1024]){ 0 }, 1024); /* it was never acknowledged */
	s = check(&p, false);
	assert_string_equal(s.state[0], "torn");
	assert_int_equal(s.sum.records, 8);
	assert_int_equal(s.sum.problems, 0);
	remove_place(&p);
}

static void damage_is_counted_and_stays(void **state)
{
	static char bytes[65536], after[65536];
	struct place p = make_place();
	struct seen s;
	char *middle;

	(void)state;
	fill(&p, 9);
	load_segment(&p, 0, bytes);
	middle = memmem(bytes, sizeof(bytes), "5\0ffff", 6);
	assert_non_null(middle);
	edit_segment(&p, 0, middle - bytes + 9, "X", 1);
	load_segment(&p, 0, bytes);
	for (int repair = 0; repair < 2; repair++) {
		s = check(&p, repair);
		assert_string_equal(s.state[0], "damaged");
		assert_int_equal(s.sum.records, 8);
		assert_int_equal(s.sum.lost, 1);
		assert_int_equal(s.sum.problems, 1);
		load_segment(&p, 0, after);
		assert_memory_equal(bytes, after, sizeof(bytes));
	}
	remove_place(&p);
}

static void lost_header_is_written_anew(void **state)
{
	struct place p = make_place();
	uint64_t first, end;
	struct spool *spool;
	struct seen s;

	(void)state;
	fill(&p, 9);
	edit_segment(&p, 0, 8, "X", 1);
	s = check(&p, false);
	assert_string_equal(s.state[0], "no header");
	assert_int_equal(s.sum.problems, 1);
	s = check(&p, true);
	assert_int_equal(s.repaired, 1);
	assert_int_equal(s.sum.problems, 0);
	s = check(&p, false);
	assert_string_equal(s.state[0], "whole");
	spool = open_spool(&p);
	check_records(spool, 0, 0, &first, &end);
	assert_int_equal(first, 1);
	assert_int_equal(end, 10);
	spool_close(spool);
	remove_place(&p);
}

static void foreign_file_is_put_aside(void **state)
{
	struct place p = make_place();
	struct seen s;

	(void)state;
	fill(&p, 9);
	edit_segment(&p, 3, 0, "this file is not ours", 21);
	s = check(&p, false);
	assert_string_equal(s.state[3], "foreign");
	s = check(&p, true);
	assert_int_equal(s.repaired, 1);
	s = check(&p, false);
	assert_int_equal(s.count, 8); /* the segment is not there any more */
	assert_int_equal(s.sum.problems, 0);
	spool_close(open_spool(&p));
	remove_place(&p);
}

static void half_a_cursor_is_made_whole(void **state)
{
	struct place p = make_place();
	uint64_t sequence;
	struct spool *spool;
	struct seen s;

	(void)state;
	fill(&p, 9); /* its second copy has 4, the first 9, or the other way round */
	edit_cursors(&p, 10, "torn", 4);
	s = check(&p, false);
	assert_string_equal(s.state[8], "half");
	assert_int_equal(s.sum.problems, 0);
	s = check(&p, true);
	assert_int_equal(s.repaired, 1);
	s = check(&p, false);
	assert_string_equal(s.state[8], "whole");
	edit_cursors(&p, 10, "torn", 4);
	edit_cursors(&p, 512 + 10, "torn", 4);
	s = check(&p, false);
	assert_string_equal(s.state[8], "spoilt");
	assert_int_equal(s.sum.problems, 1);
	(void)check(&p, true);
	s = check(&p, false);
	assert_int_equal(s.count, 8);
	spool = open_spool(&p);
	assert_int_equal(spool_cursor(spool, "siem", &sequence), 0);
	assert_int_equal(sequence, 0); /* everything again */
	spool_close(spool);
	remove_place(&p);
}

static void cursor_ahead_of_the_data_is_a_problem(void **state)
{
	static char nothing[65536];
	struct place p = make_place();
	struct seen s;

	(void)state;
	fill(&p, 9);
	edit_segment(&p, 0, 0, nothing, sizeof(nothing));
	s = check(&p, false);
	assert_string_equal(s.state[8], "ahead");
	assert_int_equal(s.sum.problems, 1);
	remove_place(&p);
}

static void a_spool_in_use_is_not_repaired(void **state)
{
	struct place p = make_place();
	struct seen s = { .count = 0 };
	struct spool *spool = open_spool(&p);

	(void)state;
	append(spool, 1);
	assert_int_equal(spool_check(p.spool, true, take, &s, &s.sum), -EBUSY);
	s = check(&p, false);
	assert_true(s.sum.in_use);
	spool_close(spool);
	remove_place(&p);
	assert_int_equal(spool_check("/nonexistent", false, take, &s, &s.sum), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_spool_has_no_problems),
		cmocka_unit_test(torn_tail_is_harmless),
		cmocka_unit_test(damage_is_counted_and_stays),
		cmocka_unit_test(lost_header_is_written_anew),
		cmocka_unit_test(foreign_file_is_put_aside),
		cmocka_unit_test(half_a_cursor_is_made_whole),
		cmocka_unit_test(cursor_ahead_of_the_data_is_a_problem),
		cmocka_unit_test(a_spool_in_use_is_not_repaired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
