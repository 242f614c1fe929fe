/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting the child, the exchange, and its end; see runtime_child.h. posix_spawn,
 * because the caller is a thread of many.
 */
#include "enrich/runtime_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define PROGRAM "egressd-runtimes"

enum {
	ANSWER_MS = 10000, /* four questions of CRI, each as long as it may take */
	LOOK_MS = 100,     /* how soon the end of the daemon is noticed */
};

/* The program stands beside this one. */
static int find_program(char *ret, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash || snprintf(ret, size, "%.*s/" PROGRAM, (int)(slash - self), self) >= (int)size)
		return -ENAMETOOLONG;
	return 0;
}

static int spawn(const char *path, int link, pid_t *ret_pid)
{
	char name[] = PROGRAM, number[] = "3";
	char *const argv[] = { name, number, NULL }, *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	sigemptyset(&none);
	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (r) {
		posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	/* To itself: then the copy is without close-on-exec, as POSIX has it. */
	posix_spawn_file_actions_adddup2(&actions, link, RUNTIME_CHILD_FD);
	posix_spawn_file_actions_addclosefrom_np(&actions, RUNTIME_CHILD_FD + 1);
	r = posix_spawn(ret_pid, path, &actions, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int start(struct runtime_child *c)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	char path[PATH_MAX];
	int pair[2], r = find_program(path, sizeof(path));

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	r = spawn(path, theirs, &c->pid);
	if (r < 0) {
		c->pid = 0;
		return r;
	}
	c->fd = TAKE_FD(ours);
	return 0;
}

void runtime_child_end(struct runtime_child *c)
{
	if (!c->pid)
		return;
	close(c->fd);
	(void)kill(c->pid, SIGKILL); /* it has nothing to lose */
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*c = (struct runtime_child){ 0 };
}

/* 0: there is something to read. */
static int wait_for_answer(const struct runtime_child *c, const atomic_bool *stop)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	for (int waited = 0; waited < ANSWER_MS; waited += LOOK_MS) {
		int r = poll(&p, 1, LOOK_MS);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (atomic_load(stop))
			return -ECANCELED;
	}
	return -ETIMEDOUT;
}

static int exchange(struct runtime_child *c, const struct buf *question, const atomic_bool *stop,
		    char *reply, size_t *ret_len)
{
	ssize_t n;
	int r;

	if (send(c->fd, question->data, question->len, MSG_NOSIGNAL) < 0)
		return -errno;
	r = wait_for_answer(c, stop);
	if (r < 0)
		return r;
	n = recv(c->fd, reply, RUNTIME_PACKET_MAX, 0);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	*ret_len = (size_t)n;
	return 0;
}

int runtime_child_ask(struct runtime_child *c, const struct runtime_question *q,
		      const atomic_bool *stop, struct runtime_facts *ret)
{
	struct buf question _cleanup_buf_ = BUF_INIT;
	char *reply _cleanup_free_ = malloc(RUNTIME_PACKET_MAX);
	size_t len = 0;
	int r = reply ? runtime_question_put(&question, q) : -ENOMEM;

	if (r == 0 && !c->pid && start(c) < 0)
		r = -ECHILD; /* not -ENOENT: no runtime has said anything */
	if (r < 0)
		return r;
	r = exchange(c, &question, stop, reply, &len);
	if (r < 0) {
		runtime_child_end(c);
		return r;
	}
	return runtime_reply_get(reply, len, ret);
}
