/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends an exact number of bytes through one door, as one of several kinds of sender.
 *
 *   doors serve DEV     one request a line on standard input, each run in a process of
 *                       its own, which stays until the server ends; DEV leads to the peer
 *   request:  ID DOOR MODE ADDR PORT BYTES
 *   answer:   ID sent RECEIVED AGAIN PID:TICKS:BYTES...   or   ID cannot ERRNO
 *             RECEIVED is the count of a peer inside the program, or - without one;
 *             AGAIN is what MPTCP says it gave to a subflow once more, -1 = unknown;
 *             PID is of each process that could have sent, TICKS its start
 *   modes:    single, user (as nobody), threads (4, one socket), fork (the child sends),
 *             pass (a process that was handed the socket sends), share (4 processes, one
 *             socket, at once), brief (gone when it has sent), reuse (two processes with
 *             one id, one after the other), old (opens, answers `ID open PID`, sends at
 *             SIGUSR1)
 *
 * `doors list` prints the names.
 */
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "door_datagram.h"
#include "door_link.h"
#include "door_local.h"
#include "door_uring.h"

enum {
	TOGETHER = 4,       /* threads, or processes, on one socket */
	OPEN_FILES = 20000, /* more than the most sockets one door opens */
	NOBODY = 65534,
	ARRIVAL_TRIES = 5000, /* of a millisecond: until the peer inside has it all */
	TICK_US = 20000,      /* two lives of one id must not begin in the same tick */
};

static const struct door doors[] = {
	{ "tcp-send", tcp_open, tcp_send, false },
	{ "tcp-sendto", tcp_open, tcp_sendto, false },
	{ "tcp-sendmsg", tcp_open, tcp_sendmsg, false },
	{ "tcp-sendmmsg", tcp_open, tcp_sendmmsg, false },
	{ "tcp-write", tcp_open, tcp_write, false },
	{ "tcp-writev", tcp_open, tcp_writev, false },
	{ "tcp-pwritev2", tcp_open, tcp_pwritev2, false },
	{ "tcp-sendfile", tcp_open, tcp_sendfile, false },
	{ "tcp-splice", tcp_open, tcp_splice, false },
	{ "tcp-vmsplice-tee", tcp_open, tcp_vmsplice_tee, false },
	{ "tcp-zerocopy", tcp_open, tcp_zerocopy, false },
	{ "tcp-nonblocking", tcp_open, tcp_nonblocking, false },
	{ "tcp-msg-more", tcp_open, tcp_more, false },
	{ "tcp-cork", tcp_open, tcp_cork, false },
	{ "tcp-fast-open", tcp_unconnected, tcp_fastopen, true },
	{ "tcp-reconnect", tcp_open, tcp_reconnect, true },
	{ "tcp-failed-send", tcp_open, tcp_broken, true },
	{ "tcp-many-sockets", tcp_unconnected, tcp_many, true },
	{ "tcp-ktls", ktls_open, ktls_send, false },
	{ "tcp-ktls-sendfile", ktls_open, ktls_sendfile, false },
	{ "mptcp", mptcp_open, mptcp_send, false },
	{ "mptcp-sendfile", mptcp_open, mptcp_sendfile, false },
	{ "sctp", sctp_open, sctp_send, false },
	{ "uring-send", tcp_open, uring_send, false },
	{ "uring-send-async", tcp_open, uring_send_async, false },
	{ "uring-send-sqpoll", tcp_open, uring_send_sqpoll, false },
	{ "uring-sendmsg", tcp_open, uring_sendmsg, false },
	{ "uring-sendmsg-async", tcp_open, uring_sendmsg_async, false },
	{ "uring-sendmsg-sqpoll", tcp_open, uring_sendmsg_sqpoll, false },
	{ "uring-write", tcp_open, uring_write, false },
	{ "uring-write-async", tcp_open, uring_write_async, false },
	{ "uring-write-sqpoll", tcp_open, uring_write_sqpoll, false },
	{ "uring-writev", tcp_open, uring_writev, false },
	{ "uring-splice", tcp_open, uring_splice, false },
	{ "uring-splice-async", tcp_open, uring_splice_async, false },
	{ "uring-send-zc", tcp_open, uring_send_zc, false },
	{ "uring-send-zc-async", tcp_open, uring_send_zc_async, false },
	{ "uring-send-zc-sqpoll", tcp_open, uring_send_zc_sqpoll, false },
	{ "uring-sendmsg-zc", tcp_open, uring_sendmsg_zc, false },
	{ "uring-udp", udp_connected, uring_datagrams, false },
	{ "uring-udp-zc", udp_connected, uring_datagrams_zc, false },
	{ "udp-connected", udp_connected, udp_send, false },
	{ "udp-sendto", udp_open, udp_sendto, false },
	{ "udp-sendmmsg", udp_connected, udp_sendmmsg, false },
	{ "udp-writev", udp_connected, udp_writev, false },
	{ "udp-sendfile", udp_connected, udp_sendfile, false },
	{ "udp-zerocopy", udp_connected, udp_zerocopy, false },
	{ "udp-fragmented", udp_open, udp_big, false },
	{ "udp-gso", udp_gso_open, udp_gso, false },
	{ "udp-cork", udp_connected, udp_cork, true },
	{ "udp-server-port", udp_open, udp_server, true },
	{ "udp-refused", udp_open, udp_refused, true },
	{ "udp-lite", udplite_open, udp_sendto, false },
	{ "icmp-ping-socket", ping_open, echo_send, false },
	{ "raw-icmp", raw_open, echo_send, false },
	{ "raw-own-header", raw_header_open, raw_header_send, false },
	{ "unix-stream", unix_stream, tcp_send, false },
	{ "unix-writev", unix_stream, tcp_writev, false },
	{ "unix-sendfile", unix_stream, unix_sendfile, false },
	{ "unix-splice", unix_stream, tcp_splice, false },
	{ "unix-uring", unix_stream, uring_send, false },
	{ "unix-dgram", unix_dgram, unix_datagrams, false },
	{ "unix-seqpacket", unix_seqpacket, unix_datagrams, false },
	{ "unix-failed-send", unix_stream, tcp_broken, true },
	{ "vsock", vsock_open, sctp_send, false },
	{ "vsock-sendfile", vsock_open, unix_sendfile, false },
	{ "packet", packet_open, packet_send, false },
	{ "packet-dgram", packet_dgram_open, packet_dgram_send, false },
	{ "packet-tx-ring", packet_open, packet_ring, true },
	{ "af-xdp", xdp_open, xdp_send, true },
	{ "tun-writer", tun_open, tun_write, true },
};

/* --- one request -------------------------------------------------------------- */

struct sender {
	pid_t pid;
	unsigned long long ticks;
	long bytes;
};

/* In memory that all processes of a request share. */
struct board {
	uint64_t received;
	int64_t again;
	struct sender senders[1 + TOGETHER];
	long error;
};

struct request {
	const struct door *door;
	struct target target;
	long size;
	struct board *board;
	char id[32], mode[16];
};

static unsigned long long start_ticks(void)
{
	char text[1024], *p;
	FILE *f = fopen("/proc/self/stat", "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')');
	for (int i = 0; p && i < 20; i++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p, NULL, 10) : 0;
}

static void board_sign(struct request *r, int at)
{
	r->board->senders[at].pid = getpid();
	r->board->senders[at].ticks = start_ticks();
}

/* Sends and signs; a negative errno goes on the board. */
static void send_as(struct request *r, int at, int fd, long size)
{
	long n = fd < 0 ? fd : r->door->send(fd, &r->target, size);

	board_sign(r, at);
	if (n < 0)
		r->board->error = n;
	else
		r->board->senders[at].bytes += n;
}

struct share {
	struct request *r;
	int fd;
	long size, result;
};

static void *thread_send(void *arg)
{
	struct share *s = arg;

	s->result = s->r->door->send(s->fd, &s->r->target, s->size);
	return NULL;
}

static void mode_threads(struct request *r, int fd)
{
	struct share shares[TOGETHER];
	pthread_t threads[TOGETHER];

	board_sign(r, 0);
	for (int i = 0; i < TOGETHER; i++) {
		shares[i] = (struct share){ r, fd, r->size / TOGETHER, 0 };
		if (pthread_create(&threads[i], NULL, thread_send, &shares[i]))
			exit(1);
	}
	for (int i = 0; i < TOGETHER; i++) {
		pthread_join(threads[i], NULL);
		if (shares[i].result < 0)
			r->board->error = shares[i].result;
		else
			r->board->senders[0].bytes += shares[i].result;
	}
}

/* A child that sends its part and stays. Counts up `done`. */
static void child_send(struct request *r, int at, int fd, long size, int done)
{
	if (fork())
		return;
	send_as(r, at, fd, size);
	if (write(done, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void await(int done, int count)
{
	char c;

	while (count-- > 0)
		if (read(done, &c, 1) != 1)
			exit(1);
}

static void mode_children(struct request *r, int fd, int count)
{
	int done[2];

	board_sign(r, 0);
	if (fd < 0 || pipe(done)) {
		r->board->error = fd < 0 ? fd : -errno;
		return;
	}
	for (int i = 0; i < count; i++)
		child_send(r, 1 + i, fd, r->size / count, done[1]);
	await(done[0], count);
}

static int fd_pass(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, c = 0;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(int));
	return sendmsg(to, &m, 0) == 1 ? 0 : -errno;
}

static int fd_take(int from)
{
	char control[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int fd = -EBADF;

	if (recvmsg(from, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return fd;
}

/* The receiver exists before the socket does, so it cannot have it by inheritance. The
 * byte that carries the descriptor is the parent's, on AF_UNIX. */
static void mode_pass(struct request *r)
{
	int pair[2], done[2], fd;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) || pipe(done))
		exit(1);
	if (!fork()) {
		send_as(r, 1, fd_take(pair[1]), r->size);
		if (write(done[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	board_sign(r, 0);
	fd = r->door->open(&r->target);
	if (fd < 0) {
		r->board->error = fd;
		return;
	}
	if (fd_pass(pair[0], fd))
		exit(1);
	await(done[0], 1);
	r->board->senders[0].bytes = strncmp(r->door->name, "unix", 4) &&
						     strncmp(r->door->name, "packet", 6) &&
						     strncmp(r->door->name, "vsock", 5)
					     ? 0
					     : 1;
}

/* Opens, sends and is gone. `pid`: the id it shall have, 0 = any. */
static pid_t life(struct request *r, int at, pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = pid ? (uintptr_t)&pid : 0,
				   .set_tid_size = pid ? 1 : 0 };
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (child < 0)
		r->board->error = -errno;
	if (child)
		return child;
	send_as(r, at, r->door->open(&r->target), r->size);
	_exit(0);
}

static void mode_lives(struct request *r, int count)
{
	pid_t pid = 0;

	board_sign(r, 0);
	for (int i = 0; i < count && !r->board->error; i++) {
		pid = life(r, 1 + i, pid);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		if (i + 1 < count)
			usleep(TICK_US);
	}
}

static void mode_old(struct request *r, int fd)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	printf("%s open %d\n", r->id, getpid());
	fflush(stdout);
	if (sigwait(&set, &sig))
		exit(1);
	send_as(r, 0, fd, r->size);
}

static void run(struct request *r)
{
	const char *m = r->mode;

	if (!strcmp(m, "user") &&
	    (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		exit(1);
	if (!strcmp(m, "pass"))
		mode_pass(r);
	else if (!strcmp(m, "brief"))
		mode_lives(r, 1);
	else if (!strcmp(m, "reuse"))
		mode_lives(r, 2);
	else if (!strcmp(m, "fork"))
		mode_children(r, r->door->open(&r->target), 1);
	else if (!strcmp(m, "share"))
		mode_children(r, r->door->open(&r->target), TOGETHER);
	else if (!strcmp(m, "old"))
		mode_old(r, r->door->open(&r->target));
	else if (!strcmp(m, "threads"))
		mode_threads(r, r->door->open(&r->target));
	else
		send_as(r, 0, r->door->open(&r->target), r->size);
}

/* Only a door with a peer inside the program has one that counts here. */
static bool counts_inside(const struct door *d)
{
	return !strncmp(d->name, "unix", 4) || !strncmp(d->name, "vsock", 5);
}

static void answer(const struct request *r)
{
	const struct board *b = r->board;
	uint64_t sent = 0;
	char line[512];
	int n;

	for (int i = 0; i <= TOGETHER; i++)
		sent += (uint64_t)b->senders[i].bytes;
	if (!strcmp(r->mode, "pass") && counts_inside(r->door))
		sent -= 1; /* what carried the descriptor went elsewhere */
	for (int i = 0; counts_inside(r->door) && i < ARRIVAL_TRIES &&
			__atomic_load_n(&b->received, __ATOMIC_SEQ_CST) < sent;
	     i++)
		usleep(1000);
	if (b->error)
		n = snprintf(line, sizeof(line), "%s cannot %ld", r->id, -b->error);
	else if (counts_inside(r->door))
		n = snprintf(line, sizeof(line), "%s sent %llu %lld", r->id,
			     (unsigned long long)b->received, (long long)b->again);
	else
		n = snprintf(line, sizeof(line), "%s sent - %lld", r->id, (long long)b->again);
	for (int i = 0; i <= TOGETHER && !b->error; i++)
		if (b->senders[i].pid)
			n += snprintf(line + n, sizeof(line) - (size_t)n, " %d:%llu:%ld",
				      b->senders[i].pid, b->senders[i].ticks, b->senders[i].bytes);
	puts(line);
	fflush(stdout);
}

/* --- the server ----------------------------------------------------------------- */

static bool target_parse(struct target *t, const char *addr, unsigned int port)
{
	t->port = (uint16_t)port;
	if (inet_pton(AF_INET, addr, &t->to.v4.sin_addr) == 1) {
		t->to.v4.sin_family = AF_INET;
		t->to_len = sizeof(t->to.v4);
	} else if (inet_pton(AF_INET6, addr, &t->to.v6.sin6_addr) == 1) {
		t->to.v6.sin6_family = AF_INET6;
		t->to_len = sizeof(t->to.v6);
	} else {
		return false;
	}
	t->to.v4.sin_port = htons(t->port); /* where IPv6 has it, too */
	return true;
}

static bool request_parse(struct request *r, const char *line, const char *dev)
{
	char name[32], addr[64];
	unsigned int port;

	*r = (struct request){ .target.dev = dev };
	if (sscanf(line, "%31s %31s %15s %63s %u %ld", r->id, name, r->mode, addr, &port,
		   &r->size) != 6 ||
	    !target_parse(&r->target, addr, port))
		return false;
	for (size_t i = 0; i < sizeof(doors) / sizeof(*doors); i++)
		if (!strcmp(doors[i].name, name))
			r->door = &doors[i];
	return r->door != NULL;
}

static void request_run(struct request *r)
{
	sigset_t set;

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r->board = mmap(NULL, sizeof(*r->board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (r->board == MAP_FAILED)
		_exit(1);
	r->target.received = &r->board->received;
	r->target.again = &r->board->again;
	run(r);
	answer(r);
	for (;;)
		pause();
}

static int serve(const char *dev)
{
	struct rlimit files = { OPEN_FILES, OPEN_FILES };
	struct request r;
	char line[256];

	setvbuf(stdin, NULL, _IONBF, 0); /* a child must not find a line of its own */
	(void)setrlimit(RLIMIT_NOFILE, &files);
	while (fgets(line, sizeof(line), stdin)) {
		if (request_parse(&r, line, dev)) {
			request_run(&r);
		} else {
			printf("%s unknown\n", r.id);
			fflush(stdout);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (size_t i = 0; i < sizeof(doors) / sizeof(*doors); i++)
			printf("%s%s\n", doors[i].name, doors[i].alone ? " alone" : "");
		return 0;
	}
	fprintf(stderr, "usage: doors serve DEV | doors list\n");
	return 2;
}
