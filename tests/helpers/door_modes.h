/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of sender: who opens a door's socket and who sends, and what each of them
 * notes about itself on a board that all processes of a request share.
 */
#ifndef TESTS_DOOR_MODES_H
#define TESTS_DOOR_MODES_H

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "door.h"

enum {
	TOGETHER = 4, /* threads, or processes, on one socket */
	NOBODY = 65534,
	TICK_US = 20000, /* two lives of one id must not begin in the same tick */
};

struct sender {
	pid_t pid;
	unsigned long long ticks;
	long bytes;
};

/* In memory that all processes of a request share. */
struct board {
	uint64_t received, carried;
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

#endif
