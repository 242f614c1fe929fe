/* SPDX-License-Identifier: Apache-2.0
 *
 * From a uid to the state in its home; see rootless.h.
 */
#include "enrich/rootless.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "enrich/container_files.h"

/* Home of the uid; the first of several lines wins, as in libc. */
static bool find_home(const char *passwd_path, uint32_t uid, char *ret, size_t size)
{
	FILE *f _cleanup_fclose_ = fopen(passwd_path, "re");
	struct passwd entry, *found;
	char line[4096];

	while (f && fgetpwent_r(f, &entry, line, sizeof(line), &found) == 0)
		if (found->pw_uid == uid)
			return found->pw_dir[0] == '/' &&
			       snprintf(ret, size, "%s", found->pw_dir) < (int)size;
	return false;
}

int rootless_find(const char *passwd_path, const char *fs_root, uint32_t uid, const char *id,
		  struct runtime_facts *ret)
{
	char home[PATH_MAX / 2], full[PATH_MAX];

	if (!find_home(passwd_path, uid, home, sizeof(home)) ||
	    snprintf(full, sizeof(full), "%s%s", fs_root, home) >= (int)sizeof(full))
		return -ENOENT;
	return container_files_of_user(full, uid, id, ret) ? 0 : -ENOENT;
}
