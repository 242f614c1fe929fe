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
	const char *name; /* request's "op" */
	serve_handler handler;
	bool change; /* needs may_change; audited by the handler */
	bool follow; /* after the first answer the connection stays and gets serve_publish() */
};

struct serve_options {
	const char *path;
	const char *read_group;     /* may connect; "" or no such group = root only */
	const char *admin_group;    /* may change; "" = root only */
	const struct serve_op *ops; /* ends with name NULL */
	void *ctx;
	/* Milliseconds; 0 = default: */
	uint32_t idle_ms;    /* 300000: a connection that asks nothing is closed */
	uint32_t request_ms; /* 10000: from the first byte of a request to its last */
	uint32_t answer_ms;  /* 30000: to take a whole answer, else it is cut off */
	uint32_t max_open;   /* 64 connections; root and admins only in the last quarter */
};

/* Makes the socket (0660, group), replaces a stale one; -EADDRINUSE if it is alive,
 * -ENOTSOCK if the path is something else. Strings and ops are borrowed. A group that
 * does not exist is no error: see the stats. Ignores SIGPIPE if nobody handles it. */
int serve_open(struct event_base *base, const struct serve_options *options, struct serve **ret);
void serve_close(struct serve *s);

/* Serves a connected unix socket that came another way (socketpair); takes fd. The
 * listener does the same. -EACCES and -EUSERS (too many) are also told to the peer. */
int serve_adopt(struct serve *s, int fd);

/* One or more JSON lines (each with '\n') to every connection that follows `op`. A reader that
 * does not keep up is cut off and counted. */
void serve_publish(struct serve *s, const char *op, const char *line, size_t len);

/* How many connections follow `op`: nobody, nothing to format. */
size_t serve_followers(const struct serve *s, const char *op);

struct serve_stats {
	uint64_t connections, requests;               /* ever */
	uint64_t refused;                             /* connections: no right, or too many */
	uint64_t denied;                              /* requests that needed may_change */
	uint64_t bad_frames;                          /* foreign bytes, other version, too long */
	uint64_t cut_off;                             /* readers that did not keep up */
	uint64_t idle;                                /* closed because nothing came for long */
	uint32_t open, following;                     /* now */
	uint64_t held_bytes;                          /* of answers not taken to their end, now */
	bool read_group_missing, admin_group_missing; /* named but unknown: root only */
};
void serve_get_stats(const struct serve *s, struct serve_stats *ret);

#endif
