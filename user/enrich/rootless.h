/* SPDX-License-Identifier: Apache-2.0
 *
 * Rootless containers: their state lies in their user's home. The home comes from
 * /etc/passwd, never from NSS. May block on a file system of the user's.
 */
#ifndef ENRICH_ROOTLESS_H
#define ENRICH_ROOTLESS_H

#include <stdint.h>

#include "enrich/runtime_facts.h"

/* -ENOENT: no such user, or nothing about the container. */
int rootless_find(const char *passwd_path, const char *fs_root, uint32_t uid, const char *id,
		  struct runtime_facts *ret);

#endif
