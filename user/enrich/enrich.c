/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache of processes by (pid, start time). Entries come from flows (read from
 * /proc, handed out, kept while held) and from life events (remembered in case the
 * process sends before it ends; the oldest go first when the cache is full).
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/collect.h"
#include "enrich/cgroup_id.h"
#include "enrich/container.h"
#include "enrich/internal.h"
#include "enrich/proc.h"
#include "enrich/runtime.h"
#include "enrich/users.h"

#define PROCESSES_DEFAULT 32768u /* about 1.5 kB each when all have long command lines */
#define SWEEP_PROBES 8u          /* live processes asked for a sign of life in one sweep */
#define CGROUP_MOVES_MAX 4u      /* threads in several cgroups must not rename it each tick */
#define REFRESH_NS 1000000000ull /* a backend's title is read at most once a second */

uint64_t boot_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void ident_init(struct ident *id, const char *comm)
{
	*id = (struct ident){
		.exe = "",
		.cmdline = "",
		.script = "",
		.user = "",
		.unit = "",
		.container_id = "",
		.container_name = "",
		.container_image = "",
		.container_labels = "",
		.cgroup_path = "",
		.parent_comm = "",
		.db_session = "",
		.db_client = "",
		.db_command = "",
		.db_system = "",
		.db_application = "",
		.db_query = "",
		.real_user = "",
		.login_user = "",
		.exe_sha256 = "",
		.cwd = "",
		.ancestors = "",
		.feeder = "",
		.pod = "",
		.pod_namespace = "",
		.loginuid = UINT32_MAX,
	};
	snprintf(id->comm, sizeof(id->comm), "%s", comm);
}

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
	    (r = containers_new(&runtimes, &e->containers)) < 0 ||
	    (r = destination_new(e, options)) < 0) {
		enrich_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

static void process_drop(struct enrich *e, struct process *p)
{
	if (!p->given)
		DL_DELETE(e->idle, p);
	HASH_DELETE(hh, e->table, p);
	process_clear(p);
	free(p);
}

void enrich_free(struct enrich *e)
{
	struct process *p, *next;

	if (!e)
		return;
	HASH_ITER(hh, e->table, p, next)
		process_drop(e, p);
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

static struct process *process_find(const struct enrich *e, uint32_t tgid, uint64_t start_ns)
{
	struct proc_key key = { start_ns, tgid };
	struct process *p;

	HASH_FIND(hh, e->table, &key, sizeof(key), p);
	return p;
}

/* A new entry, in `idle`; the oldest of those leaves when the cache is full. NULL if
 * all are in use. */
static struct process *process_add(struct enrich *e, uint32_t tgid, uint64_t start_ns, uint32_t uid)
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

/* setpriv, gosu, su -c and servers that drop root change who a process is while it
 * lives; set-user-id programs and sudo by exec. */
static void take_uid(struct enrich *e, struct process *p, uint32_t uid)
{
	const char *user;

	if (p->id.uid == uid)
		return;
	user = users_name(e->users, uid);
	p->id.uid = uid;
	p->id.generation++;
	(void)set_text(&p->id.user, user, strlen(user));
}

/* Root once, but not when it sent; the other way is by exec. */
static void take_sender(struct enrich *e, struct process *p, uint32_t uid)
{
	bool dropped = p->id.uid == 0 && uid != 0;

	if (dropped)
		take_uid(e, p, uid);
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
	take_uid(e, p, event->uid);
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
	if (event->kind == LIFE_EXEC) {
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
}

struct process *process_of(struct enrich *e, const struct ident *ident)
{
	struct process *p = process_find(e, ident->tgid, ident->start_ns);

	return p && &p->id == ident ? p : NULL;
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
	process_refresh_title(e, p);
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
	struct proc_stat st;
	char text[1024];
	int n;

	if (fd < 0)
		return true;
	n = proc_read(fd, "stat", text, sizeof(text));
	return n <= 0 || proc_parse_stat(text, (size_t)n, &st) ||
	       !proc_same_start(p->key.start_ns, st.start_ticks, e->ticks_per_s);
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
