/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon keeps on disk: spool, baselines, history. Each may be missing or
 * damaged; none stops the sensor, each is said.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/log.h"
#include "daemon/manager.h"
#include "sink/spool.h"
#include "store/slots.h"
#include "store/store.h"

/* First room for baselines; the slots grow when more series are learned. */
static const size_t state_bytes = 4 << 20;

void manager_reduced(struct manager *m, const char *format, ...)
{
	size_t from = m->reductions.len;
	va_list ap;

	va_start(ap, format);
	buf_addv(&m->reductions, format, ap);
	va_end(ap);
	if (!m->reductions.error)
		log_warning("reduced: %s", m->reductions.data + from);
	buf_add_char(&m->reductions, '\n');
}

static char *path_in(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static const char remedy[] = "mend it or move it away, and start egressd again";

/* `kept`: something of it was whole and is in use. */
static void say_aside(struct manager *m, const char *what, char *aside, bool kept)
{
	if (aside)
		manager_reduced(m, "%s was damaged and is set aside as %s; %s", what, aside,
				kept ? "its last whole state is in use" : "starting afresh");
	free(aside);
}

/* A file whose checksums are right but whose content cannot be used: out of the way
 * with it, and a clean engine instead of a half-loaded one. */
static void put_state_aside(struct manager *m, const char *path)
{
	char *again _cleanup_free_ = NULL;
	char *aside = NULL;
	int r;

	slots_close(TAKE_PTR(m->slots));
	r = files_set_aside(path, (int64_t)time(NULL), &aside);
	if (r == 0)
		r = slots_open(path, state_bytes, &again, &m->slots);
	if (r < 0)
		manager_reduced(m,
				"the baseline cannot be used (made by another version?) and cannot "
				"be set aside: %s: %s",
				path, strerror(-r));
	say_aside(m, "the baseline", aside, false);
	r = state_clear(m);
	if (r < 0)
		log_error("start: %s", strerror(-r));
}

static void open_baseline(struct manager *m)
{
	char *path _cleanup_free_ = path_in(m->params->daemon.state_dir, "baseline.state");
	char *aside = NULL;
	int r = path ? slots_open(path, state_bytes, &aside, &m->slots) : -ENOMEM;

	(void)errand_open(&m->keeper.errand); /* without it the tick writes */
	if (r < 0)
		manager_reduced(m, "what is learned is lost at a restart: %s: %s; %s",
				path ? path : "baseline.state", strerror(-r), remedy);
	else
		r = state_restore(m);
	say_aside(m, "the baseline", aside, r == 0 && m->last_ts);
	if (m->slots && r == -EBADMSG)
		put_state_aside(m, path);
}

/* What the store writes into the audit by itself leaves for the sinks like the rest. */
static void store_noted(void *manager, int64_t ts, const char *action, const char *detail)
{
	log_warning("audit: %s: %s", action, detail);
	audit_send(manager, ts, 0, action, detail);
}

void manager_open_disk(struct manager *m)
{
	const struct params_daemon *p = &m->params->daemon;
	char *spool _cleanup_free_ = path_in(p->state_dir, "spool");
	char *history _cleanup_free_ = path_in(p->state_dir, "history.db");
	const struct store_options options = {
		.path = history,
		.max_bytes = p->store_max_bytes,
		.max_days = p->store_max_days,
		.noted = store_noted,
		.noted_ctx = m,
	};
	char *aside = NULL;
	int r;

	if (!spool || !history)
		return;
	r = spool_open(spool, p->spool_bytes, &m->spool);
	if (r < 0)
		manager_reduced(m,
				"alerts are shown but not kept on disk: %s: %s; `egressctl spool "
				"fsck` says which file: mend it and start egressd again",
				spool, strerror(-r));
	open_baseline(m);
	if (!p->store)
		return;
	r = store_open(&options, &aside, &m->store);
	say_aside(m, "the history", TAKE_PTR(aside), false);
	if (r == -EPROTO)
		manager_reduced(
			m, "no history: %s was written by a newer egressd and is left untouched",
			history);
	else if (r < 0)
		manager_reduced(m, "no history: %s: %s; %s", history, strerror(-r), remedy);
}
