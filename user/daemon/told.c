/* SPDX-License-Identifier: Apache-2.0
 *
 * What the summaries have told, in two slots of the state directory. A summary is kept
 * there, with its lines, before the first of them goes into the spool: killed at any
 * instant, the next daemon finds either that it was never made, and its bytes come with
 * the next one, or all of its lines, and sends those that the spool has not got.
 * It is kept each minute too: a crash of the machine takes the kernel's counters with it,
 * and what they held by then is told by the next daemon; what they counted afterwards is
 * known to nobody, and an event `gap` says between which times that was.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "base/units.h"
#include "daemon/manager.h"
#include "model/flowtab.h"
#include "model/summary.h"
#include "sink/spool.h"
#include "store/slots.h"

static const char told_magic[8] = "EGRTLD2";
#define NS_PER_S 1000000000ull
#define TOLD_SETTLES_NS NS_PER_S /* a program may be between its look at the clock and its count */
static const size_t told_room = 256 << 10; /* some ten thousand flows; grows when needed */

struct told_head {
	char magic[8];
	uint64_t made_ns;  /* the counters it is about */
	int64_t ts;        /* the summary's end, Unix seconds */
	int64_t kept_ts;   /* what was counted by then is in it */
	uint64_t sequence; /* of the spool, for the first of its lines */
	uint64_t told_len; /* bytes of summary_told(); the lines follow */
	uint64_t stopped;  /* 1: by a daemon that ended in order */
};
_Static_assert(sizeof(struct told_head) == 56, "on disk");

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

/* Where counters ended without warning: the time of which nothing is known. */
static void add_gap(struct manager *m, int64_t from, int64_t to)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	char id[32], begin[32], end[32];

	from = MIN(from, to);
	format_time(begin, from);
	format_time(end, to);
	buf_addf(&text, "%s|gap|%" PRId64 "|%" PRId64, m->host, from, to);
	(void)snprintf(id, sizeof(id), "gap-%016" PRIx64,
		       (uint64_t)XXH3_64bits(text.data, text.len));
	buf_clear(&text);
	buf_addf(&text,
		 "What left this host from %s to %s is in no summary: the counters ended "
		 "without warning, as in a crash of the machine.",
		 begin, end);
	jsonw_open(&m->summary, '{');
	jsonw_time(&m->summary, "@timestamp", to);
	jsonw_i64(&m->summary, "ts", to);
	jsonw_str(&m->summary, "host", m->host);
	jsonw_str(&m->summary, "event.id", id);
	jsonw_str(&m->summary, "event", "gap");
	jsonw_i64(&m->summary, "gap.first_ts", from);
	jsonw_str(&m->summary, "gap.begin", begin);
	jsonw_str(&m->summary, "gap.end", end);
	jsonw_str(&m->summary, "reason", text.data ? text.data : "gap");
	jsonw_close(&m->summary, '}');
	buf_add_char(&m->summary, '\n');
	log_warning("%s", text.data ? text.data : "a gap in the summaries");
}

/* What a daemon kept of these counters, or of others that are gone. */
static int take_up(struct manager *m, const struct buf *bytes)
{
	const char *told = bytes->data + sizeof(struct told_head);
	struct told_head head;
	bool same;
	int r;

	if (bytes->len == 0)
		return 0;
	if (bytes->len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, bytes->data, sizeof(head));
	if (memcmp(head.magic, told_magic, sizeof(told_magic)) != 0 || head.ts <= 0 ||
	    head.kept_ts < head.ts || head.told_len > bytes->len - sizeof(head))
		return -EBADMSG;
	same = head.made_ns == m->counters_made_ns;
	r = same ? summary_resume(m->flows, told, (size_t)head.told_len)
		 : summary_inherit(m->flows, told, (size_t)head.told_len);
	if (r < 0)
		return r;
	m->summary_ts = head.ts;
	take_lines(m, head.sequence, told + head.told_len,
		   bytes->len - sizeof(head) - (size_t)head.told_len);
	if (!same && !head.stopped)
		add_gap(m, head.kept_ts, m->clock.now);
	if (!same)
		told_keep(m);
	return 0;
}

void told_keep(struct manager *m)
{
	struct buf bytes _cleanup_buf_ = BUF_INIT, told _cleanup_buf_ = BUF_INIT;
	struct told_head head = {
		.made_ns = m->counters_made_ns,
		.ts = m->summary_ts,
		.kept_ts = m->clock.now,
		.stopped = m->summary_ends,
	};
	struct spool_stats stats;
	int r;

	if (!m->told)
		return;
	m->told_ts = m->clock.now;
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
	if (r == 0)
		m->told_boot_ns = m->clock.boot_ns;
	else
		log_warning("what summaries have told could not be kept: %s; after a crash some "
			    "of it is told again, or never",
			    strerror(-r));
}

uint64_t told_idle_ns(struct manager *m, uint64_t idle_ns)
{
	uint64_t age;

	if (!m->told_boot_ns)
		return idle_ns;
	age = m->clock.boot_ns - m->told_boot_ns + TOLD_SETTLES_NS;
	if (!m->pressed)
		return MAX(idle_ns, age);
	if (age > idle_ns && m->clock.now - m->told_ts >= (int64_t)(idle_ns / NS_PER_S))
		told_keep(m);
	return idle_ns; /* kept or not: counting goes before telling */
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
	told_keep(m);
}
