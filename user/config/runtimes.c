/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing of `containers.sockets`; see runtimes.h.
 */
#include "config/runtimes.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

static const char *const speeches[] = {
	[SPEECH_DOCKER] = "docker:",
	[SPEECH_PODMAN] = "podman:",
	[SPEECH_CRI] = "cri:",
};

/* "cri:/run/x.sock", len bytes. */
static bool parse_word(const char *word, size_t len, struct runtime_socket *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeches); i++) {
		size_t head = strlen(speeches[i]);

		if (len <= head || memcmp(word, speeches[i], head) != 0)
			continue;
		if (word[head] != '/' || len - head >= sizeof(ret->path))
			return false;
		ret->speech = (enum runtime_speech)i;
		memcpy(ret->path, word + head, len - head);
		ret->path[len - head] = '\0';
		return true;
	}
	return false;
}

int runtime_sockets_parse(const char *text, struct runtime_socket ret[RUNTIME_SOCKETS_MAX],
			  size_t *ret_count, struct buf *why)
{
	const char *p = text ? text : "";

	*ret_count = 0;
	for (p += strspn(p, " \t,"); *p; p += strspn(p, " \t,")) {
		size_t len = strcspn(p, " \t,");

		if (*ret_count == RUNTIME_SOCKETS_MAX) {
			buf_addf(why, "more than %d sockets; name those in use",
				 RUNTIME_SOCKETS_MAX);
			return -EINVAL;
		}
		if (!parse_word(p, len, &ret[*ret_count])) {
			buf_addf(why,
				 "\"%.*s\" is no docker:/PATH, podman:/PATH or cri:/PATH of a "
				 "unix socket (at most %d bytes)",
				 (int)(len > 200 ? 200 : len), p, RUNTIME_SOCKET_PATH_MAX - 1);
			return -EINVAL;
		}
		++*ret_count;
		p += len;
	}
	return 0;
}
