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
	uint64_t bytes, max_bytes, records, dropped, corrupt_records;
	uint64_t oldest_sequence, next_sequence;
};

/* Opens or makes DIR with segments preallocated to max_bytes in all. */
int spool_open(const char *dir, uint64_t max_bytes, struct spool **ret);
void spool_close(struct spool *s);

/* Appends and fsyncs one record; *ret_sequence rises by one each. When full the
 * oldest segment is given up, its unacknowledged records counted as dropped. */
int spool_append(struct spool *s, const void *data, size_t len, uint64_t *ret_sequence);

/* The first record with sequence >= from. -ENOENT: none yet. */
int spool_read(struct spool *s, uint64_t from, struct buf *out, uint64_t *ret_sequence);

/* Reader `name` needs nothing up to and including sequence; kept on disk. */
int spool_ack(struct spool *s, const char *name, uint64_t sequence);
int spool_cursor(struct spool *s, const char *name, uint64_t *ret_sequence); /* last acked, 0 = none */
void spool_get_stats(const struct spool *s, struct spool_stats *ret);

#endif
