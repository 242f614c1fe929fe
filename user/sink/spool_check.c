/* SPDX-License-Identifier: Apache-2.0
 *
 * Offline check of the spool; see spool_check.h.
 */
#include "sink/spool_check.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/files.h"
#include "sink/cursors.h"
#include "sink/segment_layout.h"

enum { SEGMENTS_MAX = 8 }; /* of spool.c */

struct check {
	const char *dir;
	bool repair;
	spool_finding_fn fn;
	void *ctx;
	struct spool_sum *sum;
	uint64_t highest; /* sequence found */
};

/* What a walk over a segment's bytes finds. */
struct walk {
	bool known; /* the header is good */
	bool blank; /* nothing but zeros */
	uint64_t first, last, records, lost;
	bool torn; /* a record behind the last whole one was not finished */
};

static void walk_records(const char *bytes, size_t size, struct walk *w)
{
	uint64_t expected = w->first;

	for (uint64_t at = SEGMENT_HEADER; at + sizeof(struct record_header) <= size;) {
		struct record_header h;
		uint64_t sequence, len;

		memcpy(&h, bytes + at, sizeof(h));
		sequence = le64toh(h.sequence);
		if (!record_header_good(&h, size - at) || sequence < expected ||
		    sequence == UINT64_MAX) {
			at += RECORD_ALIGN;
			continue;
		}
		len = le32toh(h.length);
		w->torn = le64toh(h.data_hash) != XXH3_64bits(bytes + at + sizeof(h), len);
		if (!w->torn) {
			expected = expected ? expected : sequence;
			w->lost += sequence - expected;
			w->records++;
			w->last = sequence;
			w->first = w->first ? w->first : sequence;
			expected = sequence + 1;
		}
		at += segment_record_bytes(len);
	}
}

static int walk_file(int fd, struct walk *w)
{
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	struct segment_header h;
	struct stat st;
	ssize_t n;

	*w = (struct walk){ 0 };
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
		return 0;
	if (buf_reserve(&bytes, (size_t)st.st_size) < 0)
		return -ENOMEM;
	n = files_read_at(fd, bytes.data, (size_t)st.st_size, 0);
	if (n < 0)
		return (int)n;
	w->blank = n == 0 ||
		   (bytes.data[0] == 0 && memcmp(bytes.data, bytes.data + 1, (size_t)n - 1) == 0);
	if ((size_t)n < SEGMENT_HEADER)
		return 0;
	memcpy(&h, bytes.data, sizeof(h));
	w->known = segment_header_good(&h);
	w->first = w->known ? le64toh(h.first_sequence) : 0;
	walk_records(bytes.data, (size_t)n, w);
	return 0;
}

static int write_header(int fd, uint64_t first)
{
	struct segment_header h = { .magic = htole64(SEGMENT_MAGIC),
				    .first_sequence = htole64(first) };
	int r;

	h.hash = htole64(XXH3_64bits(&h, offsetof(struct segment_header, hash)));
	r = files_write_at(fd, &h, sizeof(h), 0);
	return r < 0 ? r : fdatasync(fd) < 0 ? -errno : 0;
}

static int repair_segment(const char *path, int fd, const struct walk *w)
{
	char *aside _cleanup_free_ = NULL;

	if (w->records)
		return write_header(fd, w->first);
	return files_set_aside(path, (int64_t)time(NULL), &aside);
}

static void judge_segment(const struct walk *w, struct spool_finding *f)
{
	static const struct {
		const char *state, *words;
	} words[] = {
		{ "empty", "never used" },
		{ "foreign", "not a segment; the daemon or --repair puts it aside" },
		{ "no header", "its records are whole; --repair writes the header anew" },
		{ "damaged", "what is lost stays lost; a gap event tells the receivers" },
		{ "torn", "the last record was not finished: it was never shown or sent" },
		{ "whole", "" },
	};
	size_t i = w->blank                   ? 0
		   : !w->known && !w->records ? 1
		   : !w->known                ? 2
		   : w->lost                  ? 3
		   : w->torn                  ? 4
					      : 5;

	f->state = words[i].state;
	f->words = words[i].words;
	f->harmless = i == 0 || i >= 4;
	f->first = w->first;
	f->last = w->last;
	f->records = w->records;
	f->lost = w->lost;
}

static int tell(struct check *c, const struct spool_finding *f)
{
	c->sum->records += f->records;
	c->sum->lost += f->lost;
	c->sum->problems += (!f->harmless && !f->repaired) || f->lost;
	c->highest = MAX(c->highest, f->last);
	return c->fn(c->ctx, f);
}

static int check_segment(struct check *c, unsigned int index)
{
	struct buf path _cleanup_buf_ = BUF_INIT;
	_cleanup_close_ int fd = -1;
	struct spool_finding f = { .state = "" };
	struct walk w;
	int r;

	(void)snprintf(f.file, sizeof(f.file), "segment-%u", index);
	buf_addf(&path, "%s/%s", c->dir, f.file);
	if (path.error)
		return path.error;
	fd = open(path.data, (c->repair ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = walk_file(fd, &w);
	if (r < 0)
		return r;
	judge_segment(&w, &f);
	if (c->repair && !w.known && !w.blank) {
		r = repair_segment(path.data, fd, &w);
		f.repaired = r == 0;
	}
	return r < 0 ? r : tell(c, &f);
}

/* A cursors_check_fn. */
static int check_cursor(void *ctx, const struct cursor_check *cursor)
{
	struct check *c = ctx;
	struct spool_finding f = { .file = "cursors",
				   .state = "whole",
				   .words = "",
				   .last = cursor->sequence,
				   .harmless = true,
				   .repaired = cursor->repaired };

	(void)snprintf(f.reader, sizeof(f.reader), "%s", cursor->name);
	if (cursor->good == 0) {
		f.state = "spoilt";
		f.words = "its reader gets everything in the spool again";
		f.harmless = false;
	} else if (cursor->good == 1 && cursor->spoilt == 1) {
		f.state = "half";
		f.words = "one copy is torn, the other one counts";
	} else if (cursor->sequence > c->highest) {
		f.state = "ahead";
		f.words = "it knows of records that are not here any more";
		f.harmless = false;
	}
	c->sum->problems += !f.harmless && !f.repaired;
	return c->fn(c->ctx, &f);
}

int spool_check(const char *dir, bool repair, spool_finding_fn fn, void *ctx, struct spool_sum *ret)
{
	struct check c = { .dir = dir, .repair = repair, .fn = fn, .ctx = ctx, .sum = ret };
	struct buf path _cleanup_buf_ = BUF_INIT;
	_cleanup_close_ int fd = -1;
	int r = 0;

	*ret = (struct spool_sum){ 0 };
	buf_addf(&path, "%s/cursors", dir);
	if (path.error)
		return path.error;
	fd = open(path.data, (repair ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	ret->in_use = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (ret->in_use && repair)
		return -EBUSY;
	for (unsigned int i = 0; r == 0 && i < SEGMENTS_MAX; i++)
		r = check_segment(&c, i);
	return r < 0 ? r : cursors_check(fd, repair, check_cursor, &c);
}
