/* SPDX-License-Identifier: Apache-2.0
 *
 * Container name, image, pod and labels: from the runtime's state files at once
 * (container_files.h), and from its local socket when it has answered (runtime.h).
 */
#ifndef ENRICH_CONTAINER_H
#define ENRICH_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enrich/cgroup_path.h"

struct containers;
struct runtime_options;
struct runtime_stats;

struct container_info {
	const char *name;  /* never NULL; the short id where nothing is readable */
	const char *image; /* with tag; "" = unknown */
	const char *pod;   /* Kubernetes; "" = none or unknown, as the next */
	const char *pod_namespace;
	const char *labels; /* JSON members, see runtime_facts.h; "" = none */
};

/* options->fs_root: prefix of every path read ("" = the host's). -ENOMEM, -EINVAL (a
 * socket's name). */
int containers_new(const struct runtime_options *options, struct containers **ret);
void containers_free(struct containers *c);

/* Strings are valid until the next call. id "" gives "" throughout. Asks the runtime for
 * what is not known; uid as in struct cgroup_names. */
void containers_find(struct containers *c, const struct cgroup_names *names,
		     struct container_info *ret);

/* Takes what runtimes have answered since the last call: true if any did. */
bool containers_poll(struct containers *c);

/* What is known by now of a container that containers_find() was asked for; asks nobody.
 * False: unknown, or nothing new since the answers that containers_poll() took last. */
bool containers_news(struct containers *c, const char *id, uint32_t uid,
		     struct container_info *ret);

size_t containers_count(const struct containers *c, size_t *ret_max);
void containers_get_stats(struct containers *c, struct runtime_stats *ret);

#endif
