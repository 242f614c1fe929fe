/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP over a unix socket, for questions to a container runtime: GET as Docker has it,
 * unary gRPC (HTTP/2 with prior knowledge) as CRI has it. Blocks, for ASK_MS at most.
 * Never opens a network connection.
 */
#ifndef RUNTIMES_HTTP_H
#define RUNTIMES_HTTP_H

struct buf;
struct runtime_http;

int runtime_http_new(struct runtime_http **ret); /* -ENOMEM */
void runtime_http_free(struct runtime_http *h);

/* Each: 0 and the answer's body; -ENOENT the runtime does not know what was asked for;
 * -ECONNREFUSED nobody answers on a socket of that path; -EACCES the socket is not
 * root's or ours; -ETIMEDOUT; -EPROTO any other answer; -EFBIG. */
int runtime_http_get(struct runtime_http *h, const char *socket, const char *path,
		     struct buf *answer);
int runtime_http_call(struct runtime_http *h, const char *socket, const char *method,
		      const struct buf *request, struct buf *answer);

#endif
