/* SPDX-License-Identifier: Apache-2.0
 *
 * Proves at start that the hooks fire: "attached" does not. Sends known bytes by
 * send(), sendfile() and a datagram over loopback, and through a socket pair, and
 * looks for exactly them among the counters; lets a process end and waits for word of
 * it. (The reading group is tried when it is first attached: watch.c.) And looks whether
 * the sensor itself is shut in a container, where it sees less than the host.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "egress/types.h"

/* Odd numbers, so that no other traffic is mistaken for ours. */
enum { SEND_BYTES = 4099, SENDFILE_BYTES = 8209, DATAGRAM_BYTES = 523, PAIR_BYTES = 1031 };
enum { LIFE_POLLS = 16 }; /* each takes thousands of events */

struct trial {
	bool possible;
	uint16_t tcp_port, udp_port; /* of the receiving side: the rows' service port */
	uint64_t pair_before, total_before, full_before;
	pid_t child;
	bool child_seen;
};

static int loopback_socket(int type, struct sockaddr_in *ret)
{
	socklen_t len = sizeof(*ret);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)ret, sizeof(*ret)) ||
	    getsockname(fd, (struct sockaddr *)ret, &len)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static bool send_all(int fd, size_t len)
{
	char bytes[SENDFILE_BYTES] = { 0 };

	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool sendfile_all(int fd, size_t len)
{
	_cleanup_close_ int file = memfd_create("egressd-selftest", MFD_CLOEXEC);

	return file >= 0 && !ftruncate(file, (off_t)len) &&
	       sendfile(fd, file, NULL, len) == (ssize_t)len;
}

/* Nothing is read: the sums fit the smallest receive buffer. */
static bool tcp_try(uint16_t *ret_port)
{
	_cleanup_close_ int listener = -1, client = -1;
	struct sockaddr_in to;

	listener = loopback_socket(SOCK_STREAM, &to);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || client < 0 || listen(listener, 1))
		return false;
	*ret_port = ntohs(to.sin_port);
	return !connect(client, (struct sockaddr *)&to, sizeof(to)) &&
	       send_all(client, SEND_BYTES) && sendfile_all(client, SENDFILE_BYTES);
}

static bool udp_try(uint16_t *ret_port)
{
	_cleanup_close_ int receiver = -1, sender = -1;
	char bytes[DATAGRAM_BYTES] = { 0 };
	struct sockaddr_in to;

	receiver = loopback_socket(SOCK_DGRAM, &to);
	sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (receiver < 0 || sender < 0)
		return false;
	*ret_port = ntohs(to.sin_port);
	return !connect(sender, (struct sockaddr *)&to, sizeof(to)) &&
	       send(sender, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes);
}

static bool pair_try(void)
{
	int fds[2];
	bool ok;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	ok = send_all(fds[0], PAIR_BYTES);
	close(fds[0]);
	close(fds[1]);
	return ok;
}

static void child_look(void *ctx, const struct collect_life *event)
{
	struct trial *t = ctx;

	t->child_seen |= event->kind == LIFE_EXIT && event->tgid == (uint32_t)t->child;
}

/* Events of others that come out with it are of processes enrich/ has yet to list. Hooks
 * of the daemon before were tried by it, and what is in their ring tells of the time
 * when nobody looked: left to who asks for it. */
static void life_try(struct collect *c, struct trial *t)
{
	int status, left = LIFE_POLLS;

	t->child_seen = c->plan.rung[PLAN_LIFE] == RUNG_MISSING || c->facts.life_adopted;
	if (t->child_seen)
		return;
	t->child = fork();
	if (t->child == 0)
		_exit(0);
	t->child_seen = t->child < 0; /* nothing to try with */
	if (t->child > 0)
		(void)waitpid(t->child, &status, 0);
	while (!t->child_seen && left-- > 0 && collect_life_poll(c, child_look, t) > 0)
		;
}

static uint64_t row_payload(const struct sample *s, uint8_t proto, uint16_t port)
{
	for (size_t i = 0; i < s->row_count; i++) {
		const struct eg_flow_key *k = &s->rows[i].key;

		if (k->column == EG_COLUMN_EGRESS && k->proto == proto && k->port == port &&
		    (k->flags & EG_FLOW_LOOPBACK) && k->init != EG_INIT_ACCEPTED)
			return s->rows[i].val.payload_bytes;
	}
	return 0;
}

static void verdict(struct collect *c, const char *rung, const char *detail)
{
	c->rungs[c->rung_count++] =
		(struct collect_rung){ .group = "self-test", .rung = rung, .detail = detail };
}

/* What a group's hook should have counted and did not; "" = nothing. */
struct misses {
	char egress[128], handoff[128];
	const char *life;
};

/* No row was free, after a time without a daemon say: the hook has counted, without owners. */
static bool counted_as_unattributed(const struct sample *s, const struct trial *t)
{
	const uint64_t rise = s->total_after[EG_COLUMN_EGRESS].payload_bytes - t->total_before;

	return s->losses.flow_map_full > t->full_before &&
	       rise >= SEND_BYTES + SENDFILE_BYTES + DATAGRAM_BYTES;
}

static void egress_check(const struct sample *s, const struct trial *t, struct misses *m)
{
	uint64_t tcp = row_payload(s, IPPROTO_TCP, t->tcp_port);
	uint64_t udp = row_payload(s, IPPROTO_UDP, t->udp_port);

	if ((tcp != SEND_BYTES + SENDFILE_BYTES || udp != DATAGRAM_BYTES) &&
	    !counted_as_unattributed(s, t))
		(void)snprintf(m->egress, sizeof(m->egress),
			       "egress counted %ju of %d bytes by TCP and %ju of %d by UDP; ",
			       (uintmax_t)tcp, SEND_BYTES + SENDFILE_BYTES, (uintmax_t)udp,
			       DATAGRAM_BYTES);
}

static void handoff_check(const struct sample *s, const struct trial *t, struct misses *m)
{
	uint64_t rise = s->total_after[EG_COLUMN_HANDOFF].payload_bytes - t->pair_before;

	if (rise < PAIR_BYTES)
		(void)snprintf(m->handoff, sizeof(m->handoff),
			       "handoff counted %ju of %d bytes by AF_UNIX; ", (uintmax_t)rise,
			       PAIR_BYTES);
}

enum {
	CGROUP_ROOT_INODE = 1,     /* of the hierarchy's own root; a namespace's has another */
	PID_NS_INODE = 0xEFFFFFFC, /* of the host's, on every kernel (linux/proc_ns.h) */
};

static bool inode_is(const char *path, unsigned int inode)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_ino == inode;
}

/* What a container around the sensor keeps from it; NULL = there is none. */
static const char *shut_in(const struct facts *f)
{
	bool pids = !inode_is("/proc/self/ns/pid", (unsigned int)PID_NS_INODE);
	bool cgroups = f->cgroup2 == FACT_YES && !f->cgroup_given &&
		       !inode_is(f->cgroup_root, CGROUP_ROOT_INODE);

	if (pids && cgroups)
		return "egressd is in a container: it counts only what runs in there, and does "
		       "not know processes by their numbers; give it the host's PID and cgroup "
		       "namespaces (Docker: --pid=host --cgroupns=host)";
	if (pids)
		return "egressd is in a PID namespace of its own and does not know processes by "
		       "their numbers; give it the host's (Docker: --pid=host)";
	return cgroups ? "egressd is in a cgroup namespace of its own and counts only what runs "
			 "in there; give it the host's (Docker: --cgroupns=host)"
		       : NULL;
}

static int judge(struct collect *c, const struct sample *s, const struct trial *t)
{
	const char *container = shut_in(&c->facts);
	struct misses m = { .life = "" };
	char **text = &c->rung_text[c->rung_count];

	if (c->plan.rung[PLAN_EGRESS] != RUNG_MISSING)
		egress_check(s, t, &m);
	if (c->plan.rung[PLAN_HANDOFF] != RUNG_MISSING)
		handoff_check(s, t, &m);
	if (!t->child_seen && !container)
		m.life = "life did not see a process end; ";
	if (!*m.egress && !*m.handoff && !*m.life) {
		verdict(c, container ? "failed" : "passed", container ? container : "");
		return 0;
	}
	if (asprintf(text,
		     "%s%s%sthe hook is attached but does not fire, so its numbers are too low: "
		     "`egressd --support` shows what else this kernel offers",
		     m.egress, m.handoff, m.life) < 0) {
		*text = NULL;
		return -ENOMEM;
	}
	verdict(c, "failed", *text);
	return 0;
}

int selftest_run(struct collect *c)
{
	struct trial t = { .possible = true };
	const struct sample *s;
	int r = collect_read(c, &s);

	if (r < 0)
		return r;
	t.pair_before = s->total_after[EG_COLUMN_HANDOFF].payload_bytes;
	t.total_before = s->total_after[EG_COLUMN_EGRESS].payload_bytes;
	t.full_before = s->losses.flow_map_full;
	t.possible = tcp_try(&t.tcp_port) && udp_try(&t.udp_port) && pair_try();
	life_try(c, &t);
	r = collect_read(c, &s);
	if (r < 0)
		return r;
	if (t.possible)
		return judge(c, s, &t);
	verdict(c, "skipped",
		"loopback cannot be used here, so it is not proved that the hooks fire");
	return 0;
}
