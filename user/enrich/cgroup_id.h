/* SPDX-License-Identifier: Apache-2.0
 *
 * cgroup v2 id -> path. The id is the kernfs node's; a file handle made from it opens
 * the directory in one call (since Linux 5.5, CAP_DAC_READ_SEARCH). Without that, a
 * bounded walk compares inode numbers, which are the ids. Paths are remembered beyond
 * the cgroup's end.
 */
#ifndef ENRICH_CGROUP_ID_H
#define ENRICH_CGROUP_ID_H

#include <stdint.h>

struct cgroup_ids;

/* root: the cgroup v2 mount; NULL = find it in <proc_root>/self/mounts. Without one
 * every path is unknown. -ENOMEM. */
int cgroup_ids_new(const char *root, const char *proc_root, struct cgroup_ids **ret);
void cgroup_ids_free(struct cgroup_ids *c);

/* Path below the mount ("/" for the root), or NULL if unknown. Valid until the next call. */
const char *cgroup_ids_path(struct cgroup_ids *c, uint64_t id);

#endif
