/* SPDX-License-Identifier: Apache-2.0
 *
 * One process from numbers to names: reads its /proc directory once, checks that it is
 * the one meant, fills the ident. A piece that cannot be read stays "".
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"
#include "enrich/cgroup_id.h"
#include "enrich/cgroup_path.h"
#include "enrich/container.h"
#include "enrich/internal.h"
#include "enrich/lineage.h"
#include "enrich/mask.h"
#include "enrich/proc.h"
#include "enrich/script.h"
#include "enrich/users.h"

#define ARGS_READ_MAX (16u << 10) /* raw bytes of a command line looked at */
#define COMM_BYTES 15             /* of the kernel's name of a process */

static const char nameless[] = "exe"; /* what it calls one that was begun as /proc/self/exe */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void process_set_exe(struct process *p, const char *exe, size_t len)
{
	if (set_text(&p->id.exe, exe, len))
		p->id.generation++;
	p->id.is_database = database_is_server(base_name(p->id.exe), p->id.script);
}

/* busybox's applets, runc: nameless until they say otherwise, so that they would be one
 * actor or another by chance. The first argument is what they are. */
static void name_by_argument(struct process *p, const char *args, size_t len)
{
	size_t n = strnlen(args, len);
	const char *slash = memrchr(args, '/', n);
	const char *clean = "";

	if (strcmp(p->id.comm, nameless) != 0)
		return;
	if (slash) {
		n -= (size_t)(slash + 1 - args);
		args = slash + 1;
	}
	(void)set_text(&clean, args, MIN(n, (size_t)COMM_BYTES));
	if (*clean) {
		snprintf(p->id.comm, sizeof(p->id.comm), "%s", clean);
		p->id.generation++;
		free((void *)(uintptr_t)clean);
	}
}

void process_set_args(struct process *p, const char *args, size_t len)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
	char script[PATH_MAX];

	name_by_argument(p, args, len);
	mask_cmdline(&line, args, len, ENRICH_CMDLINE_MAX);
	(void)set_text(&p->id.cmdline, line.len ? line.data : "", line.len);
	script_find(base_name(p->id.exe), args, len, script, sizeof(script));
	if (set_text(&p->id.script, script, strlen(script)))
		p->id.generation++;
	p->id.is_database = database_is_server(base_name(p->id.exe), p->id.script);
}

/* True if anything is called otherwise than before. */
static bool set_container(struct process *p, const struct container_info *info)
{
	bool changed = set_text(&p->id.container_name, info->name, strlen(info->name));

	changed |= set_text(&p->id.container_image, info->image, strlen(info->image));
	changed |= set_text(&p->id.pod, info->pod, strlen(info->pod));
	changed |= set_text(&p->id.pod_namespace, info->pod_namespace, strlen(info->pod_namespace));
	changed |= set_text(&p->id.container_labels, info->labels, strlen(info->labels));
	return changed;
}

void process_take_news(struct enrich *e, struct process *p)
{
	struct container_info info;

	if (*p->id.container_id &&
	    containers_news(e->containers, p->id.container_id, p->container_uid, &info) &&
	    set_container(p, &info))
		p->id.generation++;
}

void process_set_cgroup(struct enrich *e, struct process *p, uint64_t cgroup_id,
			const char *fallback)
{
	const char *path = cgroup_ids_path(e->cgroups, cgroup_id);
	struct container_info info;
	struct cgroup_names names, other;
	const char *owner;

	p->id.cgroup_id = cgroup_id;
	/* On a hybrid host a container may have its name on the v1 side only. */
	cgroup_path_parse(path ? path : "", &names);
	cgroup_path_parse(fallback, &other);
	if (*fallback &&
	    (!path || strcmp(path, "/") == 0 || (!names.container_id[0] && other.container_id[0])))
		path = fallback;
	if (!path || !set_text(&p->id.cgroup_path, path, strlen(path)))
		return;
	cgroup_path_parse(path, &names);
	containers_find(e->containers, &names, &info);
	p->id.generation++;
	p->container_uid = names.uid;
	owner = names.container_id[0] && names.uid ? users_name(e->users, names.uid) : "";
	(void)set_text(&p->id.container_owner, owner, strlen(owner));
	(void)set_text(&p->id.unit, names.unit, strlen(names.unit));
	(void)set_text(&p->id.container_id, names.container_id, strlen(names.container_id));
	(void)set_container(p, &info);
}

void process_set_logins(struct enrich *e, struct process *p, uint32_t login, uint32_t real)
{
	const char *name;

	p->id.loginuid = login;
	name = login == UINT32_MAX ? "" : users_name(e->users, login);
	(void)set_text(&p->id.login_user, name, strlen(name));
	if (real == UINT32_MAX)
		return;
	name = users_name(e->users, real);
	(void)set_text(&p->id.real_user, name, strlen(name));
}

static void read_parent(const struct enrich *e, struct process *p)
{
	int fd _cleanup_close_ = p->id.ppid ? proc_open(e->proc_root, p->id.ppid) : -1;
	struct proc_stat st;
	char text[1024];
	int n;

	if (fd < 0)
		return;
	n = proc_read(fd, "stat", text, sizeof(text));
	if (n > 0 && proc_parse_stat(text, (size_t)n, &st) == 0)
		(void)set_text(&p->id.parent_comm, st.comm, strlen(st.comm));
}

static void set_comm(struct process *p, const char *comm)
{
	struct buf b _cleanup_buf_ = BUF_INIT;

	if (strcmp(comm, nameless) == 0 && p->id.comm[0])
		return;
	utf8_add_plain(&b, comm, strlen(comm));
	snprintf(p->id.comm, sizeof(p->id.comm), "%s", b.len ? b.data : "");
}

/* The stat of the very process the kernel counted, or -ESRCH. */
static int read_stat(const struct enrich *e, const struct process *p, int fd, struct proc_stat *ret)
{
	char text[1024];
	int n = proc_read(fd, "stat", text, sizeof(text));

	if (n <= 0 || proc_parse_stat(text, (size_t)n, ret))
		return -ESRCH;
	return proc_same_start(p->key.start_ns, ret->start_ticks, e->ticks_per_s) ? 0 : -ESRCH;
}

int process_read(struct enrich *e, struct process *p)
{
	int fd _cleanup_close_ = proc_open(e->proc_root, p->id.tgid);
	char *text _cleanup_free_ = malloc(ARGS_READ_MAX);
	char path[PATH_MAX];
	struct proc_stat st;
	uint32_t uid = p->id.uid, real = UINT32_MAX;
	char login[16];
	int n;

	if (!text)
		return -ENOMEM;
	if (fd < 0 || read_stat(e, p, fd, &st))
		return -ESRCH;
	p->id.ppid = st.ppid;
	p->id.is_kernel = st.kernel_thread;
	set_comm(p, st.comm);
	n = proc_link(fd, "exe", path, sizeof(path));
	if (n > 0)
		process_set_exe(p, path, (size_t)n);
	n = proc_read(fd, "status", text, ARGS_READ_MAX);
	if (n > 0)
		(void)proc_parse_uids(text, (size_t)n, &real, &uid);
	p->ns_pid = n > 0 ? proc_parse_ns_pid(text, (size_t)n) : 0;
	n = proc_read(fd, "loginuid", login, sizeof(login));
	process_set_logins(e, p, n > 0 ? (uint32_t)strtoul(login, NULL, 10) : UINT32_MAX, real);
	n = proc_read(fd, "cgroup", text, ARGS_READ_MAX);
	proc_parse_cgroup(text, n > 0 ? (size_t)n : 0, path, sizeof(path));
	process_set_cgroup(e, p, p->id.cgroup_id, path);
	read_parent(e, p);
	if (!p->id.parent)
		p->id.parent = lineage_get(e->lineage, st.ppid, 0);
	n = proc_read(fd, "cmdline", text, ARGS_READ_MAX);
	if (n > 0)
		process_set_args(p, text, (size_t)n);
	p->pg_backend = backend_is_real(e, p, uid);
	if (n > 0)
		backend_take_title(p, text, (size_t)n);
	return 0;
}

void process_read_users(struct enrich *e, struct process *p)
{
	int fd _cleanup_close_ = p->id.exited ? -1 : proc_open(e->proc_root, p->id.tgid);
	uint32_t real, effective;
	struct proc_stat st;
	char text[4096], login[16];
	int n;

	if (fd < 0 || read_stat(e, p, fd, &st))
		return;
	n = proc_read(fd, "status", text, sizeof(text));
	if (n <= 0 || proc_parse_uids(text, (size_t)n, &real, &effective))
		return;
	n = proc_read(fd, "loginuid", login, sizeof(login));
	process_set_logins(e, p, n > 0 ? (uint32_t)strtoul(login, NULL, 10) : UINT32_MAX, real);
}
