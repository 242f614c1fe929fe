/* SPDX-License-Identifier: Apache-2.0
 *
 * The sockets another process has open: which, and one at a time to ask it something.
 */
#ifndef ENRICH_PROCSOCK_H
#define ENRICH_PROCSOCK_H

#include <stddef.h>
#include <stdint.h>

struct open_socket {
	uint64_t inode;
	int number; /* of the descriptor in its process */
};

/* Sockets of the process whose /proc directory this is, at most `max`; how many. */
size_t procsock_list(int dir_fd, struct open_socket *out, size_t max);

/* A duplicate of one, the caller's to close at once; -1: gone, or not allowed. */
int procsock_take(int pidfd, int number);

/* Its network namespace, by inode; 0 = not known. */
uint64_t procsock_netns(int dir_fd);

#endif
