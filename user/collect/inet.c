/* SPDX-License-Identifier: Apache-2.0
 *
 * The lowest rung of group `egress`: without a cgroup v2, IP traffic by what send calls
 * accepted. A daemon that finds a cgroup again takes the hooks of the one before off.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/skeletons.h"

static int refresh_prepare(struct collect *c)
{
	union bpf_iter_link_info info = { .map.map_fd = (uint32_t)c->map_fd[MAP_SOCKETS] };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &info, .link_info_len = sizeof(info));

	c->again = bpf_program__attach_iter(c->objects.inet->progs.inet_again__iter, &o);
	return c->again ? 0 : -errno;
}

int inet_attach(struct collect *c)
{
	struct objects *o = &c->objects;
	enum plan_rung rung = c->plan.rung[PLAN_EGRESS];
	const char *names[2];
	int r = 0;

	if (o->inet_rung != rung)
		r = objects_load_inet(o, c, rung);
	objects_programs(PLAN_EGRESS, rung, names);
	for (int i = 0; r == 0 && i < 2; i++)
		r = links_has(c, names[i])
			    ? 0
			    : link_attach(c,
					  bpf_object__find_program_by_name(o->inet->obj, names[i]),
					  NULL);
	return r == 0 && rung == RUNG_TP_BTF ? refresh_prepare(c) : r;
}

void inet_refresh(struct collect *c)
{
	_cleanup_close_ int fd = -1;
	char sink[64];
	ssize_t n;

	if (!c->again)
		return;
	fd = bpf_iter_create(bpf_link__fd(c->again));
	do
		n = fd < 0 ? -1 : read(fd, sink, sizeof(sink)); /* reading is what runs it */
	while (n > 0 || (n < 0 && fd >= 0 && errno == EAGAIN));
}

void inet_close(struct collect *c)
{
	(void)bpf_link__destroy(c->again);
	c->again = NULL;
}
