/* SPDX-License-Identifier: Apache-2.0
 *
 * Do two processes hold the two ends of one local socket? TCP by the namespace's
 * connection table and the sockets each process has open; AF_UNIX by asking the
 * socket whom it was connected by (SO_PEERCRED), on a duplicate that is closed at
 * once. See enrich_feed_* in enrich.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "enrich/internal.h"
#include "enrich/proc.h"
#include "enrich/procsock.h"
#include "enrich/socktab.h"

enum {
	RELAY_SOCKETS_MAX = 16384, /* of the process that relays: a pooler has thousands */
	FEEDER_SOCKETS_MAX = 64,   /* of one that feeds it: a backend has a handful */
	SERVER_SOCKETS_MAX = 4096, /* of a server with one process for all its clients */
	FEEDS_MAX = 64,            /* connections between the two that are told apart */
	ANCESTORS_MAX = 3,         /* that may have connected before they forked the relay */
};

/* A relay may hold what a database gave it for so long before it sends it on. */
static const uint64_t fed_keep_ns = 3600ull * 1000000000;
/* Who takes what a database process sends locally is looked for this often. */
static const uint64_t take_again_ns = 30ull * 1000000000;

/* The relay's side. */
struct feed_ends {
	uint32_t pid;
	uint32_t ancestors[ANCESTORS_MAX]; /* 0 = none */
	uint64_t netns;
	uint64_t *inodes; /* sorted */
	size_t count;
	struct socktab table;
	struct db_end feeds[FEEDS_MAX]; /* its ends of connections to the feeder found last */
	size_t feed_count;
};

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void read_table(int dir_fd, const char *name, struct socktab *t)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	FILE *f _cleanup_fclose_ = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512];
	struct tcp_end row;

	if (!f && fd >= 0)
		close(fd);
	while (f && t->count < SOCKTAB_ROWS_MAX && fgets(line, sizeof(line), f))
		if (socktab_parse_line(line, strlen(line), &row) && !socktab_add(t, &row))
			return;
}

static void find_ancestors(const struct enrich *e, uint32_t ppid, uint32_t ret[ANCESTORS_MAX])
{
	for (size_t i = 0; i < ANCESTORS_MAX && ppid > 1; i++) {
		int fd _cleanup_close_ = proc_open(e->proc_root, ppid);
		struct proc_stat st;
		char text[1024];
		int n = fd < 0 ? -1 : proc_read(fd, "stat", text, sizeof(text));

		if (n <= 0 || proc_parse_stat(text, (size_t)n, &st))
			return;
		ret[i] = ppid;
		ppid = st.ppid;
	}
}

int enrich_feed_open(struct enrich *e, const struct ident *relay, struct feed_ends **ret)
{
	struct open_socket *sockets _cleanup_free_ = calloc(RELAY_SOCKETS_MAX, sizeof(*sockets));
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, relay->tgid);
	struct feed_ends *ends;

	if (!sockets)
		return -ENOMEM;
	if (dir_fd < 0 || !proc_is_same(dir_fd, relay->start_ns, e->ticks_per_s))
		return -ESRCH;
	ends = calloc(1, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	ends->pid = relay->tgid;
	ends->netns = procsock_netns(dir_fd);
	find_ancestors(e, relay->ppid, ends->ancestors);
	ends->count = procsock_list(dir_fd, sockets, RELAY_SOCKETS_MAX);
	ends->inodes = calloc(ends->count + 1, sizeof(*ends->inodes));
	if (!ends->inodes) {
		enrich_feed_close(ends);
		return -ENOMEM;
	}
	for (size_t i = 0; i < ends->count; i++)
		ends->inodes[i] = sockets[i].inode;
	qsort(ends->inodes, ends->count, sizeof(*ends->inodes), compare_u64);
	read_table(dir_fd, "net/tcp", &ends->table);
	read_table(dir_fd, "net/tcp6", &ends->table);
	socktab_sort(&ends->table);
	*ret = ends;
	return 0;
}

void enrich_feed_close(struct feed_ends *ends)
{
	if (!ends)
		return;
	socktab_free(&ends->table);
	free(ends->inodes);
	free(ends);
}

/* Which process connected to this AF_UNIX socket; 0 = not told. */
static uint32_t connected_by(int pidfd, int number)
{
	int fd _cleanup_close_ = procsock_take(pidfd, number);
	struct ucred peer = { 0 };
	int domain = 0;
	socklen_t size = sizeof(domain);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 ||
	    domain != AF_UNIX)
		return 0;
	size = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0
		       ? (uint32_t)peer.pid
		       : 0;
}

/* A relay that was forked after its parent had connected: it holds a socket whose other
 * end is the feeder's, or its server's who accepted. */
static bool holds_end_of(const struct enrich *e, const struct feed_ends *ends,
			 const struct ident *feeder)
{
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, ends->pid);
	int pidfd _cleanup_close_ = (int)syscall(SYS_pidfd_open, ends->pid, 0);
	struct open_socket sockets[FEEDER_SOCKETS_MAX];
	size_t count = dir_fd < 0 ? 0 : procsock_list(dir_fd, sockets, FEEDER_SOCKETS_MAX);

	for (size_t i = 0; pidfd >= 0 && i < count; i++) {
		uint32_t by = connected_by(pidfd, sockets[i].number);

		if (by && (by == feeder->tgid || by == feeder->ppid))
			return true;
	}
	return false;
}

static bool joined_by_unix(const struct enrich *e, const struct feed_ends *ends,
			   const struct ident *feeder, uint32_t by)
{
	if (!by)
		return false;
	if (by == ends->pid)
		return true;
	for (size_t i = 0; i < ANCESTORS_MAX; i++)
		if (by == ends->ancestors[i])
			return holds_end_of(e, ends, feeder);
	return false;
}

static bool holds(const uint64_t *inodes, size_t count, uint64_t inode)
{
	return bsearch(&inode, inodes, count, sizeof(inode), compare_u64) != NULL;
}

/* Each connection whose one end is the feeder's and whose other end the relay's. */
static void find_feeds(struct feed_ends *ends, const uint64_t *feeder, size_t count)
{
	const struct socktab *t = &ends->table;

	for (size_t i = 0; i < t->count && ends->feed_count < FEEDS_MAX; i++) {
		const struct tcp_end *mine = &t->rows[i], *other;
		struct db_end *feed = &ends->feeds[ends->feed_count];

		if (!holds(ends->inodes, ends->count, mine->inode))
			continue;
		other = socktab_other_end(t, mine);
		if (!other || !holds(feeder, count, other->inode))
			continue;
		memcpy(feed->addr, mine->local, sizeof(feed->addr));
		feed->port = mine->local_port;
		ends->feed_count++;
	}
}

static bool joined_by_tcp(struct feed_ends *ends, const struct open_socket *sockets, size_t count)
{
	uint64_t *inodes _cleanup_free_ = calloc(count + 1, sizeof(*inodes));

	if (!inodes)
		return false;
	for (size_t i = 0; i < count; i++)
		inodes[i] = sockets[i].inode;
	qsort(inodes, count, sizeof(*inodes), compare_u64);
	find_feeds(ends, inodes, count);
	return ends->feed_count > 0;
}

bool enrich_feed_from(struct enrich *e, struct feed_ends *ends, const struct ident *feeder)
{
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, feeder->tgid);
	int pidfd _cleanup_close_ = -1;
	bool serves_all = feeder->is_database && !feeder->db_session[0];
	size_t count, max = serves_all ? SERVER_SOCKETS_MAX : FEEDER_SOCKETS_MAX;
	struct open_socket *sockets _cleanup_free_ = calloc(max, sizeof(*sockets));

	ends->feed_count = 0;
	if (!sockets || feeder->tgid == ends->pid || dir_fd < 0 ||
	    !proc_is_same(dir_fd, feeder->start_ns, e->ticks_per_s))
		return false;
	count = procsock_list(dir_fd, sockets, max);
	if (procsock_netns(dir_fd) == ends->netns && joined_by_tcp(ends, sockets, count))
		return true;
	pidfd = (int)syscall(SYS_pidfd_open, feeder->tgid, 0);
	for (size_t i = 0; pidfd >= 0 && i < count; i++)
		if (joined_by_unix(e, ends, feeder, connected_by(pidfd, sockets[i].number)))
			return true;
	return false;
}

/* A server with one process for all has no session of its own: that of its local socket. */
static void name_feeder(struct enrich *e, struct process *p, const struct ident *feeder,
			const struct feed_ends *ends)
{
	static const struct ident nobody = { .feeder = "",
					     .db_session = "",
					     .db_client = "",
					     .db_command = "",
					     .db_system = "",
					     .db_application = "",
					     .db_query = "" };
	struct ident f = feeder ? *feeder : nobody;
	const char *comm = feeder ? feeder->comm : "";
	struct db_names names;

	if (f.db_session[0])
		f.db_by = DB_BY_PROCESS;
	if (feeder && !f.db_session[0] &&
	    db_match_local(e, feeder, ends->feeds, ends->feed_count, &names)) {
		f.db_by = names.by;
		f.db_session = names.session;
		f.db_client = names.client;
		f.db_command = names.command;
		f.db_application = names.application;
		f.db_query = names.query;
		f.db_system = names.system;
	}
	p->id.feeder_pid = f.tgid;
	p->id.db_system = f.db_system;
	p->id.db_by = f.db_by;
	(void)set_text(&p->id.feeder, comm, strlen(comm));
	(void)set_text(&p->id.db_session, f.db_session, strlen(f.db_session));
	(void)set_text(&p->id.db_client, f.db_client, strlen(f.db_client));
	(void)set_text(&p->id.db_command, f.db_command, strlen(f.db_command));
	(void)set_text(&p->id.db_application, f.db_application, strlen(f.db_application));
	(void)set_text(&p->id.db_query, f.db_query, strlen(f.db_query));
}

void enrich_feed_set(struct enrich *e, const struct ident *relay, const struct ident *feeder,
		     const struct feed_ends *ends)
{
	struct process *p = process_of(e, relay);

	if (!p || p->id.is_database)
		return;
	/* What it was given before is what it may be sending now. */
	if (!feeder && p->fed_ns && boot_now_ns() - p->fed_ns < fed_keep_ns)
		return;
	name_feeder(e, p, feeder, ends);
}

void enrich_feed_keep(struct enrich *e, const struct ident *relay, const struct ident *feeder,
		      const struct feed_ends *ends)
{
	struct process *p = process_of(e, relay);

	if (!p || p->id.is_database)
		return;
	p->fed_ns = boot_now_ns();
	name_feeder(e, p, feeder, ends);
}

bool enrich_take_due(struct enrich *e, const struct ident *feeder)
{
	struct process *p = process_of(e, feeder);
	uint64_t now = boot_now_ns();

	if (!p || p->id.exited || (p->taken_ns && now - p->taken_ns < take_again_ns))
		return false;
	p->taken_ns = now;
	return true;
}

bool enrich_feed_due(struct enrich *e, const struct ident *relay)
{
	static const uint64_t soon_ns = 900000000, later_ns = 10000000000;
	enum { SOON_TRIES = 5 };
	struct process *p = process_of(e, relay);
	uint64_t now = boot_now_ns();

	if (!p || p->id.is_database || p->id.exited || p->id.is_kernel)
		return false;
	if (p->feed_tries && now - p->feed_ns < (p->feed_tries < SOON_TRIES ? soon_ns : later_ns))
		return false;
	p->feed_ns = now;
	p->feed_tries += p->feed_tries < SOON_TRIES;
	return true;
}
