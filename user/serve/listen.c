/* SPDX-License-Identifier: Apache-2.0
 *
 * Making and removing the control socket's file.
 */
#include "serve/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "serve/peer.h"

#define LISTEN_BACKLOG 64 /* as many as may be connected */

static int fill_address(const char *path, struct sockaddr_un *ret)
{
	size_t len = strlen(path);

	if (len == 0)
		return -EINVAL;
	if (len >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, path, len);
	return 0;
}

/* Takes a dead server's socket away. A server that is alive accepts or, with its
 * backlog full, answers EAGAIN. */
static int remove_stale(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno != ECONNREFUSED)
		return -errno;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

int listen_open(const char *path, gid_t gid, struct listen_socket *ret)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *name = NULL;
	struct sockaddr_un address;
	struct stat st;
	int r = fill_address(path, &address);

	*ret = (struct listen_socket){ .fd = -1 };
	if (r < 0)
		return r;
	r = remove_stale(&address);
	if (r < 0)
		return r;
	name = strdup(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (!name || fd < 0)
		return !name ? -ENOMEM : -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	/* Nobody can connect before listen(), so mode and group are in force first. */
	if ((gid != PEER_NO_GROUP && lchown(path, (uid_t)-1, gid) < 0) ||
	    chmod(path, gid == PEER_NO_GROUP ? 0600 : 0660) < 0 || lstat(path, &st) < 0 ||
	    listen(fd, LISTEN_BACKLOG) < 0) {
		r = -errno;
		(void)unlink(path);
		return r;
	}
	*ret = (struct listen_socket){
		.fd = TAKE_FD(fd), .path = TAKE_PTR(name), .dev = st.st_dev, .ino = st.st_ino
	};
	return 0;
}

void listen_close(struct listen_socket *l)
{
	struct stat st;

	if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	free(l->path);
	*l = (struct listen_socket){ .fd = -1 };
}
