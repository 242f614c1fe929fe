/* SPDX-License-Identifier: Apache-2.0
 *
 * Backends of PostgreSQL: which processes may be believed to be one, and what their title
 * says of their session.
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "enrich/internal.h"
#include "enrich/pgtitle.h"
#include "enrich/proc.h"

static bool is_pg_binary(const char *exe)
{
	const char *base = strrchr(exe, '/');

	base = base ? base + 1 : exe;
	return strcmp(base, "postgres") == 0 || strcmp(base, "edb-postgres") == 0;
}

/* Anybody may call a program of his own postgres, and be its parent too. A server's
 * executable is not its user's to write. */
static bool is_own_program(const struct enrich *e, const struct process *p, uint32_t uid)
{
	int fd _cleanup_close_ = proc_open(e->proc_root, p->id.tgid);
	struct stat st;

	if (fd < 0 || fstatat(fd, "exe", &st, 0) < 0)
		return true;
	return (uid != 0 && st.st_uid == uid) || (st.st_mode & S_IWOTH);
}

/* A backend's title is its own word. It counts only if both it and its parent run the
 * same postgres executable, which is not their own, under the same user, and the parent
 * has a command line instead of a title: a postmaster. */
bool backend_is_real(const struct enrich *e, const struct process *p, uint32_t uid)
{
	int fd _cleanup_close_ = proc_open(e->proc_root, p->id.ppid);
	char exe[PATH_MAX], text[4096];
	uint32_t parent_uid, real;
	int n;

	if (!is_pg_binary(p->id.exe) || fd < 0 || is_own_program(e, p, uid))
		return false;
	if (proc_link(fd, "exe", exe, sizeof(exe)) < 0 || strcmp(exe, p->id.exe) != 0)
		return false;
	n = proc_read(fd, "status", text, sizeof(text));
	if (n < 0 || proc_parse_uids(text, (size_t)n, &real, &parent_uid) || parent_uid != uid)
		return false;
	n = proc_read(fd, "cmdline", text, sizeof(text));
	return n > 0 && strncmp(text, "postgres: ", strlen("postgres: ")) != 0;
}

void backend_take_title(struct process *p, const char *args, size_t len)
{
	struct pgtitle title;

	if (!p->pg_backend || pgtitle_parse(args, len, &title))
		return;
	p->id.db_system = "postgresql";
	(void)set_text(&p->id.db_session, title.session, strlen(title.session));
	(void)set_text(&p->id.db_client, title.client, strlen(title.client));
	(void)set_text(&p->id.db_command, title.command, strlen(title.command));
	(void)set_text(&p->id.cmdline, args, strnlen(args, len));
}

void backend_refresh_title(struct enrich *e, struct process *p)
{
	int fd _cleanup_close_ = -1;
	char text[1024];
	int n;

	if (!p->pg_backend || p->id.exited)
		return;
	fd = proc_open(e->proc_root, p->id.tgid);
	if (fd < 0 || !proc_is_same(fd, p->key.start_ns, e->ticks_per_s)) {
		p->id.exited = true;
		return;
	}
	n = proc_read(fd, "cmdline", text, sizeof(text));
	if (n > 0)
		backend_take_title(p, text, (size_t)n);
}
