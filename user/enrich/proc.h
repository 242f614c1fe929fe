/* SPDX-License-Identifier: Apache-2.0
 *
 * What /proc says about one process: pure parsers of its texts, and a reader that is
 * pinned to one process by a directory descriptor (when the process goes, reads fail;
 * they never answer for a successor with the same pid).
 */
#ifndef ENRICH_PROC_H
#define ENRICH_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proc_stat {
	uint32_t pid, ppid;
	uint64_t start_ticks; /* since boot, in USER_HZ */
	char comm[64];        /* the kernel's 16 bytes, as they are */
	bool kernel_thread;
};

/* /proc/PID/stat. -EINVAL if it is not one. */
int proc_parse_stat(const char *text, size_t len, struct proc_stat *ret);

/* /proc/PID/cgroup: of the paths that name a container, else of all: the v2 path where it
 * says something, else the one of systemd's own v1 hierarchy, else the longest; out gets
 * "" when there is none. out holds `size`. */
void proc_parse_cgroup(const char *text, size_t len, char *out, size_t size);

/* The "Uid:" line of /proc/PID/status: real and effective. -EINVAL. */
int proc_parse_uids(const char *text, size_t len, uint32_t *ret_real, uint32_t *ret_effective);

/* The last number of the "NSpid:" line: the process as its own namespace numbers it; 0 =
 * not told. */
uint32_t proc_parse_ns_pid(const char *text, size_t len);

/* Does a start time in ns since boot show as so many ticks? */
bool proc_same_start(uint64_t start_ns, uint64_t start_ticks, long ticks_per_s);

/* Is it the process that started then? False too when its stat cannot be read. */
bool proc_is_same(int dir_fd, uint64_t start_ns, long ticks_per_s);

/* Directory of a process below `root`; a descriptor or -errno. */
int proc_open(const char *root, uint32_t pid);
/* Reads at most size - 1 bytes and ends them with NUL; the length or -errno. */
int proc_read(int dir_fd, const char *name, char *out, size_t size);
/* Target of a link, without " (deleted)"; the length or -errno. */
int proc_link(int dir_fd, const char *name, char *out, size_t size);

#endif
