/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel tells of the lives of processes: exec and exit. So those that lived for
 * milliseconds have a name, and one that calls exec or becomes another user a new one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "collect/collect.h"
#include "enrich/internal.h"
#include "enrich/lineage.h"
#include "enrich/users.h"

void process_take_uid(struct enrich *e, struct process *p, uint32_t uid)
{
	const char *user;

	if (p->id.uid == uid)
		return;
	user = users_name(e->users, uid);
	p->id.uid = uid;
	p->id.generation++;
	(void)set_text(&p->id.user, user, strlen(user));
}

/* A child that never called exec runs its parent's program. */
static void inherit(struct enrich *e, struct process *p, const struct collect_life *event)
{
	const struct process *parent = process_find(e, event->ppid, event->parent_start_ns);

	if (!parent)
		return;
	(void)set_text(&p->id.parent_comm, parent->id.comm, strlen(parent->id.comm));
	if (event->kind != LIFE_EXIT || *p->id.exe)
		return;
	process_set_exe(p, parent->id.exe, strlen(parent->id.exe));
	(void)set_text(&p->id.cmdline, parent->id.cmdline, strlen(parent->id.cmdline));
	(void)set_text(&p->id.script, parent->id.script, strlen(parent->id.script));
}

/* The parent it had at the event, which may have ended since. */
static void take_parent(struct enrich *e, struct process *p, const struct collect_life *event)
{
	const struct process *parent;

	if (p->id.parent || !event->ppid || !event->parent_start_ns)
		return;
	p->id.parent = lineage_get(e->lineage, event->ppid, event->parent_start_ns);
	parent = p->id.parent ? NULL : process_find(e, event->ppid, event->parent_start_ns);
	if (parent)
		p->id.parent = lineage_add(e->lineage, event->ppid, event->parent_start_ns,
					   parent->id.comm, parent->id.parent);
}

static void take_comm(struct process *p, const char comm[16])
{
	const char *old = p->id.comm;
	char text[sizeof(p->id.comm)];
	const char *clean = "";

	snprintf(text, sizeof(text), "%.16s", comm);
	(void)set_text(&clean, text, strlen(text));
	if (strcmp(old, clean) != 0)
		p->id.generation++;
	snprintf(p->id.comm, sizeof(p->id.comm), "%s", clean);
	if (*clean)
		free((void *)(uintptr_t)clean);
}

/* exec: the same process, a new program. What the kernel handed over may be relative
 * or cut, so /proc knows better; but of a process that is ending it has no program any
 * more, and of one that has ended nothing. */
static void take_exec(struct enrich *e, struct process *p, const struct collect_life *event)
{
	take_comm(p, event->comm);
	process_take_uid(e, p, event->uid);
	p->pg_backend = false;
	p->looked_at = p->hash_asked = false;
	p->feed_tries = p->id.feeder_pid = 0;
	p->fed_ns = 0;
	(void)set_text(&p->id.feeder, "", 0);
	p->id.exe_sha256 = "";
	p->cgroup_moves = 0;
	p->id.exited = false;
	(void)set_text(&p->id.db_session, "", 0);
	(void)set_text(&p->id.db_client, "", 0);
	(void)set_text(&p->id.db_command, "", 0);
	(void)set_text(&p->id.db_application, "", 0);
	(void)set_text(&p->id.db_query, "", 0);
	p->id.db_system = "";
	p->id.db_by = DB_BY_NONE;
	db_sockets_forget(p);
	process_set_exe(p, event->exe, strlen(event->exe));
	process_set_args(p, event->args, event->args_len);
	if (process_read(e, p))
		process_set_cgroup(e, p, event->cgroup_id, "");
}

void enrich_life(struct enrich *e, const struct collect_life *event)
{
	struct process *p = process_find(e, event->tgid, event->start_ns);
	bool known = p != NULL;

	if (event->tgid == 0 || event->start_ns == 0)
		return;
	if (!p)
		p = process_add(e, event->tgid, event->start_ns, event->uid);
	if (!p) {
		e->stats.failures++;
		return;
	}
	p->id.ppid = event->ppid;
	process_set_logins(e, p, event->loginuid, UINT32_MAX);
	p->parent_start_ns = event->parent_start_ns;
	p->used_ns = boot_now_ns();
	if (event->cgroup_id)
		p->id.cgroup_id = event->cgroup_id;
	take_parent(e, p, event);
	if (event->kind == LIFE_EXEC) {
		lineage_exec(e->lineage, event->tgid, event->start_ns, event->comm);
		take_exec(e, p, event);
		inherit(e, p, event);
		return;
	}
	if (!known) {
		take_comm(p, event->comm);
		process_set_cgroup(e, p, event->cgroup_id, "");
	}
	if (!known || !*p->id.exe)
		inherit(e, p, event);
	p->id.exited = true;
	lineage_exit(e->lineage, event->tgid, event->start_ns);
}
