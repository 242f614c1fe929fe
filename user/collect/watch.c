/* SPDX-License-Identifier: Apache-2.0
 *
 * Which directories are watched. The group's hooks come and go with them.
 */
#include <errno.h>
#include <poll.h>

#include "collect/private.h"

int collect_watch(struct collect *c, const int *dir_fds, size_t count)
{
	size_t watched;
	int r = file_settle(c, count > 0);

	c->aside.asked = r == -EINPROGRESS;
	if (r < 0 || !c->file.watch)
		return r;
	c->file.turn++;
	for (size_t i = 0; i < count; i++) {
		int one = file_dir_tell(c, dir_fds[i]);

		r = r < 0 ? r : one;
	}
	watched = file_dirs_publish(c);
	if (!watched)
		file_leave(c);
	return r < 0 ? r : (int)watched;
}

int collect_watch_now(struct collect *c, const int *dir_fds, size_t count)
{
	int r;

	while ((r = collect_watch(c, dir_fds, count)) == -EINPROGRESS) {
		struct pollfd ready = { .fd = collect_watch_fd(c), .events = POLLIN };

		do
			(void)poll(&ready, 1, -1);
		while (!collect_watch_again(c));
	}
	return r;
}
