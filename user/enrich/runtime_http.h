/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP over a unix socket, for questions to a container runtime: GET as Docker has it,
 * unary gRPC (HTTP/2 with prior knowledge) as CRI has it. Blocks, for ASK_MS at most:
 * not for the main thread. Never opens a network connection.
 */
#ifndef ENRICH_RUNTIME_HTTP_H
#define ENRICH_RUNTIME_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>

struct buf;
struct runtime_http;

/* *stop ends a question under way; it must outlive the object. -ENOMEM. */
int runtime_http_new(const atomic_bool *stop, struct runtime_http **ret);
void runtime_http_free(struct runtime_http *h);

/* Each: 0 and the answer's body; -ENOENT the runtime does not know what was asked for;
 * -ECONNREFUSED nobody answers on a socket of that path; -EACCES the socket is not
 * root's or ours; -ETIMEDOUT; -EPROTO any other answer; -EFBIG. */
int runtime_http_get(struct runtime_http *h, const char *socket, const char *path,
		     struct buf *answer);
int runtime_http_call(struct runtime_http *h, const char *socket, const char *method,
		      const struct buf *request, struct buf *answer);

#endif
