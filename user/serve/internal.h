/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of serve/ only: the server and its connections.
 */
#ifndef SERVE_INTERNAL_H
#define SERVE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "serve/listen.h"
#include "serve/serve.h"

struct bufferevent;
struct event;
struct evconnlistener;

enum conn_state {
	CONN_READING,   /* waits for a request */
	CONN_ANSWERING, /* its answer is on the way; the next request is not read yet */
	CONN_FOLLOWING, /* gets serve_publish(), may say nothing more */
	CONN_CLOSING,   /* the last frame is on the way */
};

struct conn {
	struct serve *serve;
	struct conn *prev, *next; /* utlist */
	struct bufferevent *bev;
	struct event *timer;       /* idle, request or answer: what the state waits for */
	const struct serve_op *op; /* that is followed */
	struct serve_peer peer;
	enum conn_state state;
	bool partial;       /* some bytes of a request are here: the request timer runs */
	size_t backlog_max; /* FOLLOWING: more unsent bytes than this and it is cut off */
};

struct serve {
	struct event_base *base;
	struct serve_options options;
	struct listen_socket socket;
	struct evconnlistener *listener;
	struct event *resume; /* accepting again after the process ran out of fds */
	int spare_fd;         /* given up to tell one client so; -1 = lost to somebody */
	struct conn *conns;
	gid_t read_gid, admin_gid;
	struct serve_stats stats;
};

/* conn.c. Takes fd, also on failure. */
int conn_new(struct serve *s, int fd, const struct serve_peer *peer, struct conn **ret);
void conn_free(struct conn *c);
/* Frames out. Rows' memory goes to the connection (it is left empty), no copy.
 * -EMSGSIZE: a line above PROTO_REPLY_MAX. */
int conn_send_rows(struct conn *c, struct buf *rows);
void conn_send_end(struct conn *c);
/* Whole answer so far goes on, then ERROR; `last` closes behind it. */
void conn_send_error(struct conn *c, int status, const char *words, bool last);
/* Begins to follow op once the first answer is sent. */
void conn_follow(struct conn *c, const struct serve_op *op);
/* False: it is too far behind and must be freed by the caller. */
bool conn_publish(struct conn *c, const char *lines, size_t len);
size_t conn_unsent(const struct conn *c); /* bytes */

/* dispatch.c: answers one request; never frees the connection. */
void dispatch_request(struct conn *c, const char *text, size_t len);

#endif
