/* SPDX-License-Identifier: Apache-2.0
 *
 * One loaded program to where its section says, or to a cgroup.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "collect/private.h"

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
