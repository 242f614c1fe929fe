/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache of processes by (pid, start time). Entries come from flows (handed out, kept
 * while held) and from life events (remembered in case the process sends before it ends;
 * the oldest go first when the cache is full).
 */
#include <string.h>

#include "base/cleanup.h"
#include "enrich/internal.h"
#include "enrich/lineage.h"
#include "enrich/proc.h"
#include "enrich/users.h"

#define SWEEP_PROBES 8u /* live processes asked for a sign of life in one sweep */

void process_drop(struct enrich *e, struct process *p)
{
	if (!p->given)
		DL_DELETE(e->idle, p);
	HASH_DELETE(hh, e->table, p);
	lineage_put(e->lineage, p->id.parent);
	process_clear(p);
	db_sockets_forget(p);
	free(p);
}

struct process *process_find(const struct enrich *e, uint32_t tgid, uint64_t start_ns)
{
	struct proc_key key = { start_ns, tgid };
	struct process *p;

	HASH_FIND(hh, e->table, &key, sizeof(key), p);
	return p;
}

struct process *process_add(struct enrich *e, uint32_t tgid, uint64_t start_ns, uint32_t uid)
{
	const char *user = users_name(e->users, uid);
	struct process *p;

	if (HASH_COUNT(e->table) >= e->max_processes) {
		if (!e->idle)
			return NULL;
		process_drop(e, e->idle);
		e->stats.evicted++;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	ident_init(&p->id, "");
	p->key = (struct proc_key){ start_ns, tgid };
	p->id.tgid = tgid;
	p->id.start_ns = start_ns;
	p->id.entity = lineage_entity(e->lineage, tgid, start_ns);
	p->id.uid = uid;
	p->used_ns = boot_now_ns();
	(void)set_text(&p->id.user, user, strlen(user));
	HASH_ADD(hh, e->table, key, sizeof(p->key), p);
	if (!TABLE_ADDED(p)) {
		process_clear(p);
		free(p);
		return NULL;
	}
	DL_APPEND(e->idle, p);
	return p;
}

struct process *process_of(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_find(e, ident->tgid, ident->start_ns);

	return p && &p->id == ident ? p : NULL;
}

void enrich_hold(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_of(e, ident);

	if (p)
		p->holds++;
}

void enrich_unhold(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_of(e, ident);

	if (p && p->holds > 0)
		p->holds--;
}

/* Exit events can be lost; a process without a /proc entry of its own is gone. */
static bool is_gone(const struct enrich *e, const struct process *p)
{
	int fd _cleanup_close_ = proc_open(e->proc_root, p->id.tgid);

	return fd < 0 || !proc_is_same(fd, p->key.start_ns, e->ticks_per_s);
}

void enrich_sweep(struct enrich *e, uint64_t before_ns)
{
	unsigned int probes = SWEEP_PROBES;
	struct process *p, *next;

	HASH_ITER(hh, e->table, p, next) {
		if (p->used_ns >= before_ns)
			continue;
		if (!p->id.exited && probes > 0) {
			probes--;
			p->used_ns = before_ns; /* asked again only when others had their turn */
			p->id.exited = is_gone(e, p);
		}
		if (p->id.exited && p->holds == 0)
			process_drop(e, p);
	}
}
