/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting egressd-export and egressd-sessions: another user, no capabilities, no descriptors but the
 * link, the metrics socket and stderr. See exporter.h.
 */
#include <arpa/inet.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "daemon/exporter.h"

enum { LINK_FD = 3, METRICS_FD = 4, FIRST_CLOSED = 5, HIGH_FD = 10, LISTEN_BACKLOG = 16 };
enum { FDS_MAX = 1 << 16 }; /* looked at where the limit is higher: 10 ms */
enum { UID_NOBODY = 65534 };

void exporter_user(const char *name, unsigned int *ret_uid, unsigned int *ret_gid)
{
	const struct passwd *p = getpwnam(name);

	if (!p)
		p = getpwnam("nobody");
	*ret_uid = p ? p->pw_uid : UID_NOBODY;
	*ret_gid = p ? p->pw_gid : UID_NOBODY;
}

static int listen_unix(const char *path, int *ret_fd)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 || chmod(path, 0660) < 0 ||
	    listen(fd, LISTEN_BACKLOG) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int listen_tcp(const char *address, int *ret_fd)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	const char *colon = strrchr(address, ':');
	struct addrinfo *list;
	char host[64];
	int fd, on = 1, r = 0, skip = address[0] == '[';

	if (!colon || colon - address - 2 * skip >= (int)sizeof(host) || colon - address < 2 * skip)
		return -EINVAL;
	(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - address) - 2 * skip,
		       address + skip);
	if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
		return -EINVAL;
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, list->ai_addr, list->ai_addrlen) < 0 || listen(fd, LISTEN_BACKLOG) < 0)
		r = -errno;
	freeaddrinfo(list);
	if (r == 0)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return r;
}

int exporter_listen(const char *address, int *ret_fd)
{
	return address[0] == '/' ? listen_unix(address, ret_fd) : listen_tcp(address, ret_fd);
}

/* The program stands beside this one. */
static int open_program(const char *name)
{
	char path[4200];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *slash;
	int fd;

	if (n < 0)
		return -errno;
	path[n] = '\0';
	slash = strrchr(path, '/');
	(void)snprintf(slash + 1, 31, "%s", name);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int become(unsigned int uid, unsigned int gid)
{
	if (geteuid() == 0 && uid != 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	     setresuid(uid, uid, uid) < 0))
		return -errno;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Nothing but the link and the metrics socket goes along. Linux 5.9 and 5.10 have the call
 * without this flag (EINVAL), sandboxes and older ones no call: then one by one. */
static void close_the_rest(void)
{
	const int end = (int)MIN(sysconf(_SC_OPEN_MAX), (long)FDS_MAX);

	if (close_range(FIRST_CLOSED, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = FIRST_CLOSED; fd < end; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* In the child: never returns. */
static void run_program(int program, const char *base, int link, int metrics, unsigned int uid,
			unsigned int gid)
{
	char link_arg[] = "3", metrics_arg[8], name[32];
	char *const argv[] = { name, link_arg, metrics_arg, NULL };
	char *const envp[] = { NULL };
	sigset_t none;
	int high_program = fcntl(program, F_DUPFD_CLOEXEC, HIGH_FD);
	int high_link = fcntl(link, F_DUPFD_CLOEXEC, HIGH_FD);
	int high_metrics = metrics >= 0 ? fcntl(metrics, F_DUPFD_CLOEXEC, HIGH_FD) : -1;

	(void)snprintf(name, sizeof(name), "%s", base);
	(void)snprintf(metrics_arg, sizeof(metrics_arg), "%s", high_metrics >= 0 ? "4" : "-");
	sigemptyset(&none);
	if (high_program < 0 || high_link < 0 || dup2(high_link, LINK_FD) < 0 ||
	    (high_metrics >= 0 && dup2(high_metrics, METRICS_FD) < 0))
		_exit(1);
	if (high_metrics < 0)
		(void)close(METRICS_FD);
	close_the_rest();
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (become(uid, gid) < 0)
		_exit(1);
	(void)fexecve(high_program, argv, envp);
	_exit(1);
}

int exporter_spawn(const char *name, unsigned int uid, unsigned int gid, int metrics_fd,
		   int *ret_pid, int *ret_fd)
{
	_cleanup_close_ int program = open_program(name);
	_cleanup_close_ int ours = -1, theirs = -1;
	int pair[2];
	pid_t pid;

	if (program < 0)
		return program;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run_program(program, name, theirs, metrics_fd, uid, gid);
	*ret_pid = pid;
	*ret_fd = TAKE_FD(ours);
	return 0;
}
