/* SPDX-License-Identifier: Apache-2.0
 *
 * Where pinned counters live; see manager.h. The path follows the state directory,
 * so that several sensors can stand side by side.
 */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <xxhash.h>

#include "daemon/manager.h"

static const char default_bpffs[] = "/sys/fs/bpf";

static int have_bpffs(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return -errno;
	return fs.f_type == (__typeof__(fs.f_type))BPF_FS_MAGIC ? 0 : -ENOENT;
}

int daemon_pin_dir(const char *bpffs, const char *state_dir, char **ret)
{
	const char *root = bpffs[0] ? bpffs : default_bpffs;
	char resolved[PATH_MAX];
	int r = have_bpffs(root);

	/* Only the usual place is mounted by us: elsewhere it is the operator's business. */
	if (r == -ENOENT && !bpffs[0])
		r = mount("bpf", root, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0
			    ? -errno
			    : 0;
	if (r < 0)
		return r;
	if (!realpath(state_dir, resolved))
		return -errno;
	if (asprintf(ret, "%s/egressd-%016llx", root,
		     (unsigned long long)XXH3_64bits(resolved, strlen(resolved))) < 0)
		return -ENOMEM;
	return 0;
}
