/* SPDX-License-Identifier: Apache-2.0
 *
 * Summaries of an interval, for receivers that keep what they are told: the flows that
 * sent most, and one record with all the others, so that an interval's records add up to
 * what left the host in it. The same for what processes read of database files.
 */
#ifndef MODEL_SUMMARY_H
#define MODEL_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct flowtab;

enum { SUMMARY_TOP_MAX = 500 };

struct summary {
	const char *host;
	int64_t ts;          /* its end, Unix seconds */
	uint32_t interval_s; /* since the last one */
	size_t top;          /* records beside the others', 1 to SUMMARY_TOP_MAX */
	const char *path;    /* of the database files; NULL: there are several directories */
};

/* Appends one line a record, the others' last, and begins the next interval. Bytes are
 * those that left the host: loopback and host-local ones are none. -ENOMEM: nothing was
 * begun, the next summary has it all. */
int summary_flows(struct flowtab *t, const struct summary *s, struct buf *out);
int summary_reads(struct flowtab *t, const struct summary *s, struct buf *out);

/* How much of each counter was told by now, and how much it holds, as bytes to keep. */
int summary_told(const struct flowtab *t, struct buf *out);
/* For a table that has adopted the counters these bytes are of and made no summary yet: the
 * first one tells what they did not, also what was sent while no daemon ran, and what rows
 * held that have left the kernel's table since. -EBADMSG: nothing was changed. */
int summary_resume(struct flowtab *t, const void *data, size_t len);
/* For a table of other counters: the first summary tells, as the others', what these held
 * when the bytes were made and no summary told. -EBADMSG: nothing was changed. */
int summary_inherit(struct flowtab *t, const void *data, size_t len);

/* What each process has read in all, the most first; begins nothing. */
int summary_reads_total(const struct flowtab *t, const struct summary *s, struct buf *out);

#endif
