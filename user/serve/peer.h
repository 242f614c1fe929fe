/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is at the other end of a unix socket, from the kernel alone: SO_PEERCRED and
 * SO_PEERGROUPS say what the peer was when it connected. No user database is asked,
 * so that a slow directory service cannot stop the loop.
 */
#ifndef SERVE_PEER_H
#define SERVE_PEER_H

#include <stdbool.h>
#include <sys/types.h>

struct serve_peer;

#define PEER_NO_GROUP ((gid_t)-1)

/* Fills *ret for a connected socket. may_change: root, the server's own user, or a
 * member of admin_gid (PEER_NO_GROUP: nobody). Returns 0, -EACCES if the peer may
 * not even read (not one of those nor a member of read_gid), else -errno. */
int peer_identify(int fd, gid_t read_gid, gid_t admin_gid, struct serve_peer *ret);

/* Group id of a name: 0; -ENOENT if there is none; "" gives PEER_NO_GROUP. */
int peer_group(const char *name, gid_t *ret);

#endif
