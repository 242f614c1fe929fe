/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cgroup's path says: which container, which service unit. Pure.
 */
#ifndef ENRICH_CGROUP_PATH_H
#define ENRICH_CGROUP_PATH_H

#include <stdint.h>

enum runtime {
	RUNTIME_NONE = 0,
	RUNTIME_DOCKER,
	RUNTIME_CONTAINERD,
	RUNTIME_CRIO,
	RUNTIME_PODMAN,
	RUNTIME_LXC,
	RUNTIME_NSPAWN,
	RUNTIME_OTHER
};

struct cgroup_names {
	enum runtime runtime;
	char container_id
		[128];  /* 64 hex digits, or the name of an LXC or nspawn machine; "" = none */
	uint32_t uid;   /* of a rootless container: whose user manager it is below; 0 = root's */
	char unit[256]; /* innermost .service or .scope that is no container; "" = none */
};

/* Reads docker, containerd, cri-o, podman, LXC, nspawn and Kubernetes paths of both
 * cgroup drivers. The innermost container wins. */
void cgroup_path_parse(const char *path, struct cgroup_names *ret);

#endif
