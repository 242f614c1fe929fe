/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends an exact number of bytes through one door, as one of several kinds of sender.
 *
 *   doors serve DEV     one request a line on standard input, each run in a process of
 *                       its own, which stays until the server ends; DEV leads to the peer
 *   request:  ID DOOR MODE ADDR PORT BYTES
 *   answer:   ID sent RECEIVED AGAIN PID:TICKS:BYTES...   or   ID cannot ERRNO
 *             RECEIVED is the count of a peer inside the program, or - without one;
 *             AGAIN is what MPTCP's subflow sent beyond that: repeats and window probes;
 *             PID is of each process that could have sent, TICKS its start
 *   modes:    single, user (as nobody), threads (4, one socket), fork (the child sends),
 *             pass (a process that was handed the socket sends), share (4 processes, one
 *             socket, at once), brief (gone when it has sent), reuse (two processes with
 *             one id, one after the other), old (opens, answers `ID open PID`, sends at
 *             SIGUSR1)
 *
 * `doors list` prints the names.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "door_datagram.h"
#include "door_link.h"
#include "door_local.h"
#include "door_modes.h"
#include "door_uring.h"

enum {
	OPEN_FILES = 20000,   /* more than the most sockets one door opens */
	ARRIVAL_TRIES = 5000, /* of a millisecond: until the peer inside has it all */
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
	{ "smc", smc_open, tcp_send, false },
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
	long long again;
	int n;

	for (int i = 0; i <= TOGETHER; i++)
		sent += (uint64_t)b->senders[i].bytes;
	if (!strcmp(r->mode, "pass") && counts_inside(r->door))
		sent -= 1; /* what carried the descriptor went elsewhere */
	for (int i = 0; counts_inside(r->door) && i < ARRIVAL_TRIES &&
			__atomic_load_n(&b->received, __ATOMIC_SEQ_CST) < sent;
	     i++)
		usleep(1000);
	again = b->carried ? (long long)(b->carried - sent) : 0;
	if (b->error)
		n = snprintf(line, sizeof(line), "%s cannot %ld", r->id, -b->error);
	else if (counts_inside(r->door))
		n = snprintf(line, sizeof(line), "%s sent %llu %lld", r->id,
			     (unsigned long long)b->received, again);
	else
		n = snprintf(line, sizeof(line), "%s sent - %lld", r->id, again);
	for (int i = 0; i <= TOGETHER && !b->error; i++)
		if (b->senders[i].pid)
			n += snprintf(line + n, sizeof(line) - (size_t)n, " %d:%llu:%ld",
				      b->senders[i].pid, b->senders[i].ticks, b->senders[i].bytes);
	puts(line);
	fflush(stdout);
}

/* --- the server ----------------------------------------------------------------- */

static bool target_parse(struct target *t, char *addr, unsigned int port)
{
	char *zone = strchr(addr, '%');

	if (zone) { /* of a link-local address: the device's name */
		*zone = '\0';
		t->to.v6.sin6_scope_id = if_nametoindex(zone + 1);
	}
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
	r->target.carried = &r->board->carried;
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
