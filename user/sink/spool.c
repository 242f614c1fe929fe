/* SPDX-License-Identifier: Apache-2.0
 *
 * The spool: eight segments used in turn, and the readers' cursors.
 */
#include "sink/spool.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/files.h"
#include "sink/cursors.h"
#include "sink/segment.h"

#define SEGMENTS 8              /* an eighth is given up at a time */
#define SEGMENT_MIN (64u << 10) /* room for the longest alert */
#define SEGMENT_MAX (1u << 30)

struct spool {
	struct segment segments[SEGMENTS];
	struct cursors cursors;
	struct segment *active; /* takes the next record; NULL before the first */
	uint64_t segment_bytes;
	uint64_t next_sequence;
	uint64_t dropped, corrupt;
	uint32_t set_aside;
};

/* The segment that is the oldest above `above` by its first sequence. */
static struct segment *oldest_above(struct spool *s, uint64_t above)
{
	struct segment *found = NULL;

	for (size_t i = 0; i < SEGMENTS; i++) {
		struct segment *g = &s->segments[i];

		if (g->first_sequence > above &&
		    (!found || g->first_sequence < found->first_sequence))
			found = g;
	}
	return found;
}

/* A record whose sync failed may be on the disk all the same, and its sequence with one that
 * did not fit behind it and began the next segment: that one was promised. */
static void forget_overlap(struct segment *g, const struct segment *next)
{
	if (next)
		g->count = segment_find(g, next->first_sequence);
}

/* From what the scans found: who is next, and what is missing between segments. */
static void take_stock(struct spool *s)
{
	uint64_t expected = 0;

	for (struct segment *g = oldest_above(s, 0); g; g = oldest_above(s, g->first_sequence)) {
		forget_overlap(g, oldest_above(s, g->first_sequence));
		if (expected && g->first_sequence > expected)
			s->corrupt += g->first_sequence - expected;
		s->corrupt += g->lost;
		expected = g->count ? g->records[g->count - 1].sequence + 1 : g->first_sequence;
		s->dropped = MAX(s->dropped, g->dropped_total);
		s->active = g;
	}
	/* A reader that is ahead of the data must not miss what comes next. */
	s->next_sequence = MAX(expected, cursors_highest(&s->cursors) + 1);
}

static int open_segment(struct spool *s, const char *path, struct segment *ret)
{
	_cleanup_free_ char *aside = NULL;
	int r = segment_open(path, s->segment_bytes, ret);

	if (r != -EUCLEAN)
		return r;
	r = files_set_aside(path, time(NULL), &aside);
	if (r < 0)
		return r;
	s->set_aside++;
	return segment_open(path, s->segment_bytes, ret);
}

static int open_files(struct spool *s, const char *dir)
{
	struct buf path _cleanup_buf_ = BUF_INIT;
	int r;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	buf_addf(&path, "%s/cursors", dir);
	r = path.error ? path.error : cursors_open(path.data, &s->cursors);
	for (unsigned int i = 0; r == 0 && i < SEGMENTS; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/segment-%u", dir, i);
		r = path.error ? path.error : open_segment(s, path.data, &s->segments[i]);
	}
	return r < 0 ? r : files_sync_parent(path.data);
}

int spool_open(const char *dir, uint64_t max_bytes, struct spool **ret)
{
	struct spool *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->cursors.fd = -1;
	for (size_t i = 0; i < SEGMENTS; i++)
		s->segments[i].fd = -1;
	s->segment_bytes = MIN(MAX(max_bytes / SEGMENTS / 4096 * 4096, SEGMENT_MIN), SEGMENT_MAX);
	r = open_files(s, dir);
	if (r < 0) {
		spool_close(s);
		return r;
	}
	take_stock(s);
	*ret = s;
	return 0;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SEGMENTS; i++)
		segment_close(&s->segments[i]);
	cursors_close(&s->cursors);
	free(s);
}

/* Moves on to a segment never used, else gives up the oldest. */
static int rotate(struct spool *s)
{
	uint64_t acked = cursors_lowest(&s->cursors);
	struct segment *next = NULL;
	uint64_t lost = 0;
	int r;

	for (size_t i = 0; i < SEGMENTS && !next; i++)
		if (s->segments[i].first_sequence == 0)
			next = &s->segments[i];
	if (!next)
		next = oldest_above(s, 0);
	lost = next->count - segment_find(next, acked + 1);
	r = segment_begin(next, s->segment_bytes, s->next_sequence, s->dropped + lost);
	if (r < 0)
		return r;
	s->dropped += lost;
	s->active = next;
	return 0;
}

int spool_append(struct spool *s, const void *data, size_t len, uint64_t *ret_sequence)
{
	uint64_t bytes = segment_record_bytes(len);
	int r = 0;

	if (len > SEGMENT_MAX || SEGMENT_HEADER + bytes > s->segment_bytes)
		return -EMSGSIZE;
	if (!s->active || s->active->used + bytes > s->active->size)
		r = rotate(s);
	if (r == 0)
		r = segment_append(s->active, s->next_sequence, data, len);
	if (r < 0) /* ENOBUFS: a segment of a smaller spool that could not grow */
		return r == -ENOBUFS ? -EMSGSIZE : r;
	*ret_sequence = s->next_sequence++;
	return 0;
}

int spool_read(struct spool *s, uint64_t from, struct buf *out, uint64_t *ret_sequence)
{
	struct segment *g;

	for (g = oldest_above(s, 0); g; g = oldest_above(s, g->first_sequence)) {
		for (size_t i = segment_find(g, from); i < g->count; i++) {
			int r = segment_read(g, i, out);

			if (r == -EUCLEAN) { /* damaged since it was written or scanned */
				s->corrupt++;
				memmove(&g->records[i], &g->records[i + 1],
					(g->count - i - 1) * sizeof(g->records[0]));
				g->count--;
				i--;
				continue;
			}
			if (r == 0)
				*ret_sequence = g->records[i].sequence;
			return r;
		}
	}
	return -ENOENT;
}

int spool_ack(struct spool *s, const char *name, uint64_t sequence)
{
	if (sequence >= s->next_sequence)
		return -ERANGE;
	return cursors_set(&s->cursors, name, sequence);
}

int spool_cursor(struct spool *s, const char *name, uint64_t *ret_sequence)
{
	return cursors_get(&s->cursors, name, ret_sequence);
}

void spool_get_stats(const struct spool *s, struct spool_stats *ret)
{
	*ret = (struct spool_stats){
		.dropped = s->dropped,
		.corrupt_records = s->corrupt,
		.next_sequence = s->next_sequence,
		.set_aside = s->set_aside,
	};
	for (size_t i = 0; i < SEGMENTS; i++) {
		const struct segment *g = &s->segments[i];

		ret->max_bytes += g->size;
		ret->records += g->count;
		if (g->count == 0)
			continue;
		ret->bytes += g->used;
		if (!ret->oldest_sequence || g->records[0].sequence < ret->oldest_sequence)
			ret->oldest_sequence = g->records[0].sequence;
	}
}
