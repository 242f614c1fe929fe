/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace as snapshots; see playback.h.
 */
#include <errno.h>
#include <sys/mman.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "config/config.h"
#include "replay/trace.h"
#include "top/playback.h"
#include "top/playback_events.h"
#include "top/playback_series.h"

#define ALERT_WINDOW_S (7 * 86400) /* older events are not shown: a screen is no archive */

struct playback {
	char *path;
	struct playback_events *events;
	struct names *names;
	struct trace_reader *trace;
	struct series_table *series;
	char **hosts;            /* in the order they appear in; "" where the trace names none */
	size_t host_count, host; /* host: the one that is shown */
	int memory_fd;           /* of a trace from standard input; -1 = none */
	int64_t now;
	uint32_t interval_s;
	bool has_pending;    /* read while seeking, not added yet */
	struct tick pending; /* its rows live until the next trace_next() */
};

static void forget(struct playback *p)
{
	trace_close(p->trace);
	series_table_free(p->series);
	names_free(p->names);
	p->trace = NULL;
	p->series = NULL;
	p->names = NULL;
	p->now = 0;
	p->has_pending = false;
}

static int rewind_trace(struct playback *p)
{
	int r;

	forget(p);
	r = names_new(&p->names);
	if (r == 0)
		r = series_table_new(&p->series);
	if (r == 0)
		r = trace_open(p->path, p->names, &p->trace);
	return r;
}

/* Standard input into memory, so that it can be read again. */
static int keep_input(struct playback *p)
{
	char block[65536];

	p->memory_fd = memfd_create("trace", MFD_CLOEXEC);
	if (p->memory_fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, block, sizeof(block)), at = 0, done;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (; at < n; at += done) {
			done = write(p->memory_fd, block + at, (size_t)(n - at));
			if (done < 0)
				return -errno;
		}
	}
}

static int set_path(struct playback *p, const char *path)
{
	char memory[40];
	int r;

	p->memory_fd = -1;
	if (strcmp(path, "-") == 0) {
		r = keep_input(p);
		if (r < 0)
			return r;
		snprintf(memory, sizeof(memory), "/proc/self/fd/%d", p->memory_fd);
		path = memory;
	}
	p->path = strdup(path);
	return p->path ? 0 : -ENOMEM;
}

static int note_host(struct playback *p, const char *host)
{
	void *more;

	for (size_t i = 0; i < p->host_count; i++)
		if (strcmp(p->hosts[i], host) == 0)
			return 0;
	more = reallocarray(p->hosts, p->host_count + 1, sizeof(*p->hosts));
	if (!more)
		return -ENOMEM;
	p->hosts = more;
	p->hosts[p->host_count] = strdup(host);
	return p->hosts[p->host_count++] ? 0 : -ENOMEM;
}

static int list_hosts(struct playback *p)
{
	struct tick tick;
	int r;

	while ((r = trace_next(p->trace, &tick)) > 0) {
		r = note_host(p, tick.host ? tick.host : "");
		if (r < 0)
			return r;
	}
	return r;
}

int playback_open(const char *path, struct playback **ret, struct buf *error)
{
	struct config *config = NULL;
	struct playback *p;
	int r;

	r = config_load(NULL, &config, error);
	if (r < 0)
		return r;
	p = calloc(1, sizeof(*p));
	r = p ? set_path(p, path) : -ENOMEM;
	if (r == 0)
		r = playback_events_new(p->path, config_params(config), &p->events, error);
	if (r == 0)
		r = rewind_trace(p);
	if (r == 0)
		r = list_hosts(p);
	if (r == 0)
		r = rewind_trace(p);
	config_free(config);
	if (r < 0) {
		if (!error->len)
			buf_addf(error, "%s: %s", path, strerrordesc_np(-r));
		playback_close(p);
		return r;
	}
	*ret = p;
	return 0;
}

void playback_close(struct playback *p)
{
	if (!p)
		return;
	forget(p);
	playback_events_free(p->events);
	for (size_t i = 0; i < p->host_count; i++)
		free(p->hosts[i]);
	free(p->hosts);
	if (p->memory_fd >= 0)
		close(p->memory_fd);
	free(p->path);
	free(p);
}

static const char *present_host(const struct playback *p)
{
	return p->host_count ? p->hosts[p->host] : "";
}

size_t playback_next_host(struct playback *p)
{
	if (p->host_count > 1) {
		p->host = (p->host + 1) % p->host_count;
		p->now = INT64_MAX; /* any moment lies before it: read from the beginning */
	}
	return p->host_count;
}

/* The next tick of the host that is shown, not added yet. 1, 0 or a negative errno. */
static int read_tick(struct playback *p)
{
	int r;

	if (p->has_pending)
		return 1;
	while ((r = trace_next(p->trace, &p->pending)) > 0)
		if (strcmp(present_host(p), p->pending.host ? p->pending.host : "") == 0)
			break;
	p->has_pending = r > 0;
	return r;
}

static int add_tick(struct playback *p)
{
	p->has_pending = false;
	p->interval_s = p->pending.interval_s;
	p->now = p->pending.ts + p->pending.interval_s;
	return series_table_add(p->series, &p->pending);
}

static void write_status(const struct playback *p, struct buf *out)
{
	char text[100] = "from this trace alone";

	jsonw_open(out, '{');
	jsonw_str(out, "host", *present_host(p) ? present_host(p) : "trace");
	jsonw_str(out, "counting", "as recorded");
	if (p->host_count > 1)
		snprintf(text, sizeof(text), "from this trace alone; host %zu of %zu, H: the next",
			 p->host + 1, p->host_count);
	jsonw_str(out, "learning", text);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

/* Whose events are shown. Detection calls a host that the trace does not name as it likes. */
static const char *events_host(const struct playback *p)
{
	return p->host_count > 1 ? present_host(p) : NULL;
}

static int fill(const struct playback *p, struct snapshot *s)
{
	buf_clear(&s->status);
	buf_clear(&s->flows);
	buf_clear(&s->alerts);
	s->error[0] = '\0';
	s->wall_s = p->now;
	write_status(p, &s->status);
	series_table_write(p->series, &s->flows);
	playback_events_write(p->events, events_host(p), p->now - ALERT_WINDOW_S, p->now,
			      &s->alerts);
	return s->status.error || s->flows.error || s->alerts.error ? -ENOMEM : 1;
}

int playback_step(struct playback *p, struct snapshot *s)
{
	int r = read_tick(p);

	if (r <= 0)
		return r;
	r = add_tick(p);
	return r < 0 ? r : fill(p, s);
}

int playback_seek(struct playback *p, int64_t ts, struct snapshot *s)
{
	int r = 0;

	if (ts < p->now)
		r = rewind_trace(p);
	if (r < 0)
		return r;
	while ((r = read_tick(p)) > 0) {
		if (p->now && p->pending.ts + p->pending.interval_s > ts)
			break;
		r = add_tick(p);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : p->now ? fill(p, s) : 0;
}

int64_t playback_now(const struct playback *p)
{
	return p->now;
}

uint32_t playback_interval_s(const struct playback *p)
{
	return p->interval_s;
}

int64_t playback_next_alert(const struct playback *p, int64_t ts)
{
	return playback_events_next(p->events, events_host(p), ts);
}
