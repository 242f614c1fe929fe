/* SPDX-License-Identifier: Apache-2.0
 *
 * The spool: what was appended is read back after any end of the process, a torn or
 * flipped record is passed over, a full spool gives up the oldest and says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "sink/console.h"
#include "sink/spool.h"

#define SPOOL_BYTES (512u << 10) /* the smallest: eight segments of 64 kB */

struct place {
	char dir[64], spool[80];
};

static struct place make_place(void)
{
	struct place p;

	snprintf(p.dir, sizeof(p.dir), "/tmp/egress-spool-XXXXXX");
	assert_non_null(mkdtemp(p.dir));
	snprintf(p.spool, sizeof(p.spool), "%s/spool", p.dir);
	return p;
}

static void remove_place(const struct place *p)
{
	char pattern[96];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*", p->spool);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			assert_int_equal(unlink(found.gl_pathv[i]), 0);
	globfree(&found);
	(void)rmdir(p->spool);
	assert_int_equal(rmdir(p->dir), 0);
}

static struct spool *open_spool(const struct place *p)
{
	struct spool *s = NULL;

	assert_int_equal(spool_open(p->spool, SPOOL_BYTES, &s), 0);
	return s;
}

/* Record n is a text of its number and a length that depends on it. */
static size_t make_record(uint64_t n, char out[2048])
{
	size_t len = 20 + (size_t)(n * 2654435761u % 1500);

	memset(out, 'a' + (int)(n % 26), len);
	(void)snprintf(out, 20, "%llu", (unsigned long long)n);
	return len;
}

static void append(struct spool *s, uint64_t n)
{
	char record[2048];
	size_t len = make_record(n, record);
	uint64_t sequence = 0;

	assert_int_equal(spool_append(s, record, len, &sequence), 0);
	assert_int_equal(sequence, n);
}

/* Reads from `from` to the end: records must be right, and consecutive but for
 * `gaps` missing ones. The first and one behind the last sequence go to *first, *end. */
static void check_records(struct spool *s, uint64_t from, uint64_t gaps, uint64_t *first,
			  uint64_t *end)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	uint64_t sequence = 0, missing = 0;
	char record[2048];

	*first = *end = 0;
	while (spool_read(s, from, &out, &sequence) == 0) {
		assert_true(sequence >= from);
		assert_int_equal(out.len, make_record(sequence, record));
		assert_memory_equal(out.data, record, out.len);
		if (!*first)
			*first = sequence;
		else
			missing += sequence - from;
		from = sequence + 1;
		*end = from;
	}
	assert_int_equal(missing, gaps);
}

static struct spool_stats stats_of(const struct spool *s)
{
	struct spool_stats stats;

	spool_get_stats(s, &stats);
	return stats;
}

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

static void edit_segment(const struct place *p, unsigned int index, off_t at, const void *data,
			 size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/segment-%u", p->spool, index);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void load_segment(const struct place *p, unsigned int index, char bytes[65536])
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/segment-%u", p->spool, index);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, 65536), 65536);
	close(fd);
}

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

static void test_console(void **state)
{
	static const char page[] =
		"{\"@timestamp\":\"2026-05-01T02:13:40Z\",\"level\":\"page\",\"event\":\"open\","
		"\"alert.id\":\"abc\",\"subject\":\"pg_dump \\u001b[31m\",\"reason\":\"sent 4 GB\"}\n";
	static const char *const events[] = {
		page,
		"not json \xff",
		"{\"level\":\"ticket\",\"event\":\"close\"}",
	};
	struct place p = make_place();
	struct spool *s = open_spool(&p);
	char text[512];
	uint64_t sequence;
	int out[2];
	ssize_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		assert_int_equal(spool_append(s, events[i], strlen(events[i]), &sequence), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(console_drain(s, out[1], false, 2), 2);
	assert_int_equal(console_drain(s, out[1], true, 10), 1);
	assert_int_equal(console_drain(s, out[1], false, 10), 0);
	n = read(out[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text,
			    "ALERT 2026-05-01T02:13:40Z page open abc pg_dump  [31m: sent 4 GB\n"
			    "ALERT not json \xef\xbf\xbd\n"
			    "<5> ticket close\n");
	close(out[0]);
	close(out[1]);
	spool_close(s);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_torn_at_every_byte),
		cmocka_unit_test(test_lost_data_behind_a_cursor),
		cmocka_unit_test(test_failing_writes),
		cmocka_unit_test(test_killed_at_random),
		cmocka_unit_test(test_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
