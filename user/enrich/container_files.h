/* SPDX-License-Identifier: Apache-2.0
 *
 * Container name, image and pod from the state files of docker, podman, containerd and
 * cri-o. Files of root's only, but for container_files_of_user(), which may block on a
 * file system of the user's.
 */
#ifndef ENRICH_CONTAINER_FILES_H
#define ENRICH_CONTAINER_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "enrich/cgroup_path.h"
#include "enrich/runtime_facts.h"

/* 64 hex digits: what every OCI engine's id is. Nothing else becomes part of a path. */
bool container_id_is_hex(const char *id);

/* Adds what the files say to *ret; fs_root: prefix of every path. True: it has a name. */
bool container_files_read(const char *fs_root, enum runtime runtime, const char *id,
			  struct runtime_facts *ret);

/* The same from podman's and docker's directories below a user's home (fs_root included).
 * Only files that are the user's own are opened, wherever links lead. */
bool container_files_of_user(const char *home, uint32_t uid, const char *id,
			     struct runtime_facts *ret);

#endif
