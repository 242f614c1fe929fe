/* SPDX-License-Identifier: Apache-2.0
 *
 * The clients' end of the control socket. Blocking with a deadline; never sees a
 * BPF map.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stddef.h>

struct client;

/* Default socket path when none is given. */
extern const char client_default_socket[];

/* -ENOENT, -ECONNREFUSED: no daemon (exit 3); -EACCES: not in the group (exit 4). */
int client_connect(const char *socket_path, int timeout_ms, struct client **ret);
void client_close(struct client *c);

/* Sends one JSON request and calls fn for each complete line (without '\n') of
 * ROWS. Returns 0 at END; the status of ERROR as -EREMOTEIO, with its words in
 * client_error() and its exit status in client_error_status(); else a negative
 * errno. fn may return nonzero to stop: that value is returned. */
typedef int (*client_line_fn)(void *ctx, const char *line, size_t len);
int client_request(struct client *c, const char *json, client_line_fn fn, void *ctx);

const char *client_error(const struct client *c);
int client_error_status(const struct client *c);
int client_fd(const struct client *c);

#endif
