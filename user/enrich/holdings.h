/* SPDX-License-Identifier: Apache-2.0
 *
 * What one process holds open: its IP sockets with both ends, and files below given
 * directories. For a person who asks about one process; never part of a tick.
 */
#ifndef ENRICH_HOLDINGS_H
#define ENRICH_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct held;

#define HOLDINGS_FDS_MAX 16384u /* descriptors looked at */
#define HOLDINGS_LIST_MAX 200u  /* sockets, and files, that are listed; the rest is counted */

struct held_socket {
	uint64_t inode;
	uint8_t local[16], remote[16]; /* IPv6 or v4-mapped */
	uint16_t local_port, remote_port;
	bool tcp;
	uint8_t state;          /* TCP's, as the kernel numbers them; 0 = not known */
	bool counted;           /* the three below are known: TCP, where the kernel tells */
	uint64_t sent, retrans; /* payload, each byte once; sent again */
	uint64_t queued;        /* written but not acknowledged yet */
};

struct held_file {
	char path[512];
	uint64_t bytes; /* size */
};

struct holdings {
	struct held_socket *sockets; /* the ones that sent most first */
	size_t socket_count, sockets_more;
	struct held_file *files; /* the largest first */
	size_t file_count, files_more;
};

/* Sockets of process `pid` below proc_root; `held` (collect/held.h) is asked first, NULL =
 * there is none. -ESRCH: no such process; -EACCES, -ENOMEM. */
int holdings_sockets(const char *proc_root, uint32_t pid, struct held *held, struct holdings *ret);
/* Files it holds below one of `dirs`. As above. */
int holdings_files(const char *proc_root, uint32_t pid, const char *const *dirs, size_t dir_count,
		   struct holdings *ret);
void holdings_free(struct holdings *h);

/* When the process began, Unix seconds, to a second. */
int holdings_started(const char *proc_root, uint32_t pid, int64_t *ret);

/* "ESTABLISHED", ...; "" if not known. */
const char *holdings_state_name(uint8_t state);

#endif
