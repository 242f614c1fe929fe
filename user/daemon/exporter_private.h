/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the daemon's side of the exporter share and nobody else sees.
 */
#ifndef DAEMON_EXPORTER_PRIVATE_H
#define DAEMON_EXPORTER_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/sinks.h"
#include "daemon/exporter.h"
#include "sink/link.h"

struct bufferevent;
struct event;

enum { EXPORTER_FEED_HIGH = 1 << 20 }; /* bytes: the link is not filled above */

struct target {
	char name[32];
	const char *promise;
	unsigned int number;  /* of the child */
	bool ready;           /* its files could be read: the child has it */
	uint64_t next;        /* to be sent */
	uint64_t acked, kept; /* acknowledged; written to the cursor */
	uint64_t credit, rejected;
	char *state; /* JSON of the child's LINK_STATE */
};

struct exporter {
	struct exporter_options o;
	unsigned int uid, gid;
	int metrics_fd;
	struct target targets[SINKS_MAX];
	size_t count;
	struct bufferevent *link; /* NULL while no child runs */
	struct event *respawn, *ack;
	pid_t pid;
	int64_t started_ms;
	uint32_t backoff_ms;
	uint64_t restarts;
	uint64_t stamp, seen; /* of the secrets' files: as handed over, as last looked at */
	unsigned int looks;
};

/* exporter_feed.c: one frame behind the others on the link; records as far as there is
 * credit and room. */
int exporter_send(struct exporter *e, enum link_type type, unsigned int sink, uint64_t sequence,
		  const void *payload, size_t len);
void exporter_feed(struct exporter *e);

/* exporter_take.c: all whole frames of the link's input. Negative errno: the child
 * speaks nonsense. */
int exporter_take(struct exporter *e);
/* What is acknowledged goes to the cursors on disk. */
void exporter_keep_cursors(struct exporter *e);

/* exporter_introduce.c: the sinks with their secrets, and everything from each one's
 * cursor on. */
void exporter_introduce(struct exporter *e);
/* Changes when a file of a token, secret or certificate does. */
uint64_t exporter_stamp(const struct exporter *e);

#endif
