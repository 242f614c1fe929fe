/* SPDX-License-Identifier: Apache-2.0
 *
 * Replay: a trace through the detector, every host by itself, events printed as
 * they come. Nothing here depends on the clock of this machine.
 */
#include "replay/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alert/state.h"
#include "base/files.h"
#include "base/buf.h"
#include "model/words.h"
#include "replay/replay_host.h"
#include "replay/replay_print.h"
#include "replay/trace.h"

/* Pointer to host; a trace may hold thousands, a tick must find its own at once. */
struct host_slot {
	const char *name;
	struct replay_host *host;
};

enum { HOSTS_FIRST_CAP = 64 };

struct replay {
	const struct replay_options *options;
	struct names *names;
	struct trace_reader *trace;
	struct replay_host *first, **end;
	struct host_slot *slots;
	size_t slot_cap;
	struct replay_report report;
	struct buf *error;
};

static size_t slot_of(const struct replay *r, const char *name)
{
	/* names are heap pointers: the low bits are alike, mix the rest */
	size_t at = (size_t)(((uintptr_t)name >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20);

	for (at &= r->slot_cap - 1; r->slots[at].name && r->slots[at].name != name;)
		at = (at + 1) & (r->slot_cap - 1);
	return at;
}

static int slots_grow(struct replay *r)
{
	free(r->slots);
	r->slot_cap = r->slot_cap ? r->slot_cap * 2 : HOSTS_FIRST_CAP;
	r->slots = calloc(r->slot_cap, sizeof(*r->slots));
	if (!r->slots)
		return -ENOMEM;
	for (struct replay_host *h = r->first; h; h = h->next)
		r->slots[slot_of(r, h->name)] = (struct host_slot){ h->name, h };
	return 0;
}

static int find_host(struct replay *r, const char *name, struct replay_host **ret)
{
	struct replay_host *h;
	size_t at;
	int err;

	if (r->slot_cap) {
		at = slot_of(r, name);
		if (r->slots[at].name) {
			*ret = r->slots[at].host;
			return 0;
		}
	}
	err = replay_host_new(r->options, r->names, name, &h);
	if (err)
		return err;
	*r->end = h;
	r->end = &h->next;
	r->report.hosts++;
	if (r->report.hosts > r->slot_cap / 2) {
		err = slots_grow(r);
		if (err)
			return err;
	}
	r->slots[slot_of(r, name)] = (struct host_slot){ name, h };
	*ret = h;
	return 0;
}

static int run_ticks(struct replay *r)
{
	struct replay_host *h;
	struct tick tick;
	int rc;

	while ((rc = trace_next(r->trace, &tick)) > 0) {
		rc = find_host(r, tick.host, &h);
		if (!rc)
			rc = replay_host_feed(h, &tick, replay_print_event, &r->report);
		if (rc)
			return rc;
		if (!r->report.ticks++)
			r->report.first_ts = tick.ts;
		r->report.end_ts = tick.ts + (int64_t)tick.interval_s;
	}
	if (rc < 0 && trace_error(r->trace)[0])
		buf_add_str(r->error, trace_error(r->trace));
	return rc;
}

static int save_baseline(struct replay *r)
{
	const char *path = r->options->baseline_out;
	_cleanup_buf_ struct buf state = BUF_INIT;
	_cleanup_close_ int fd = -1;
	int err;

	if (!r->first || r->first->next) {
		buf_addf(r->error, "%s: the trace holds %zu hosts; a baseline is of one host",
			 r->options->path, r->report.hosts);
		return -EINVAL;
	}
	err = state_save(r->first->engine, r->first->alerts, NULL, &state);
	if (err)
		return err;
	/* what a host usually sends is nobody else's business */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : files_write(fd, state.data, state.len);
	if (!err && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		err = -errno;
	if (err)
		buf_addf(r->error, "%s: %s", path, strerror(-err));
	return err;
}

static int run(struct replay *r)
{
	int err = run_ticks(r);

	if (!err && r->options->baseline_out)
		err = save_baseline(r);
	if (err)
		return err;
	r->report.rows = trace_rows(r->trace);
	for (struct replay_host *h = r->first; h; h = h->next)
		r->report.series += engine_series_count(h->engine);
	r->report.ignored_count = trace_ignored(r->trace, &r->report.ignored);
	return replay_print_summary(&r->report);
}

static int open_trace(struct replay *r)
{
	int err = names_new(&r->names);

	if (!err)
		err = names_set_networks(r->names, r->options->params->networks.names);
	if (!err)
		err = words_mark_declared(r->options->words, r->names);
	if (!err)
		err = trace_open(r->options->path, r->names, &r->trace);
	if (err)
		buf_addf(r->error, "%s: %s", r->options->path, strerror(-err));
	return err;
}

int replay_run(const struct replay_options *options, FILE *out, struct buf *error)
{
	struct replay r = { .options = options, .error = error };
	struct replay_host *next;
	int err;

	r.end = &r.first;
	r.report.out = out;
	r.report.json = options->json;
	err = open_trace(&r);
	if (!err)
		err = run(&r);
	if (err && !error->len)
		buf_addf(error, "%s: %s", options->path, strerror(-err));
	for (struct replay_host *h = r.first; h; h = next) {
		next = h->next;
		replay_host_free(h);
	}
	free(r.slots);
	replay_report_free(&r.report);
	trace_close(r.trace);
	names_free(r.names);
	return err;
}
