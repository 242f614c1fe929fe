/* SPDX-License-Identifier: Apache-2.0
 *
 * What our programs cost an event: their run-time statistics less those of an empty
 * program on the same hook in the same run. Loopback only. Prints a small table.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "collect/collect.h"
#include "collect/dnstap.h"

enum {
	ROUNDS = 5,
	TCP_WRITES = 20000,
	TCP_BYTES = 65536,
	DATAGRAMS = 200000,
	SENDS = 200000,
	FLOWS = 50000
};

struct probe {
	const char *name;
	int fd;
	uint64_t ns, runs;
};

/* --- programs -------------------------------------------------------------- */

static const struct bpf_insn insns_empty[] = {
	{ .code = 0xb7, .dst_reg = 0, .imm = 1 }, /* r0 = 1 */
	{ .code = 0x95 },                         /* exit */
};

static int empty_skb(int cgroup_fd, enum bpf_attach_type hook, int *ret_link)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = hook);
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "empty", "GPL", insns_empty, 2, &o);

	if (fd >= 0)
		*ret_link = bpf_link_create(fd, cgroup_fd, hook, NULL);
	return fd;
}

static int empty_tracing(const char *tracepoint, int *ret_link)
{
	int id = libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP);
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_TRACE_RAW_TP,
		    .attach_btf_id = (uint32_t)id);
	struct bpf_insn zero[2];
	int fd;

	memcpy(zero, insns_empty, sizeof(zero));
	zero[0].imm = 0; /* the only value allowed here */
	fd = id < 0 ? id : bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "GPL", zero, 2, &o);
	if (fd >= 0)
		*ret_link = bpf_raw_tracepoint_open(NULL, fd);
	return fd;
}

/* The newest program of that name: the collector's, opened a moment ago. */
static int find_program(const char *name)
{
	struct bpf_prog_info info;
	uint32_t id = 0, len;
	int fd, found = -ENOENT;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (bpf_obj_get_info_by_fd(fd, &info, &len) ||
		    strncmp(info.name, name, sizeof(info.name) - 1) != 0) {
			close(fd);
			continue;
		}
		if (found >= 0)
			close(found);
		found = fd;
	}
	return found;
}

static void probe_read(struct probe *p)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(p->fd, &info, &len))
		return;
	p->ns = info.run_time_ns;
	p->runs = info.run_cnt;
}

/* --- work ------------------------------------------------------------------ */

static pid_t sink_start(int fd, int type)
{
	static char bytes[1 << 20];
	pid_t pid = fork();

	if (pid)
		return pid;
	if (type == SOCK_STREAM)
		fd = accept(fd, NULL, NULL);
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
	_exit(0);
}

static int bound(int type, struct sockaddr_in *ret)
{
	socklen_t len = sizeof(*ret);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)ret, sizeof(*ret)) ||
	    getsockname(fd, (struct sockaddr *)ret, &len))
		return -1;
	return fd;
}

static void sink_stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

static int send_many(int fd, int count, size_t len)
{
	static char bytes[TCP_BYTES];

	for (int i = 0; i < count; i++)
		if (send(fd, bytes, len, MSG_NOSIGNAL) < 0)
			return -errno;
	return 0;
}

static int work_ip(int type, int count, size_t len)
{
	struct sockaddr_in to;
	_cleanup_close_ int receiver = bound(type, &to), fd = -1;
	pid_t pid;
	int r;

	if (receiver < 0 || (type == SOCK_STREAM && listen(receiver, 1)))
		return -errno;
	pid = sink_start(receiver, type);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	r = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : send_many(fd, count, len);
	sink_stop(pid);
	return r;
}

static int work_tcp(void)
{
	return work_ip(SOCK_STREAM, TCP_WRITES, TCP_BYTES);
}

static int work_udp(void)
{
	return work_ip(SOCK_DGRAM, DATAGRAMS, 64);
}

static int work_tcp_calls(void)
{
	return work_ip(SOCK_STREAM, SENDS, 64);
}

static int work_unix(void)
{
	int fds[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = sink_start(fds[1], SOCK_DGRAM);
	close(fds[1]);
	r = send_many(fds[0], SENDS, 64);
	sink_stop(pid);
	close(fds[0]);
	return r;
}

/* System calls of the reading group: none of its business, a pipe, a file that is not
 * watched, one that is. */
static const char *read_path;

static int work_getppid(void)
{
	for (int i = 0; i < SENDS; i++)
		(void)syscall(__NR_getppid);
	return 0;
}

static int work_pipe(void)
{
	char byte = 0;
	int fds[2], r = 0;

	if (pipe(fds))
		return -errno;
	for (int i = 0; i < SENDS && r == 0; i++)
		if (write(fds[1], &byte, 1) != 1 || read(fds[0], &byte, 1) != 1)
			r = -EIO;
	close(fds[0]);
	close(fds[1]);
	return r;
}

static int work_pread(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[4096];

	for (int i = 0; i < SENDS; i++)
		if (pread(fd, bytes, sizeof(bytes), 0) <= 0)
			return -errno;
	return 0;
}

static int work_unwatched(void)
{
	return work_pread("/proc/self/exe");
}

static int work_watched(void)
{
	return work_pread(read_path);
}

/* --- the table ------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(const char *what, int goal_ns, struct probe *ours, struct probe *empty,
		   int (*work)(void))
{
	double net[ROUNDS];
	uint64_t runs = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct probe before[2];
		int r;

		probe_read(ours);
		probe_read(empty);
		before[0] = *ours;
		before[1] = *empty;
		r = work();
		if (r < 0)
			return r;
		probe_read(ours);
		probe_read(empty);
		runs = ours->runs - before[0].runs;
		if (!runs || empty->runs == before[1].runs)
			return -ENODATA;
		net[i] =
			(double)(ours->ns - before[0].ns) / (double)runs -
			(double)(empty->ns - before[1].ns) / (double)(empty->runs - before[1].runs);
	}
	qsort(net, ROUNDS, sizeof(net[0]), by_value);
	printf("  %-34s %6.0f ns  (%.0f to %.0f, %ju events a round; goal %d)\n", what,
	       net[ROUNDS / 2], net[0], net[ROUNDS - 1], (uintmax_t)runs, goal_ns);
	return 0;
}

/* A table of FLOWS rows: what one read costs. */
static int measure_read(struct collect *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sample *sample;
	struct timespec a, b;
	double ms[ROUNDS];
	int r = 0;

	for (uint32_t i = 0; i < FLOWS; i++) {
		to.sin_addr.s_addr = htonl((127U << 24) + (1U << 16) + i);
		if (sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		    errno != ECONNREFUSED)
			return -errno;
	}
	for (int i = 0; i < ROUNDS && r == 0; i++) {
		(void)clock_gettime(CLOCK_MONOTONIC, &a);
		r = collect_read(c, &sample);
		(void)clock_gettime(CLOCK_MONOTONIC, &b);
		ms[i] = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
	}
	if (r < 0)
		return r;
	qsort(ms, ROUNDS, sizeof(ms[0]), by_value);
	printf("  reading a table of %zu rows            %.2f ms  (%.2f to %.2f)\n",
	       sample->row_count, ms[ROUNDS / 2], ms[0], ms[ROUNDS - 1]);
	return 0;
}

/* The quickest round: whoever else is running only makes it longer. */
static double call_ns(void)
{
	struct timespec a, b;
	double ns[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		(void)clock_gettime(CLOCK_MONOTONIC, &a);
		(void)work_getppid();
		(void)clock_gettime(CLOCK_MONOTONIC, &b);
		ns[i] = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) /
			SENDS;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[0];
}

/* The group's hook is on every system call: what that costs where there is no reading at
 * all, and what the program adds where there is. Run-time statistics are off for the
 * first, because they cost more than it. */
static int measure_reads(struct collect *c, const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), stats = -1;
	_cleanup_close_ int none = -1, link = -1;
	struct probe ours, empty;
	double before = call_ns(), after;
	int mine, r = collect_watch_now(c, &fd, 1);

	if (r < 0)
		return r == -ENOTSUP ? 0 : r;
	mine = find_program("file_call__tp_btf"); /* before others come to be newer */
	after = call_ns();
	printf("  any system call, hook on                %.0f ns  (%.0f without, %.0f with)\n",
	       after - before, before, after);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	none = empty_tracing("sys_exit", &link);
	if (stats < 0 || mine < 0 || none < 0 || link < 0)
		return 0; /* another rung */
	ours = (struct probe){ .fd = mine };
	empty = (struct probe){ .fd = none };
	r = measure("call that reads nothing", 5, &ours, &empty, work_getppid);
	if (r == 0)
		r = measure("read of a pipe, and the write", 30, &ours, &empty, work_pipe);
	if (r == 0)
		r = measure("pread of an unwatched file", 100, &ours, &empty, work_unwatched);
	if (r == 0)
		r = measure("pread of a watched file", 300, &ours, &empty, work_watched);
	return r;
}

static int reads_in_a_directory(struct collect *c)
{
	char dir[] = "/var/tmp/egressd-bench-XXXXXX", path[64];
	_cleanup_close_ int fd = -1;
	int r;

	if (!mkdtemp(dir))
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	read_path = path;
	r = fd < 0 || ftruncate(fd, 4096) ? -errno : measure_reads(c, dir);
	(void)unlink(path);
	(void)rmdir(dir);
	return r;
}

/* What looks for DNS answers sees every packet that comes in. */
static int measure_dns(const char *cgroup_root, int cgroup_fd)
{
	struct probe ours, none;
	struct dnstap *tap;
	int link = -1, r = dnstap_open(cgroup_root, &tap);

	if (r < 0)
		return 0; /* names only: egressd goes on without */
	ours = (struct probe){ .fd = find_program("dns_skb__cgroup") };
	none = (struct probe){ .fd = empty_skb(cgroup_fd, BPF_CGROUP_INET_INGRESS, &link) };
	if (ours.fd >= 0 && none.fd >= 0 && link >= 0) {
		r = measure("TCP skb received", 15, &ours, &none, work_tcp);
		if (r == 0)
			r = measure("UDP datagram received", 15, &ours, &none, work_udp);
	}
	dnstap_close(tap);
	return r;
}

static int run(const char *cgroup_root)
{
	_cleanup_close_ int cgroup = open(cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct probe egress, send, egress_none, send_none;
	struct collect_options options = { .cgroup_root = cgroup_root };
	struct collect *c;
	int link[2] = { -1, -1 }, r = collect_open(&options, &c);

	if (r < 0)
		return r;
	egress = (struct probe){ .fd = find_program("egress_skb__cgroup") };
	send = (struct probe){ .fd = find_program("handoff_send__tp_btf") };
	egress_none = (struct probe){ .fd = empty_skb(cgroup, BPF_CGROUP_INET_EGRESS, &link[0]) };
	send_none = (struct probe){ .fd = empty_tracing("sock_send_length", &link[1]) };
	if (stats < 0 || egress.fd < 0 || egress_none.fd < 0 || link[0] < 0)
		return -ENODATA;
	printf("added by our programs to an event, over an empty program (median of %d):\n",
	       ROUNDS);
	r = measure("TCP skb (64 KiB writes, with ACKs)", 150, &egress, &egress_none, work_tcp);
	if (r == 0)
		r = measure("UDP datagram (connected, 64 B)", 90, &egress, &egress_none, work_udp);
	if (r == 0 && send.fd >= 0 && link[1] >= 0) {
		r = measure("hand-off send (AF_UNIX, 64 B)", 45, &send, &send_none, work_unix);
		if (r == 0)
			r = measure("UDP send call seen by hand-off", 45, &send, &send_none,
				    work_udp);
		if (r == 0)
			r = measure("TCP send call, who writes this socket", 45, &send, &send_none,
				    work_tcp_calls);
	}
	if (r == 0)
		r = measure_dns(cgroup_root, cgroup);
	if (r == 0)
		r = measure_read(c);
	if (stats >= 0)
		close(stats);
	stats = -1;
	if (r == 0)
		r = reads_in_a_directory(c);
	collect_close(c);
	return r;
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s CGROUP_V2_MOUNT\n", argv[0]);
		return 2;
	}
	r = run(argv[1]);
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));
	return r < 0;
}
