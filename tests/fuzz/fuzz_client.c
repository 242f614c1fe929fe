/* SPDX-License-Identifier: Apache-2.0
 *
 * The client on any answer: it must end, give whole lines only, and say what is wrong.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANSWER_MAX (64u << 10) /* what a socket buffer takes at once */

static int check_line(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	if (line[len] != '\0' || memchr(line, '\n', len))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client *c = NULL;
	int fds[2], r;

	if (size > ANSWER_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return 0;
	if (size > 0 && send(fds[1], data, size, MSG_NOSIGNAL) != (ssize_t)size)
		abort();
	shutdown(fds[1], SHUT_WR);
	if (client_from_fd(fds[0], 1000, &c) < 0)
		abort();
	do {
		r = client_request(c, "{\"op\":\"status\"}", check_line, NULL);
		if ((r == 0) != (client_error_status(c) == 0))
			abort();
		if (r < 0 && r != -EREMOTEIO && client_fd(c) >= 0)
			abort();
	} while (client_fd(c) >= 0);
	client_close(c);
	close(fds[1]);
	return 0;
}
