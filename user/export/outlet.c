/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames to the daemon; see outlet.h.
 */
#include "export/outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/buf.h"

void outlet_send(struct outlet *o, enum link_type type, unsigned int sink, uint64_t sequence,
		 const void *payload, size_t len)
{
	struct buf frame _cleanup_buf_ = BUF_INIT;
	size_t at = 0;

	if (link_add(&frame, type, sink, sequence, payload, len) < 0)
		return;
	pthread_mutex_lock(&o->lock);
	while (at < frame.len) {
		ssize_t n = send(o->fd, frame.data + at, frame.len - at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(EXIT_SUCCESS);
		at += (size_t)n;
	}
	pthread_mutex_unlock(&o->lock);
}
