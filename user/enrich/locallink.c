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

/* The relay's side. */
struct feed_ends {
	uint32_t pid;
	uint32_t ancestors[ANCESTORS_MAX]; /* 0 = none */
	uint64_t netns;
	uint64_t *inodes; /* sorted */
	size_t count;
	struct socktab table;
	const struct tcp_end **own; /* the relay's rows of it */
	size_t own_count;
	struct db_end feeds[FEEDS_MAX]; /* its ends of connections to the feeder found last */
	size_t feed_count;
	struct open_socket unix_feed; /* of the feeder found last, by AF_UNIX */
	size_t unix_count;
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

static bool holds(const uint64_t *inodes, size_t count, uint64_t inode)
{
	return bsearch(&inode, inodes, count, sizeof(inode), compare_u64) != NULL;
}

/* Once for all who may feed it: the table may have 65536 rows, the relay few of them. */
static int find_own(struct feed_ends *ends)
{
	const struct socktab *t = &ends->table;

	ends->own = calloc(ends->count + 1, sizeof(const struct tcp_end *));
	for (size_t i = 0; ends->own && i < t->count && ends->own_count < ends->count; i++)
		if (holds(ends->inodes, ends->count, t->rows[i].inode))
			ends->own[ends->own_count++] = &t->rows[i];
	return ends->own ? 0 : -ENOMEM;
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
	if (find_own(ends)) {
		enrich_feed_close(ends);
		return -ENOMEM;
	}
	*ret = ends;
	return 0;
}

void enrich_feed_close(struct feed_ends *ends)
{
	if (!ends)
		return;
	socktab_free(&ends->table);
	free(ends->own);
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

/* Each connection whose one end is the feeder's and whose other end the relay's. */
static void find_feeds(struct feed_ends *ends, const uint64_t *feeder, size_t count)
{
	for (size_t i = 0; i < ends->own_count && ends->feed_count < FEEDS_MAX; i++) {
		const struct tcp_end *mine = ends->own[i];
		const struct tcp_end *other = socktab_other_end(&ends->table, mine);
		struct db_end *feed = &ends->feeds[ends->feed_count];

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

	ends->feed_count = ends->unix_count = 0;
	if (!sockets || feeder->tgid == ends->pid || dir_fd < 0 ||
	    !proc_is_same(dir_fd, feeder->start_ns, e->ticks_per_s))
		return false;
	count = procsock_list(dir_fd, sockets, max);
	if (procsock_netns(dir_fd) == ends->netns && joined_by_tcp(ends, sockets, count))
		return true;
	pidfd = (int)syscall(SYS_pidfd_open, feeder->tgid, 0);
	for (size_t i = 0; pidfd >= 0 && i < count; i++) {
		if (!joined_by_unix(e, ends, feeder, connected_by(pidfd, sockets[i].number)))
			continue;
		ends->unix_feed = sockets[i];
		if (ends->unix_count++ || !serves_all)
			break; /* several, or whose session it is is known */
	}
	return ends->unix_count > 0;
}

void feed_ends_get(const struct feed_ends *ends, struct feed_local *ret, uint64_t *ret_inode)
{
	bool sole = ends->unix_count == 1;

	*ret = (struct feed_local){ .ends = ends->feeds,
				    .count = ends->feed_count,
				    .fd = sole ? (uint32_t)ends->unix_feed.number : 0 };
	*ret_inode = sole ? ends->unix_feed.inode : 0;
}
