/* SPDX-License-Identifier: Apache-2.0
 *
 * See dbsocket.h. Each socket is asked on a duplicate (pidfd_getfd) that is closed at
 * once: TCP_INFO tells what was sent, in whatever network namespace it is. A look at a
 * thousand connections takes some milliseconds, so it is taken for suspects, and every
 * ten seconds of a server that sends much to an address with several sessions.
 */
#include "enrich/dbsocket.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "enrich/internal.h"
#include "enrich/proc.h"
#include "enrich/procsock.h"

enum {
	SOCKETS_MAX = 4096, /* of one server; with more of them nothing is proven */
	LOOKS_PER_S = 2,    /* of all servers: each some 4 us a socket */
};

static const uint64_t second_ns = 1000000000;
static const uint64_t again_ns = 500000000;          /* within a tick one look serves all */
static const uint64_t fresh_ns = 10ull * 1000000000; /* a look is taken anew after this */
static const uint64_t stale_ns = 15ull * 1000000000; /* too old to compare with */

struct db_look {
	uint64_t at_ns, before_ns; /* this look and the one before; 0 = there was none */
	bool whole;                /* no socket was left out */
	size_t count;
	struct db_socket sockets[]; /* by inode */
};

static int by_inode(const void *pa, const void *pb)
{
	const struct db_socket *a = pa, *b = pb;

	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

static void put_addr(uint8_t to[16], const struct sockaddr_storage *from)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (from->ss_family == AF_INET6) {
		memcpy(to, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
		return;
	}
	memcpy(to, mapped, sizeof(mapped));
	memcpy(to + sizeof(mapped), &((const struct sockaddr_in *)from)->sin_addr, 4);
}

/* False: no TCP connection, or the kernel does not tell (before 4.19). */
static bool ask(int pidfd, const struct open_socket *open, struct db_socket *ret)
{
	int fd _cleanup_close_ = procsock_take(pidfd, open->number);
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info), peer_size = sizeof(peer);

	if (fd < 0 || getpeername(fd, (struct sockaddr *)&peer, &peer_size) < 0 ||
	    (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
	    size < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof(info.tcpi_bytes_retrans))
		return false;
	*ret = (struct db_socket){ .inode = open->inode,
				   .sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans };
	put_addr(ret->client.addr, &peer);
	ret->client.port =
		ntohs(peer.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&peer)->sin6_port
						 : ((const struct sockaddr_in *)&peer)->sin_port);
	return true;
}

static struct db_look *look(const struct enrich *e, const struct process *p)
{
	struct open_socket *open _cleanup_free_ = calloc(SOCKETS_MAX, sizeof(*open));
	int dir_fd _cleanup_close_ = proc_open(e->proc_root, p->id.tgid);
	int pidfd _cleanup_close_ = (int)syscall(SYS_pidfd_open, p->id.tgid, 0);
	struct db_look *l;
	size_t count;

	if (!open || dir_fd < 0 || pidfd < 0 ||
	    !proc_is_same(dir_fd, p->key.start_ns, e->ticks_per_s))
		return NULL;
	count = procsock_list(dir_fd, open, SOCKETS_MAX);
	l = malloc(sizeof(*l) + count * sizeof(l->sockets[0]));
	if (!l)
		return NULL;
	*l = (struct db_look){ .at_ns = boot_now_ns(), .whole = count < SOCKETS_MAX };
	for (size_t i = 0; i < count; i++)
		l->count += ask(pidfd, &open[i], &l->sockets[l->count]);
	qsort(l->sockets, l->count, sizeof(l->sockets[0]), by_inode);
	return l;
}

/* What each was sent since; an inode used again is another connection. */
static void compare(struct db_look *now, const struct db_look *before)
{
	now->before_ns = before && before->whole ? before->at_ns : 0;
	for (size_t i = 0; i < now->count; i++) {
		struct db_socket *s = &now->sockets[i];
		const struct db_socket *old =
			before ? bsearch(s, before->sockets, before->count, sizeof(*s), by_inode)
			       : NULL;

		if (old && (memcmp(old->client.addr, s->client.addr, 16) != 0 ||
			    old->client.port != s->client.port || old->sent > s->sent))
			old = NULL;
		s->moved = s->sent - (old ? old->sent : 0);
	}
}

static bool spend_look(struct enrich *e, uint64_t now)
{
	if (e->looks_second != now / second_ns) {
		e->looks_second = now / second_ns;
		e->looks = LOOKS_PER_S;
	}
	if (e->looks == 0)
		return false;
	e->looks--;
	return true;
}

static bool is_comparable(const struct db_look *l)
{
	return l && l->whole && l->before_ns && l->at_ns - l->before_ns < stale_ns;
}

bool db_sockets_look(struct enrich *e, struct process *p)
{
	uint64_t now = boot_now_ns();
	struct db_look *l;

	if (p->look && now - p->look->at_ns < again_ns)
		return is_comparable(p->look);
	l = p->id.exited || !spend_look(e, now) ? NULL : look(e, p);
	if (!l)
		return false;
	compare(l, p->look);
	free(p->look);
	p->look = l;
	return is_comparable(l);
}

void db_sockets_keep_fresh(struct enrich *e, struct process *p)
{
	if (!p->look || boot_now_ns() - p->look->at_ns > fresh_ns)
		(void)db_sockets_look(e, p);
}

void db_sockets_forget(struct process *p)
{
	free(p->look);
	p->look = NULL;
}

const struct db_socket *db_socket_winner(const struct db_socket *const *sockets, size_t count,
					 uint64_t bytes)
{
	const struct db_socket *best = NULL;
	uint64_t sum = 0, second = 0;

	for (size_t i = 0; i < count; i++) {
		const struct db_socket *s = sockets[i];

		sum += s->moved;
		if (best && s->moved <= best->moved) {
			second = MAX(second, s->moved);
			continue;
		}
		second = best ? best->moved : 0;
		best = s;
	}
	/* What no open socket explains went by one that is closed. What the others were sent
	 * at most, since the older look, leaves what this one was sent at least. */
	if (!best || best->moved <= second || (bytes > sum && bytes - sum >= best->moved) ||
	    bytes <= sum - best->moved || bytes - (sum - best->moved) <= second)
		return NULL;
	return best;
}

bool db_socket_of(const struct process *p, const uint8_t addr[16], uint64_t bytes,
		  struct db_end *ret)
{
	const struct db_socket **mine _cleanup_free_ = NULL;
	const struct db_socket *won;
	size_t count = 0;

	mine = is_comparable(p->look) ? calloc(p->look->count + 1, sizeof(struct db_socket *))
				      : NULL;
	if (!mine)
		return false;
	for (size_t i = 0; i < p->look->count; i++)
		if (memcmp(p->look->sockets[i].client.addr, addr, 16) == 0)
			mine[count++] = &p->look->sockets[i];
	won = db_socket_winner(mine, count, bytes);
	if (won)
		*ret = won->client;
	return won != NULL;
}

bool db_socket_among(const struct process *p, const struct db_end *ends, size_t count,
		     struct db_end *ret)
{
	uint64_t most = 0;
	bool sole = count == 1;

	if (sole)
		*ret = ends[0];
	for (size_t i = 0; !sole && is_comparable(p->look) && i < p->look->count; i++) {
		const struct db_socket *s = &p->look->sockets[i];

		for (size_t j = 0; s->moved > most && j < count; j++) {
			if (s->client.port != ends[j].port ||
			    memcmp(s->client.addr, ends[j].addr, 16) != 0)
				continue;
			most = s->moved;
			*ret = s->client;
		}
	}
	return sole || most > 0;
}
