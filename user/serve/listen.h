/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket's file: made with its mode and group before anybody can
 * connect, a stale one replaced, a live one respected, removed only if still ours.
 */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <sys/types.h>

struct listen_socket {
	int fd;
	char *path;
	dev_t dev; /* of the file we made */
	ino_t ino;
};

/* Listens, non-blocking, mode 0660 with group gid, or 0600 if gid is PEER_NO_GROUP.
 * -EADDRINUSE: another server answers there; -ENOTSOCK: the path is some other file
 * (left alone); -ENAMETOOLONG; -errno of the calls. */
int listen_open(const char *path, gid_t gid, struct listen_socket *ret);
void listen_close(struct listen_socket *l); /* may be called twice */

#endif
