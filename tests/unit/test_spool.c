/* SPDX-License-Identifier: Apache-2.0
 *
 * The spool: what was appended is read back, readers go on where they were, a full
 * spool gives up the oldest and says so.
 */
#include "unit/spool_fixture.h"

#include "sink/segment.h"

static void test_round_trip(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p), *second = NULL;
	struct buf out _cleanup_buf_ = BUF_INIT;
	uint64_t sequence, first, end;
	char path[128], *big = calloc(1, 70000);
	struct stat st;

	(void)state;
	assert_int_equal(spool_read(s, 0, &out, &sequence), -ENOENT);
	assert_int_equal(spool_open(p.spool, SPOOL_BYTES, &second), -EBUSY);
	assert_int_equal(spool_append(s, big, 70000, &sequence), -EMSGSIZE);
	for (uint64_t n = 1; n <= 50; n++)
		append(s, n);
	check_records(s, 0, 0, &first, &end);
	assert_int_equal(first, 1);
	assert_int_equal(end, 51);
	check_records(s, 17, 0, &first, &end);
	assert_int_equal(first, 17);
	spool_close(s);
	s = open_spool(&p);
	check_records(s, 0, 0, &first, &end);
	assert_int_equal(end, 51);
	append(s, 51);
	assert_int_equal(stats_of(s).records, 51);
	assert_int_equal(stats_of(s).next_sequence, 52);
	assert_int_equal(stats_of(s).corrupt_records, 0);
	spool_close(s);
	snprintf(path, sizeof(path), "%s/segment-7", p.spool);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65536);
	assert_true(st.st_blocks * 512 >= 65536); /* allocated before it is needed */
	assert_int_equal(stat(p.spool, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(big);
	remove_place(&p);
}

static void test_readers(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	uint64_t sequence;
	char name[8];

	(void)state;
	for (uint64_t n = 1; n <= 10; n++)
		append(s, n);
	assert_int_equal(spool_cursor(s, "siem", &sequence), 0);
	assert_int_equal(sequence, 0);
	assert_int_equal(spool_ack(s, "siem", 11), -ERANGE);
	assert_int_equal(spool_ack(s, "", 1), -EINVAL);
	assert_int_equal(spool_ack(s, "../x", 1), -EINVAL);
	for (uint64_t n = 1; n <= 7; n++)
		assert_int_equal(spool_ack(s, "siem", n), 0);
	assert_int_equal(spool_ack(s, "siem", 3), 0); /* never back */
	assert_int_equal(spool_ack(s, "mail", 2), 0);
	spool_close(s);
	s = open_spool(&p);
	assert_int_equal(spool_cursor(s, "siem", &sequence), 0);
	assert_int_equal(sequence, 7);
	assert_int_equal(spool_cursor(s, "mail", &sequence), 0);
	assert_int_equal(sequence, 2);
	for (int i = 2; i < 16; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		assert_int_equal(spool_ack(s, name, 1), 0);
	}
	assert_int_equal(spool_ack(s, "one-more", 1), -EUSERS);
	spool_close(s);
	remove_place(&p);
}

static void test_full(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	struct spool_stats stats;
	uint64_t first, end, n = 0;

	(void)state;
	while (stats_of(s).oldest_sequence <= 1) /* until the first segment is given up */
		append(s, ++n);
	check_records(s, 0, 0, &first, &end);
	assert_int_equal(end, n + 1);
	assert_int_equal(stats_of(s).dropped, first - 1); /* nobody had read them */
	spool_close(s);
	s = open_spool(&p);
	stats = stats_of(s);
	assert_int_equal(stats.dropped, first - 1);
	assert_int_equal(stats.oldest_sequence, first);
	assert_int_equal(stats.corrupt_records, 0);
	/* A reader that has them all loses nothing when older segments are given up. */
	for (uint64_t i = 0; i < 3000; i++) {
		append(s, ++n);
		assert_int_equal(spool_ack(s, "reader", n), 0);
		assert_int_equal(stats_of(s).max_bytes, SPOOL_BYTES);
	}
	assert_int_equal(stats_of(s).dropped, stats.dropped);
	check_records(s, 0, 0, &first, &end);
	assert_int_equal(end, n + 1);
	spool_close(s);
	remove_place(&p);
}

/* A sync fails when all of the record is on the disk: its sequence goes to the next one, which
 * does not fit into that segment. The record that nobody was promised is not to hide it. */
static void test_failed_record_hides_none(void **state)
{
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct segment left = { .size = SPOOL_BYTES };
	char path[96], text[1500];
	uint64_t sequence = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	(void)snprintf(path, sizeof(path), "%s/segment-0", p.spool);
	while (left.size - left.used >= segment_record_bytes(sizeof(text))) {
		assert_int_equal(spool_append(s, text, 1000, &sequence), 0);
		assert_int_equal(segment_open(path, 0, &left), 0);
		if (left.size - left.used < segment_record_bytes(sizeof(text)))
			assert_int_equal(segment_append(&left, sequence + 1, text, 100), 0);
		close(left.fd);
		free(left.records);
	}
	assert_int_equal(spool_append(s, text, sizeof(text), &sequence), 0);
	spool_close(s);
	s = open_spool(&p);
	assert_int_equal(stats_of(s).corrupt_records, 0);
	assert_int_equal(stats_of(s).next_sequence, sequence + 1);
	assert_int_equal(spool_read(s, sequence, &out, &sequence), 0);
	assert_int_equal(out.len, sizeof(text));
	spool_close(s);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_failed_record_hides_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
