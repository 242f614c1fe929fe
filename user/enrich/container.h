/* SPDX-License-Identifier: Apache-2.0
 *
 * Container name and image from the state files of docker, podman, containerd and
 * cri-o. Files only: a runtime's socket may block, and asking it takes rights.
 */
#ifndef ENRICH_CONTAINER_H
#define ENRICH_CONTAINER_H

#include "enrich/cgroup_path.h"

struct containers;

struct container_info {
	const char *name;  /* never NULL; the short id where nothing is readable */
	const char *image; /* with tag; "" = unknown */
	const char *pod;   /* Kubernetes; "" = none or unknown, as the next */
	const char *pod_namespace;
};

/* fs_root: prefix of every path read ("" = the host's). -ENOMEM. */
int containers_new(const char *fs_root, struct containers **ret);
void containers_free(struct containers *c);

/* Strings are valid until the next call. id "" gives "" throughout. */
void containers_find(struct containers *c, enum runtime runtime, const char *id,
		     struct container_info *ret);

#endif
