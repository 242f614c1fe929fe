/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket's server: peer credentials, framing, back-pressure, and a
 * table of operations. What an operation answers comes from its handler; serve/
 * knows no product data.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct event_base;
struct json_object;
struct serve;
struct serve_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	bool may_change; /* root or member of the admin group */
};

/* Appends JSON lines to `rows`. Returns 0; or a negative errno with a message for
 * the person in `error` and the exit status of the contract in *status (default 1). */
typedef int (*serve_handler)(void *ctx, const struct serve_peer *peer, struct json_object *request,
			     struct buf *rows, struct buf *error, int *status);
struct serve_op {
	const char *name;   /* request's "op" */
	serve_handler handler;
	bool change;        /* needs may_change; audited by the handler */
	bool follow;        /* after the first answer the connection stays and gets serve_publish() */
};

struct serve_options {
	const char *path;
	const char *read_group;  /* may connect; "" = root only */
	const char *admin_group; /* may change; "" = root only */
	const struct serve_op *ops; /* ends with name NULL */
	void *ctx;
};

/* Makes the socket (0660, group), replaces a stale one; -EADDRINUSE if it is alive. */
int serve_open(struct event_base *base, const struct serve_options *options, struct serve **ret);
void serve_close(struct serve *s);

/* One JSON line (with '\n') to every connection that follows `op`. A reader that
 * does not keep up is cut off and counted. */
void serve_publish(struct serve *s, const char *op, const char *line, size_t len);

struct serve_stats {
	uint64_t connections, requests, refused, bad_frames, cut_off;
};
void serve_get_stats(const struct serve *s, struct serve_stats *ret);

#endif
