/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by sessions.c and sessions_introduce.c only.
 */
#ifndef DAEMON_SESSIONS_PRIVATE_H
#define DAEMON_SESSIONS_PRIVATE_H

#include <stdint.h>
#include <sys/types.h>

#include "egress/params.h"
#include "enrich/enrich.h"

enum { ADDRESS_MAX = 300 };

struct bufferevent;
struct event;
struct event_base;
struct sessions;

struct server {
	struct sessions *owner;
	unsigned int number;
	const char *kind;
	const char *user, *password_file;
	char address[ADDRESS_MAX];
	char problem[256]; /* "" = answers */
	struct bufferevent *link;
	pid_t pid; /* 0 = none; may outlive its link until it is reaped */
	int64_t heard_ms, due_ms;
	uint32_t backoff_ms;
	uint64_t lists, failures;
};

struct sessions {
	struct event_base *base;
	struct enrich *enrich;
	const struct params_sessions *params;
	unsigned int uid, gid;
	struct event *watch;
	struct server servers[ENRICH_DB_SERVERS];
	unsigned int count;
};

/* Tells a child that has just begun whom to ask, as whom and how often; the password goes
 * this way alone. -ENOENT, -EACCES, -EINVAL: of the password's file. */
int sessions_introduce(struct server *v);

#endif
