/* SPDX-License-Identifier: Apache-2.0
 *
 * Very many very short processes.
 *   swarm exec COUNT ADDRESS PORT       each execs this program anew, which sends 100
 *                                       bytes by UDP and ends; at most 32 at once
 *   swarm cgroups COUNT ADDRESS PORT DIR  each is born in a cgroup of its own below DIR,
 *                                       named as docker names them, and sends 100 bytes
 *   swarm say ADDRESS PORT              sends 100 bytes
 *   swarm clean COUNT DIR               removes those cgroups
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 32, BYTES = 100 };

static int say(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	char text[BYTES] = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return 1;
	return sendto(fd, text, sizeof(text), 0, (struct sockaddr *)&to, sizeof(to)) != BYTES;
}

static int reap(int *running)
{
	int status = 0;

	if (wait(&status) < 0)
		return 1;
	(*running)--;
	return status != 0;
}

static int by_exec(int count, char *address, char *port)
{
	char self[512] = "", name[] = "swarm", what[] = "say", secret[] = "--password=hush";
	int running = 0, failed = 0;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	for (int i = 0; i < count; i++) {
		char *const argv[] = { name, what, address, port, secret, NULL };
		pid_t pid;

		if (running == AT_ONCE)
			failed += reap(&running);
		if (posix_spawn(&pid, self, NULL, NULL, argv, NULL))
			return 1;
		running++;
	}
	while (running)
		failed += reap(&running);
	return failed != 0;
}

static void name_of(char out[512], const char *dir, int i)
{
	snprintf(out, 512, "%s/docker-%064x.scope", dir, i + 0x1000);
}

static int by_cgroups(int count, const char *address, const char *port, const char *dir)
{
	for (int i = 0; i < count; i++) {
		struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
		int running = 1, fd;
		char path[512];
		long pid;

		name_of(path, dir, i);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return 1;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		args.cgroup = (uint64_t)fd;
		pid = syscall(SYS_clone3, &args, sizeof(args));
		if (pid == 0)
			_exit(say(address, port));
		close(fd);
		if (pid < 0 || reap(&running))
			return 1;
	}
	return 0;
}

static int clean(int count, const char *dir)
{
	for (int i = 0; i < count; i++) {
		char path[512];

		name_of(path, dir, i);
		(void)rmdir(path);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc >= 4 && strcmp(argv[1], "say") == 0)
		return say(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "exec") == 0)
		return by_exec(atoi(argv[2]), argv[3], argv[4]);
	if (argc == 6 && strcmp(argv[1], "cgroups") == 0)
		return by_cgroups(atoi(argv[2]), argv[3], argv[4], argv[5]);
	if (argc == 4 && strcmp(argv[1], "clean") == 0)
		return clean(atoi(argv[2]), argv[3]);
	fputs("usage: swarm exec|cgroups|say|clean ...\n", stderr);
	return 2;
}
