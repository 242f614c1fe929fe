/* SPDX-License-Identifier: Apache-2.0
 *
 * See holdings.h. Descriptors come from /proc/PID/fd; the ends of sockets from a BPF
 * iterator, or where the kernel refuses it from sock_diag if the process lives in our
 * network namespace, else from its /proc/PID/net, which knows no bytes.
 */
#include "enrich/holdings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/held.h"
#include "enrich/proc.h"
#include "enrich/sockdiag.h"
#include "enrich/socktab.h"

/* Sockets of the process, to be found in the kernel's lists. */
struct wanted {
	uint64_t *inodes; /* sorted, each once */
	bool *found;      /* of each */
	size_t count;
	struct holdings *ret;
};

const char *holdings_state_name(uint8_t state)
{
	static const char *const names[] = { "",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
					     "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
					     "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING" };

	return state < ARRAY_SIZE(names) ? names[state] : "";
}

void holdings_free(struct holdings *h)
{
	free(h->sockets);
	free(h->files);
	*h = (struct holdings){ 0 };
}

/* Calls fn with the target of each descriptor, until it returns a negative errno. */
typedef int (*fd_fn)(void *ctx, int fds_fd, const char *name, const char *target);
static int each_fd(int dir_fd, fd_fn fn, void *ctx)
{
	int fd = openat(dir_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir _cleanup_closedir_ = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t seen = 0;

	if (!dir) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (r == 0 && seen++ < HOLDINGS_FDS_MAX && (entry = readdir(dir))) {
		char target[512];

		if (entry->d_name[0] != '.' &&
		    proc_link(dirfd(dir), entry->d_name, target, sizeof(target)) > 0)
			r = fn(ctx, dirfd(dir), entry->d_name, target);
	}
	return r;
}

static int want_socket(void *ctx, int fds_fd, const char *name, const char *target)
{
	struct wanted *w = ctx;
	unsigned long long inode;

	(void)fds_fd;
	(void)name;
	if (sscanf(target, "socket:[%llu]", &inode) == 1)
		w->inodes[w->count++] = inode;
	return 0;
}

static int by_u64(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

static int by_sent(const void *pa, const void *pb)
{
	const struct held_socket *a = pa, *b = pb;

	if (a->sent != b->sent)
		return a->sent > b->sent ? -1 : 1;
	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

static bool keep_socket(void *ctx, const struct held_socket *s)
{
	struct wanted *w = ctx;
	struct holdings *h = w->ret;
	const uint64_t *at = bsearch(&s->inode, w->inodes, w->count, sizeof(s->inode), by_u64);

	if (!at || w->found[at - w->inodes])
		return true;
	w->found[at - w->inodes] = true;
	h->sockets[h->socket_count++] = *s;
	return h->socket_count < w->count;
}

static bool keep_held(void *ctx, const struct eg_held *held)
{
	struct held_socket s = { .inode = held->inode,
				 .tcp = held->proto == IPPROTO_TCP,
				 .state = held->state,
				 .local_port = held->local_port,
				 .remote_port = held->remote_port,
				 .counted = held->proto == IPPROTO_TCP,
				 .sent = held->sent_bytes,
				 .retrans = held->retrans_bytes,
				 .queued = held->queued_bytes };

	memcpy(s.local, held->local, sizeof(s.local));
	memcpy(s.remote, held->remote, sizeof(s.remote));
	return keep_socket(ctx, &s);
}

static bool keep_end(struct wanted *w, const struct tcp_end *end, bool tcp)
{
	struct held_socket s = { .inode = end->inode,
				 .tcp = tcp,
				 .local_port = end->local_port,
				 .remote_port = end->remote_port };

	memcpy(s.local, end->local, sizeof(s.local));
	memcpy(s.remote, end->remote, sizeof(s.remote));
	return keep_socket(w, &s);
}

static void read_table(int dir_fd, const char *name, bool tcp, struct wanted *w)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	FILE *f _cleanup_fclose_ = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512];
	struct tcp_end end;
	size_t lines = 0;

	if (!f && fd >= 0)
		close(fd);
	while (f && lines++ < SOCKTAB_ROWS_MAX && fgets(line, sizeof(line), f))
		if (socktab_parse_line(line, strlen(line), &end) && !keep_end(w, &end, tcp))
			return;
}

static bool is_own_netns(const char *proc_root, int dir_fd)
{
	char theirs[64], ours[64], path[256];
	_cleanup_close_ int self = -1;

	snprintf(path, sizeof(path), "%s/self", proc_root);
	self = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return self >= 0 && proc_link(dir_fd, "ns/net", theirs, sizeof(theirs)) > 0 &&
	       proc_link(self, "ns/net", ours, sizeof(ours)) > 0 && strcmp(theirs, ours) == 0;
}

static int open_process(const char *proc_root, uint32_t pid)
{
	int fd = proc_open(proc_root, pid);

	return fd == -ENOENT ? -ESRCH : fd;
}

static void forget_found(struct wanted *w)
{
	w->ret->socket_count = 0;
	memset(w->found, 0, w->count * sizeof(*w->found));
}

/* By each way in turn, until one answers. The first tells nothing where our process ids
 * are not the kernel's own. */
static void find_sockets(const char *proc_root, uint32_t pid, struct held *held, int dir_fd,
			 struct wanted *w)
{
	if (held && held_each(held, pid, keep_held, w) == 0 && w->ret->socket_count)
		return;
	forget_found(w);
	if (is_own_netns(proc_root, dir_fd) && sockdiag_each(keep_socket, w) == 0)
		return;
	forget_found(w);
	read_table(dir_fd, "net/tcp", true, w);
	read_table(dir_fd, "net/tcp6", true, w);
	read_table(dir_fd, "net/udp", false, w);
	read_table(dir_fd, "net/udp6", false, w);
}

static void sort_wanted(struct wanted *w)
{
	size_t n = 0;

	qsort(w->inodes, w->count, sizeof(*w->inodes), by_u64);
	for (size_t i = 0; i < w->count; i++)
		if (!n || w->inodes[n - 1] != w->inodes[i])
			w->inodes[n++] = w->inodes[i];
	w->count = n;
}

int holdings_sockets(const char *proc_root, uint32_t pid, struct held *held, struct holdings *ret)
{
	_cleanup_close_ int dir_fd = open_process(proc_root, pid);
	_cleanup_free_ uint64_t *inodes = calloc(HOLDINGS_FDS_MAX, sizeof(*inodes));
	_cleanup_free_ bool *found = calloc(HOLDINGS_FDS_MAX, sizeof(*found));
	struct wanted w = { .inodes = inodes, .found = found, .ret = ret };
	int r;

	if (dir_fd < 0)
		return dir_fd;
	if (!inodes || !found)
		return -ENOMEM;
	r = each_fd(dir_fd, want_socket, &w);
	if (r < 0)
		return r;
	sort_wanted(&w);
	ret->sockets = calloc(w.count + 1, sizeof(*ret->sockets));
	if (!ret->sockets)
		return -ENOMEM;
	if (w.count)
		find_sockets(proc_root, pid, held, dir_fd, &w);
	qsort(ret->sockets, ret->socket_count, sizeof(*ret->sockets), by_sent);
	if (ret->socket_count > HOLDINGS_LIST_MAX) {
		ret->sockets_more = ret->socket_count - HOLDINGS_LIST_MAX;
		ret->socket_count = HOLDINGS_LIST_MAX;
	}
	return 0;
}

struct wanted_files {
	const char *const *dirs;
	size_t dir_count;
	struct holdings *ret;
};

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool has_file(const struct holdings *h, const char *path)
{
	for (size_t i = 0; i < h->file_count; i++)
		if (strcmp(h->files[i].path, path) == 0)
			return true;
	return false;
}

static int want_file(void *ctx, int fds_fd, const char *name, const char *target)
{
	struct wanted_files *w = ctx;
	struct holdings *h = w->ret;
	struct stat st;
	bool wanted = false;

	for (size_t i = 0; i < w->dir_count; i++)
		wanted |= is_below(target, w->dirs[i]);
	if (!wanted || fstatat(fds_fd, name, &st, 0) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (h->file_count == HOLDINGS_LIST_MAX) {
		h->files_more++;
		return 0;
	}
	if (has_file(h, target))
		return 0;
	snprintf(h->files[h->file_count].path, sizeof(h->files->path), "%s", target);
	h->files[h->file_count++].bytes = (uint64_t)st.st_size;
	return 0;
}

static int by_bytes(const void *pa, const void *pb)
{
	const struct held_file *a = pa, *b = pb;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->path, b->path);
}

int holdings_files(const char *proc_root, uint32_t pid, const char *const *dirs, size_t dir_count,
		   struct holdings *ret)
{
	_cleanup_close_ int dir_fd = open_process(proc_root, pid);
	struct wanted_files w = { dirs, dir_count, ret };
	int r;

	if (dir_fd < 0)
		return dir_fd;
	ret->files = calloc(HOLDINGS_LIST_MAX, sizeof(*ret->files));
	if (!ret->files)
		return -ENOMEM;
	r = each_fd(dir_fd, want_file, &w);
	if (ret->file_count)
		qsort(ret->files, ret->file_count, sizeof(*ret->files), by_bytes);
	return r;
}

int holdings_started(const char *proc_root, uint32_t pid, int64_t *ret)
{
	_cleanup_close_ int dir_fd = open_process(proc_root, pid);
	struct timespec wall, boot;
	struct proc_stat st;
	char text[1024];
	int n;

	if (dir_fd < 0)
		return dir_fd;
	n = proc_read(dir_fd, "stat", text, sizeof(text));
	if (n <= 0 || proc_parse_stat(text, (size_t)n, &st) < 0)
		return -ESRCH;
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	*ret = (int64_t)wall.tv_sec - (int64_t)boot.tv_sec +
	       (int64_t)(st.start_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	return 0;
}
