/* SPDX-License-Identifier: Apache-2.0
 *
 * A place for a spool, and records whose content is known from their number.
 */
#ifndef TESTS_SPOOL_FIXTURE_H
#define TESTS_SPOOL_FIXTURE_H

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
#include "sink/spool.h"
#include "scratch.h"

#define SPOOL_BYTES (512u << 10) /* the smallest: eight segments of 64 kB */

struct place {
	char dir[SCRATCH_MAX], spool[80];
};

static inline struct place make_place(void)
{
	struct place p;

	assert_non_null(mkdtemp(scratch_name(p.dir, "spool")));
	snprintf(p.spool, sizeof(p.spool), "%s/spool", p.dir);
	return p;
}

static inline void remove_place(const struct place *p)
{
	scratch_remove(p->spool);
	assert_int_equal(rmdir(p->dir), 0);
}

static inline struct spool *open_spool(const struct place *p)
{
	struct spool *s = NULL;

	assert_int_equal(spool_open(p->spool, SPOOL_BYTES, &s), 0);
	return s;
}

/* Record n is a text of its number and a length that depends on it. */
static inline size_t make_record(uint64_t n, char out[2048])
{
	size_t len = 20 + (size_t)(n * 2654435761u % 1500);

	memset(out, 'a' + (int)(n % 26), len);
	(void)snprintf(out, 20, "%llu", (unsigned long long)n);
	return len;
}

static inline void append(struct spool *s, uint64_t n)
{
	char record[2048];
	size_t len = make_record(n, record);
	uint64_t sequence = 0;

	assert_int_equal(spool_append(s, record, len, &sequence), 0);
	assert_int_equal(sequence, n);
}

/* Reads from `from` to the end: records must be right, and consecutive but for
 * `gaps` missing ones. The first and one behind the last sequence go to *first, *end. */
static inline void check_records(struct spool *s, uint64_t from, uint64_t gaps, uint64_t *first,
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

static inline struct spool_stats stats_of(const struct spool *s)
{
	struct spool_stats stats;

	spool_get_stats(s, &stats);
	return stats;
}

static inline void edit_segment(const struct place *p, unsigned int index, off_t at,
				const void *data, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/segment-%u", p->spool, index);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static inline void load_segment(const struct place *p, unsigned int index, char bytes[65536])
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/segment-%u", p->spool, index);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, 65536), 65536);
	close(fd);
}

#endif
