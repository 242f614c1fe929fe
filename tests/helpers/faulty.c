/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program whose system calls fail, or end it, at a chosen one:
 *
 *   faulty CALLS FROM TO ACTION PROGRAM [ARGUMENT...]
 *
 * CALLS: names with commas. The calls FROM to TO (counted from 1 over all of CALLS; TO 0:
 * for ever) are answered by ACTION: `kill` (SIGKILL before it is done), or an error
 * number. The program keeps this process's pid; a child of it answers the kernel
 * (seccomp user notification). With FAULTY_COUNT=FILE the number of calls is written
 * there in the end. Calls of the program's own children go through.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 256 }; /* more than a test has open */

struct plan {
	unsigned long from, to, seen;
	int error; /* 0 = kill */
	pid_t program;
};

/* How the listener goes from the program to the supervisor: by no call that may be one
 * of those listened to. */
struct handover {
	atomic_int listener; /* the program's descriptor; 0 = not yet, -1 = never */
	atomic_int taken;
};

static void nap(void)
{
	const struct timespec t = { .tv_nsec = 1000000 };

	(void)nanosleep(&t, NULL);
}

/* A thread of the program, or of one of its children? */
static bool is_of_program(const struct plan *p, pid_t tid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d", p->program, tid);
	return access(path, F_OK) == 0;
}

static void answer(struct plan *p, int fd, struct seccomp_notif *q, struct seccomp_notif_resp *r)
{
	memset(q, 0, sizeof(*q));
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, q) < 0)
		return;
	*r = (struct seccomp_notif_resp){ .id = q->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	if (is_of_program(p, (pid_t)q->pid)) {
		p->seen++;
		if (p->seen >= p->from && (!p->to || p->seen <= p->to)) {
			if (!p->error)
				(void)kill(p->program, SIGKILL);
			r->flags = 0;
			r->error = p->error ? -p->error : -EIO;
		}
	}
	(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, r);
}

/* Until the last process with the filter has ended. */
static void supervise(struct plan *p, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct seccomp_notif *q = calloc(1, 4096);
	struct seccomp_notif_resp *r = calloc(1, 4096);
	const char *out = getenv("FAULTY_COUNT");
	FILE *f;

	while (q && r && poll(&poll_fd, 1, -1) > 0 && (poll_fd.revents & POLLIN))
		answer(p, fd, q, r);
	f = out ? fopen(out, "we") : NULL;
	if (f) {
		fprintf(f, "%lu\n", p->seen);
		fclose(f);
	}
	free(q);
	free(r);
}

static int install(char *names, struct handover *h)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM, fd;

	for (char *name, *rest = names; r == 0 && (name = strsep(&rest, ","));) {
		int call = seccomp_syscall_resolve_name(name);

		/* Some calls exist on some machines only. */
		if (call >= 0)
			r = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, call, 0);
	}
	if (r == 0)
		r = seccomp_load(filter);
	fd = r == 0 ? seccomp_notify_fd(filter) : r;
	h->listener = fd < 0 ? -1 : fd;
	while (fd >= 0 && !h->taken)
		nap();
	return fd < 0 ? fd : 0;
}

static void become_supervisor(struct plan *p, struct handover *h)
{
	int program = (int)syscall(SYS_pidfd_open, p->program, 0), fd;

	(void)setsid();
	while (!h->listener)
		nap();
	fd = h->listener < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, program, (int)h->listener, 0);
	h->taken = 1;
	/* Nothing of the program's stays open here: its ends of pipes are its own. */
	for (int i = 0; i < FDS; i++)
		if (i != fd)
			(void)close(i);
	if (fd >= 0)
		supervise(p, fd);
	_exit(0);
}

int main(int argc, char *argv[])
{
	struct plan p = { .program = getpid() };
	struct handover *h =
		mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t supervisor;
	int r;

	if (argc < 6) {
		fputs("usage: faulty CALLS FROM TO kill|ERRNO PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	p.from = strtoul(argv[2], NULL, 10);
	p.to = strtoul(argv[3], NULL, 10);
	p.error = strcmp(argv[4], "kill") == 0 ? 0 : (int)strtol(argv[4], NULL, 10);
	supervisor = h == MAP_FAILED ? -1 : fork();
	if (supervisor < 0)
		return 1;
	if (supervisor == 0)
		become_supervisor(&p, h);
	(void)prctl(PR_SET_PTRACER, supervisor, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	r = install(argv[1], h);
	if (r < 0) {
		fprintf(stderr, "faulty: no user notification: %s\n", strerror(-r));
		return 77;
	}
	(void)execv(argv[5], argv + 5);
	return 1;
}
