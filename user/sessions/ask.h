/* SPDX-License-Identifier: Apache-2.0
 *
 * One database server and how it is asked for its sessions. Each kind is a connection
 * of its client library, with the library's own timeouts; whoever hangs nevertheless is
 * ended by egressd.
 */
#ifndef SESSIONS_ASK_H
#define SESSIONS_ASK_H

#include <stddef.h>
#include <stdint.h>

struct buf;

struct ask_server {
	char kind[16], user[64], password[4096];
	char host
		[256]; /* address, name, or absolute path of a socket (PostgreSQL: its directory) */
	uint16_t port; /* 0 = the kind's own */
	uint32_t interval_ms, timeout_ms;
};

struct ask_kind {
	const char *name, *library;
	/* A connection, or NULL and why it could not be had. No function: built without the
	 * library. */
	void *(*open)(const struct ask_server *server, char why[256]);
	/* Appends one list (enrich/dbsession.h). -EIO: the connection is of no use any more. */
	int (*list)(void *connection, struct buf *out, char why[256]);
};

extern const struct ask_kind ask_postgresql, ask_mysql, ask_redis;

/* Who listens at the other end of a connected AF_UNIX socket; 0 = another family. */
uint32_t ask_peer_pid(int fd);

/* The first line of a library's message. */
void ask_why(char why[256], const char *message);

#endif
