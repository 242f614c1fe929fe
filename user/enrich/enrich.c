/* SPDX-License-Identifier: Apache-2.0
 *
 * The owner of all names: begins and ends their caches, names the process behind a flow,
 * and keeps what changes while it lives up to date. The cache itself is cache.c, exec and
 * exit are life.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "enrich/cgroup_id.h"
#include "enrich/container.h"
#include "enrich/internal.h"
#include "enrich/lineage.h"
#include "enrich/runtime.h"
#include "enrich/users.h"

#define PROCESSES_DEFAULT 32768u /* 0.9 kB each, 4.8 with the longest command line */
#define CGROUP_MOVES_MAX 4u      /* threads in several cgroups must not rename it each tick */
#define REFRESH_NS 1000000000ull /* a backend's title is read at most once a second */

int enrich_new(const struct enrich_options *options, struct enrich **ret)
{
	struct enrich *e = calloc(1, sizeof(*e));
	struct runtime_options runtimes = {
		.sockets = options->runtime_sockets,
		.labels = options->container_labels,
		.passwd_path = options->passwd_path,
		.fs_root = options->fs_root,
	};
	int r = -ENOMEM;

	if (!e)
		return -ENOMEM;
	e->proc_root = strdup(options->proc_root ? options->proc_root : "/proc");
	e->fs_root = strdup(options->fs_root ? options->fs_root : "");
	e->ticks_per_s = sysconf(_SC_CLK_TCK);
	e->max_processes = options->max_processes ? options->max_processes : PROCESSES_DEFAULT;
	ident_init(&e->kernel.id, "kernel");
	e->kernel.id.is_kernel = true;
	e->kernel.id.user = "root";
	ident_init(&e->unattributed.id, "unattributed");
	e->unattributed.id.uid = UINT32_MAX;
	if (!e->proc_root || !e->fs_root || users_new(options->passwd_path, &e->users) ||
	    cgroup_ids_new(options->cgroup_root, e->proc_root, &e->cgroups) ||
	    (r = lineage_new(e->proc_root, e->ticks_per_s, e->max_processes, &e->lineage)) < 0 ||
	    (r = containers_new(&runtimes, &e->containers)) < 0 ||
	    (r = destination_new(e, options)) < 0) {
		enrich_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

void enrich_free(struct enrich *e)
{
	struct process *p, *next;

	if (!e)
		return;
	HASH_ITER(hh, e->table, p, next)
		process_drop(e, p);
	lineage_free(e->lineage);
	exehash_free(e->exehash);
	dbfeeds_free(e->dbfeeds);
	databases_free(e->databases);
	containers_free(e->containers);
	destination_free(e);
	cgroup_ids_free(e->cgroups);
	users_free(e->users);
	free(e->proc_root);
	free(e->fs_root);
	free(e);
}

/* Root once, but not when it sent; the other way is by exec. */
static void take_sender(struct enrich *e, struct process *p, uint32_t uid)
{
	bool dropped = p->id.uid == 0 && uid != 0;

	if (dropped)
		process_take_uid(e, p, uid);
	if (dropped || !p->given)
		process_read_users(e, p);
}

const struct ident *enrich_process(struct enrich *e, const struct eg_flow_key *key)
{
	struct process *p;
	bool known;

	e->stats.lookups++;
	if (key->tgid == 0 || key->start_ns == 0)
		return key->flags & EG_FLOW_KERNEL ? &e->kernel.id : &e->unattributed.id;
	p = process_find(e, key->tgid, key->start_ns);
	known = p != NULL;
	if (!p) {
		p = process_add(e, key->tgid, key->start_ns, key->uid);
		if (!p) {
			e->stats.failures++;
			return &e->unattributed.id;
		}
		p->id.cgroup_id = key->cgroup_id;
		if (process_read(e, p)) {
			e->stats.failures++;
			p->id.exited = true;
			process_set_cgroup(e, p, key->cgroup_id, "");
		}
	} else if (key->cgroup_id && key->cgroup_id != p->id.cgroup_id &&
		   p->cgroup_moves < CGROUP_MOVES_MAX) {
		p->cgroup_moves++;
		process_set_cgroup(e, p, key->cgroup_id, "");
	}
	if (known)
		take_sender(e, p, key->uid);
	if (!p->given) {
		DL_DELETE(e->idle, p);
		p->given = true;
	}
	p->used_ns = boot_now_ns();
	return &p->id;
}

void enrich_refresh(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_of(e, ident);
	uint64_t now;

	if (!p)
		return;
	now = boot_now_ns();
	p->used_ns = now;
	if (!p->pg_backend || now - p->refreshed_ns < REFRESH_NS)
		return;
	p->refreshed_ns = now;
	backend_refresh_title(e, p);
	db_match_backend(e, p);
}

void enrich_poll(struct enrich *e)
{
	struct process *p, *next;

	if (!containers_poll(e->containers))
		return;
	HASH_ITER(hh, e->table, p, next)
		process_take_news(e, p);
}

void enrich_get_stats(const struct enrich *e, struct enrich_stats *ret)
{
	struct runtime_stats runtimes;
	size_t max;

	*ret = e->stats;
	ret->processes = HASH_COUNT(e->table);
	ret->max_processes = e->max_processes;
	ret->containers = containers_count(e->containers, &max);
	ret->max_containers = max;
	containers_get_stats(e->containers, &runtimes);
	ret->runtime_asked = runtimes.asked;
	ret->runtime_answered = runtimes.answered;
	ret->runtime_failed = runtimes.failed + runtimes.dropped;
	destination_get_stats(e, ret);
}
