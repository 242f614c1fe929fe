/* SPDX-License-Identifier: Apache-2.0
 *
 * Preallocated, checksummed segments: an event is on disk before anybody is shown
 * it. Records are read back by cursor and acknowledged per reader; a torn tail is
 * cut at the last whole record.
 */
#ifndef SINK_SPOOL_H
#define SINK_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct spool;

struct spool_stats {
	uint64_t bytes, max_bytes, records;
	uint64_t dropped;         /* records given up unacknowledged, over the spool's whole life */
	uint64_t corrupt_records; /* found damaged since it was opened */
	uint64_t oldest_sequence; /* 0 = no record */
	uint64_t next_sequence;
	uint32_t set_aside; /* files that were not ours, renamed *.corrupt-<time> */
};

/* Opens or makes DIR (0700, one level) with segments preallocated to about max_bytes
 * in all (at least 512 kB). -EBUSY: another process has it open. */
int spool_open(const char *dir, uint64_t max_bytes, struct spool **ret);
void spool_close(struct spool *s);

/* Appends and fsyncs one record; *ret_sequence rises by one each. When full the
 * oldest segment is given up, its unacknowledged records counted as dropped. A failed
 * append leaves no record and takes no sequence. -EMSGSIZE: above an eighth of the
 * spool. Needs no space on the disk. */
int spool_append(struct spool *s, const void *data, size_t len, uint64_t *ret_sequence);

/* The first record with sequence >= from. -ENOENT: none yet. A damaged record is
 * counted and passed over. */
int spool_read(struct spool *s, uint64_t from, struct buf *out, uint64_t *ret_sequence);

/* Reader `name` needs nothing up to and including sequence; kept on disk. Names are of
 * a-z 0-9 _ - (31 bytes); -EUSERS above 16 readers; -ERANGE: no such sequence yet. */
int spool_ack(struct spool *s, const char *name, uint64_t sequence);
/* Last acknowledged, 0 = none. */
int spool_cursor(struct spool *s, const char *name, uint64_t *ret_sequence);
void spool_get_stats(const struct spool *s, struct spool_stats *ret);

#endif
