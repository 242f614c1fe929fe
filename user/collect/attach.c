/* SPDX-License-Identifier: Apache-2.0
 *
 * One loaded program to where its section says, or to a cgroup: to stay, or for a moment.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

#define TRACEFS "/sys/kernel/tracing"

int attach_program(const struct bpf_program *prog, const char *cgroup_root, struct bpf_link **ret)
{
	_cleanup_close_ int fd = -1;

	if (!prog)
		return -ENOENT;
	if (cgroup_root) {
		fd = open(cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		*ret = bpf_program__attach_cgroup(prog, fd);
	} else {
		*ret = bpf_program__attach(prog);
	}
	return *ret ? 0 : -errno;
}

int attach_try(const struct bpf_object *obj, const char *name, const char *cgroup_root)
{
	struct bpf_link *link = NULL;
	int r = attach_program(bpf_object__find_program_by_name(obj, name), cgroup_root, &link);

	if (r == 0)
		(void)bpf_link__destroy(link);
	return r;
}

bool attach_tracefs(void)
{
	if (!access(TRACEFS "/events", F_OK) || !access("/sys/kernel/debug/tracing/events", F_OK))
		return true;
	return !mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
}
