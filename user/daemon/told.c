/* SPDX-License-Identifier: Apache-2.0
 *
 * What the summaries have told, in two slots of the state directory. A summary is kept
 * there, with its lines, before the first of them goes into the spool: killed at any
 * instant, the next daemon finds either that it was never made, and its bytes come with
 * the next one, or all of its lines, and sends those that the spool has not got.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/manager.h"
#include "model/flowtab.h"
#include "model/summary.h"
#include "sink/spool.h"
#include "store/slots.h"

static const char told_magic[8] = "EGRTLD1";
static const size_t told_room = 256 << 10; /* some ten thousand flows; grows when needed */

struct told_head {
	char magic[8];
	uint64_t made_ns;  /* the counters it is about */
	int64_t ts;        /* the summary's end, Unix seconds */
	uint64_t sequence; /* of the spool, for the first of its lines */
	uint64_t told_len; /* bytes of summary_told(); the lines follow */
};
_Static_assert(sizeof(struct told_head) == 40, "on disk");

/* Lines are in the spool in order and word for word: those behind the last one found are
 * still to come. Where the spool has moved on beyond them they went long ago. */
static void take_lines(struct manager *m, uint64_t sequence, const char *lines, size_t len)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	struct spool_stats stats;
	size_t at = 0;

	spool_get_stats(m->spool, &stats);
	if (stats.oldest_sequence > sequence)
		return;
	while (at < len && spool_read(m->spool, sequence, &record, &sequence) == 0) {
		const char *end = memchr(lines + at, '\n', len - at);
		size_t n = end ? (size_t)(end - lines) - at : len - at;

		if (record.len == n && memcmp(record.data, lines + at, n) == 0)
			at += n + 1;
		sequence++;
	}
	if (at < len)
		buf_add(&m->summary, lines + at, len - at);
}

static int take_up(struct manager *m, const struct buf *bytes)
{
	const char *told = bytes->data + sizeof(struct told_head);
	struct told_head head;
	int r = 0;

	if (bytes->len == 0)
		return 0;
	if (bytes->len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, bytes->data, sizeof(head));
	if (memcmp(head.magic, told_magic, sizeof(told_magic)) != 0 || head.ts <= 0 ||
	    head.told_len > bytes->len - sizeof(head))
		return -EBADMSG;
	if (head.made_ns == m->counters_made_ns) {
		r = summary_resume(m->flows, told, (size_t)head.told_len);
		if (r == 0)
			m->summary_ts = head.ts;
	}
	if (r == 0)
		take_lines(m, head.sequence, told + head.told_len,
			   bytes->len - sizeof(head) - (size_t)head.told_len);
	return r;
}

static void told_write(struct manager *m, int64_t ts)
{
	struct buf bytes _cleanup_buf_ = BUF_INIT, told _cleanup_buf_ = BUF_INIT;
	struct told_head head = { .made_ns = m->counters_made_ns, .ts = ts };
	struct spool_stats stats;
	int r;

	if (!m->told)
		return;
	spool_get_stats(m->spool, &stats);
	memcpy(head.magic, told_magic, sizeof(told_magic));
	head.sequence = stats.next_sequence;
	r = summary_told(m->flows, &told);
	head.told_len = told.len;
	buf_add(&bytes, &head, sizeof(head));
	buf_add(&bytes, told.data, told.len);
	buf_add(&bytes, m->summary.data, m->summary.len);
	if (r == 0)
		r = bytes.error;
	if (r == 0)
		r = slots_write(m->told, bytes.data, bytes.len);
	if (r < 0)
		log_warning("what this summary tells could not be kept: %s; after a crash it is "
			    "told again",
			    strerror(-r));
}

void told_open(struct manager *m)
{
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	char *path _cleanup_free_ = NULL, *aside _cleanup_free_ = NULL;
	int r = -ENOMEM;

	if (m->told)
		return;
	if (asprintf(&path, "%s/summary.state", m->params->daemon.state_dir) >= 0)
		r = slots_open(path, told_room, &aside, &m->told);
	if (r == 0)
		r = slots_read(m->told, &bytes);
	if (r == 0)
		r = take_up(m, &bytes);
	if (aside)
		log_warning("what summaries have told was damaged and is set aside as %s", aside);
	if (r < 0)
		log_warning("what summaries have told is not known: %s; the first one begins now",
			    strerror(-r));
	if (m->summary_ts)
		return;
	/* Nothing is known of these counters: it begins now, and a crash before the first
	 * summary forgets nothing. */
	m->summary_ts = m->clock.now;
	told_write(m, m->summary_ts);
}

void told_keep(struct manager *m)
{
	told_write(m, m->clock.now);
}
