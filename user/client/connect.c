/* SPDX-License-Identifier: Apache-2.0
 *
 * Getting a connection to the daemon, and what to tell a person if there is none.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "client/client.h"

const char client_default_socket[] = "/run/egressd/egressd.sock";

int client_connect(const char *socket_path, int timeout_ms, struct client **ret)
{
	struct timeval limit = { .tv_sec = timeout_ms / 1000,
				 .tv_usec = (timeout_ms % 1000) * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (!socket_path)
		socket_path = client_default_socket;
	if (strlen(socket_path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, socket_path, strlen(socket_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* connect() of a unix socket waits while the backlog is full, so long. */
	if (timeout_ms > 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return client_from_fd(TAKE_FD(fd), timeout_ms, ret);
}

const char *client_connect_error(int error, int *ret_status)
{
	*ret_status = 3;
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
		return "no daemon: there is no such socket (is egressd running? see --socket)";
	case -ECONNREFUSED: return "no daemon: nobody listens on the socket (egressd has ended)";
	case -ETIMEDOUT:
		return "the daemon does not accept connections (is it overloaded or stopped?)";
	case -EACCES:
	case -EPERM:
		*ret_status = 4;
		return "no permission: be root or a member of the group that may read "
		       "(daemon.socket_group)";
	case -ENAMETOOLONG:
		*ret_status = 2;
		return "the socket path is too long (107 bytes at most)";
	default:
		*ret_status = 1;
		return strerrordesc_np(-error) ? strerrordesc_np(-error) : "unknown error";
	}
}
