/* SPDX-License-Identifier: Apache-2.0
 *
 * One file of the spool: a header, then records behind each other. Its space is
 * allocated when it is made; when it is used again, the old records behind the new
 * ones are told apart by their lower sequence numbers, so nothing need be erased.
 */
#ifndef SINK_SEGMENT_H
#define SINK_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define SEGMENT_HEADER 64u /* bytes before the first record */

/* One live record, in memory. */
struct segment_record {
	uint64_t sequence;
	uint32_t offset; /* of its header */
	uint32_t length; /* of its data */
};

struct segment {
	int fd;
	uint64_t size;                  /* of the file */
	uint64_t first_sequence;        /* of its first record, come or to come; 0 = never used */
	uint64_t used;                  /* where the next record goes */
	uint64_t lost;                  /* records that damage took, found by scanning */
	uint64_t dropped_total;         /* spool's count of dropped records when this was begun */
	struct segment_record *records; /* by rising sequence */
	size_t count, room;
};

/* Opens or makes PATH (0600) with `size` bytes allocated if it is new, and scans it.
 * -EUCLEAN: there is content but nothing of ours in it (nothing was changed). */
int segment_open(const char *path, uint64_t size, struct segment *ret);
void segment_close(struct segment *s);

/* Forgets all records and begins anew at first_sequence, on disk when it returns. The
 * file is brought to `size` if the disk allows, else it stays as it is. On failure
 * the old records are still there. */
int segment_begin(struct segment *s, uint64_t size, uint64_t first_sequence,
		  uint64_t dropped_total);

/* Bytes a record of len takes. */
uint64_t segment_record_bytes(size_t len);
/* Writes one record behind the last, on disk when it returns. -ENOBUFS: no room. */
int segment_append(struct segment *s, uint64_t sequence, const void *data, size_t len);

/* Index of the first record with sequence >= from; `count` if none. */
size_t segment_find(const struct segment *s, uint64_t from);
/* -EUCLEAN: the bytes on disk are not those that were written. */
int segment_read(const struct segment *s, size_t index, struct buf *out);

/* Finds the live records in a segment's bytes (pure; fills all but fd and size). */
int segment_scan(const void *data, size_t size, struct segment *ret);

#endif
