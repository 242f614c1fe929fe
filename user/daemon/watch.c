/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells the collector whose reads to count: the data directories of the database
 * servers found, and those the operator named.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "collect/collect.h"
#include "daemon/manager.h"
#include "enrich/enrich.h"

enum { WATCH_MAX = 128 }; /* directories; enrich keeps half as many */

struct open_dirs {
	int fd[WATCH_MAX];
	size_t count;
};

static void dirs_take(struct open_dirs *d, int fd)
{
	if (fd < 0)
		return;
	if (d->count < WATCH_MAX)
		d->fd[d->count++] = fd;
	else
		close(fd);
}

static void dirs_found(struct open_dirs *d, const struct enrich *e)
{
	const char *const *paths;
	size_t count = enrich_data_dirs(e, &paths);

	for (size_t i = 0; i < count; i++)
		dirs_take(d, enrich_open_data_dir(e, i)); /* gone again: next minute */
}

static void dirs_named(struct open_dirs *d, const char *list)
{
	char path[4096];

	for (size_t n; *list; list += n + (list[n] == ':')) {
		n = strcspn(list, ":");
		if (n == 0 || n >= sizeof(path))
			continue;
		memcpy(path, list, n);
		path[n] = '\0';
		dirs_take(d, open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	}
}

void watch_databases(struct manager *m)
{
	struct open_dirs d = { .count = 0 };
	int r;

	if (m->params->daemon.watch_reads) {
		dirs_found(&d, m->enrich);
		dirs_named(&d, m->params->daemon.watch_dirs);
	}
	r = collect_watch(m->collect, d.fd, d.count);
	for (size_t i = 0; i < d.count; i++)
		close(d.fd[i]);
	if (r == -EINPROGRESS || r == m->watched) /* not known yet, or said already */
		return;
	m->watched = r;
	if (r < 0 && r != -ENOTSUP)
		log_warning("reads of database files are not counted in full: %s", strerror(-r));
	else if (r >= 0)
		log_info("counting reads below %d database directories", r);
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct manager *m = ctx;

	(void)fd;
	(void)what;
	if (collect_watch_again(m->collect))
		watch_databases(m);
}

void watch_start(struct manager *m)
{
	int fd = collect_watch_fd(m->collect);

	if (fd < 0)
		return;
	m->watch_event = event_new(m->loop, fd, EV_READ | EV_PERSIST, on_ready, m);
	if (m->watch_event)
		(void)event_add(m->watch_event, NULL); /* without it: the next minute asks */
}
