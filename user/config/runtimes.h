/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets of container runtimes, as the operator gives them: "docker:/run/docker.sock
 * cri:/run/containerd/containerd.sock". Pure.
 */
#ifndef CONFIG_RUNTIMES_H
#define CONFIG_RUNTIMES_H

#include <stddef.h>

struct buf;

enum {
	RUNTIME_SOCKETS_MAX = 8,
	RUNTIME_SOCKET_PATH_MAX = 108, /* sun_path of unix(7), with its NUL */
};

/* How a runtime is spoken to. */
enum runtime_speech {
	SPEECH_DOCKER, /* Docker's REST */
	SPEECH_PODMAN, /* the same, of podman */
	SPEECH_CRI,    /* Kubernetes' CRI: containerd, CRI-O */
};

struct runtime_socket {
	enum runtime_speech speech;
	char path[RUNTIME_SOCKET_PATH_MAX];
};

/* text "" or NULL: none. -EINVAL with one clause in `why`. */
int runtime_sockets_parse(const char *text, struct runtime_socket ret[RUNTIME_SOCKETS_MAX],
			  size_t *ret_count, struct buf *why);

#endif
