/* SPDX-License-Identifier: Apache-2.0
 *
 * Attached programs as links: made, pinned, or taken over from the daemon before,
 * whose programs then simply go on counting.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

/* A link whose cgroup or hook is gone stays pinned but counts nothing. */
static bool link_alive(const struct bpf_link_info *info)
{
	return info->type != BPF_LINK_TYPE_CGROUP || info->cgroup.cgroup_id != 0;
}

int link_adopt(struct collect *c, const char *name)
{
	struct collect_link *l = &c->links[c->link_count];
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);
	char path[512];
	int fd, r;

	if (!c->pin_dir)
		return -ENOENT;
	r = pins_path(c, "links", name, path, sizeof(path));
	if (r < 0)
		return r;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -ENOENT;
	if (bpf_obj_get_info_by_fd(fd, &info, &len) || !link_alive(&info)) {
		close(fd);
		(void)unlink(path);
		return -ENOENT;
	}
	*l = (struct collect_link){ .name = name, .link_fd = fd };
	l->prog_fd = bpf_prog_get_fd_by_id(info.prog_id);
	c->link_count++;
	return 0;
}

/* Before 5.15 probes and classic tracepoints are perf events and not links: they cannot
 * be pinned, and end with the daemon. */
static bool link_real(int fd)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len);
}

static int link_pin(const struct collect *c, const struct collect_link *l)
{
	char path[512];
	int r;

	if (!c->pin_dir)
		return 0;
	r = pins_path(c, "links", l->name, path, sizeof(path));
	if (r < 0)
		return r;
	r = bpf_link__pin(l->link, path);
	return r == -EINVAL && !link_real(l->link_fd) ? 0 : r;
}

/* Keeps a link that was just attached, and pins it if we pin. */
static int link_keep(struct collect *c, struct bpf_program *prog, struct bpf_link *link)
{
	struct collect_link *l = &c->links[c->link_count];

	*l = (struct collect_link){ .name = bpf_program__name(prog), .link = link };
	l->link_fd = bpf_link__fd(link);
	l->prog_fd = bpf_program__fd(prog);
	c->link_count++;
	return link_pin(c, l);
}

int links_take(struct collect *c, struct collect *from)
{
	int r = 0;

	while (r == 0 && from->link_count) {
		if (c->link_count == LINKS_MAX)
			return -E2BIG;
		c->links[c->link_count] = from->links[--from->link_count];
		r = link_pin(c, &c->links[c->link_count++]);
	}
	return r;
}

int link_attach(struct collect *c, struct bpf_program *prog, const char *cgroup_root)
{
	struct bpf_link *link = NULL;
	int r;

	if (prog && c->link_count == LINKS_MAX)
		return -E2BIG;
	r = attach_program(prog, cgroup_root, &link);
	return r < 0 ? r : link_keep(c, prog, link);
}

/* Anew under the old descriptor, which others hold, and under its pin. */
static int link_again(struct collect *c, struct collect_link *l, enum bpf_attach_type type)
{
	int cgroup _cleanup_close_ = open(c->facts.cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd _cleanup_close_ = -1;
	char path[512];
	int r;

	if (cgroup < 0)
		return -errno;
	fd = bpf_link_create(l->prog_fd, cgroup, type, NULL);
	if (fd < 0)
		return fd;
	if (dup3(fd, l->link_fd, O_CLOEXEC) < 0)
		return -errno;
	if (!c->pin_dir)
		return 0;
	r = pins_path(c, "links", l->name, path, sizeof(path));
	if (r < 0)
		return r;
	(void)unlink(path);
	return bpf_obj_pin(l->link_fd, path);
}

int collect_attached(struct collect *c)
{
	int healed = 0;

	for (size_t i = 0; i < c->link_count; i++) {
		struct collect_link *l = &c->links[i];
		struct bpf_link_info info = {};
		uint32_t len = sizeof(info);
		int r;

		if (bpf_obj_get_info_by_fd(l->link_fd, &info, &len) || link_alive(&info))
			continue;
		r = link_again(c, l, info.cgroup.attach_type);
		if (r < 0)
			return r;
		healed++;
	}
	return healed;
}

bool collect_pinned(const struct collect *c)
{
	char path[512];

	for (size_t i = 0; c->pin_dir && i < c->link_count; i++)
		if (link_real(c->links[i].link_fd) &&
		    (pins_path(c, "links", c->links[i].name, path, sizeof(path)) < 0 ||
		     access(path, F_OK) < 0))
			return false;
	return true;
}

static void link_close(struct collect_link *l, bool keep_pinned)
{
	if (l->link) { /* owns both descriptors' lives */
		if (keep_pinned)
			bpf_link__disconnect(l->link);
		(void)bpf_link__destroy(l->link);
		return;
	}
	if (l->link_fd >= 0)
		close(l->link_fd);
	if (l->prog_fd >= 0)
		close(l->prog_fd);
}

void links_close(struct collect *c)
{
	for (size_t i = 0; i < c->link_count; i++)
		link_close(&c->links[i], c->pin_dir && !c->ephemeral);
	c->link_count = 0;
}

bool links_has(const struct collect *c, const char *name)
{
	for (size_t i = 0; i < c->link_count; i++)
		if (!strcmp(c->links[i].name, name))
			return true;
	return false;
}

void links_give(struct collect *c, const char *prefix, struct collect *to)
{
	size_t kept = 0;
	char path[512];

	for (size_t i = 0; i < c->link_count; i++) {
		const struct collect_link *l = &c->links[i];

		if (strncmp(l->name, prefix, strlen(prefix)) != 0) {
			c->links[kept++] = *l;
			continue;
		}
		if (c->pin_dir && !pins_path(c, "links", l->name, path, sizeof(path)))
			(void)unlink(path);
		to->links[to->link_count++] = *l;
	}
	c->link_count = kept;
}

void links_drop(struct collect *c, const char *prefix)
{
	struct collect gone = { .link_count = 0 }; /* not pinned: closing ends them */

	links_give(c, prefix, &gone);
	links_close(&gone);
}
