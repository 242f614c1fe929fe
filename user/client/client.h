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

/* timeout_ms: the longest wait for the connection and for the next byte of an answer;
 * 0 or less: no limit.
 * -ENOENT, -ECONNREFUSED: no daemon (exit 3); -EACCES: not in the group (exit 4);
 * -ENAMETOOLONG, -ETIMEDOUT. */
int client_connect(const char *socket_path, int timeout_ms, struct client **ret);
/* Takes a connected socket; closes it on failure too. */
int client_from_fd(int fd, int timeout_ms, struct client **ret);
void client_close(struct client *c);

/* Sends one JSON request and calls fn for each complete line (without '\n', with a
 * NUL in its place) of ROWS. Lines are given when the whole answer is here, so that a
 * slow fn does not get the connection cut off; once a followed request is live, as
 * they come and without a deadline. Returns 0 at END; the status of ERROR as
 * -EREMOTEIO, with its words in client_error() and its exit status in
 * client_error_status(); else a negative errno, with words too: -ETIMEDOUT (the
 * daemon does not answer), -ECONNRESET (it went away or cut us off), -EPROTO (it does
 * not speak our protocol), -EMSGSIZE (request or answer too long). fn may return
 * nonzero to stop: that value is returned. After anything but 0 and -EREMOTEIO the
 * connection is spent: -ENOTCONN from then on. */
typedef int (*client_line_fn)(void *ctx, const char *line, size_t len);
int client_request(struct client *c, const char *json, client_line_fn fn, void *ctx);

/* Words for a person about the last failure of client_request(); "" if none. */
const char *client_error(const struct client *c);
/* Exit status of the contract for it: ERROR's own, else 3 (the daemon is gone). */
int client_error_status(const struct client *c);
int client_fd(const struct client *c);

/* For a failure of client_connect(): words (static) and the exit status. */
const char *client_connect_error(int error, int *ret_status);

#endif
