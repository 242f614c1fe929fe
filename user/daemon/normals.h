/* SPDX-License-Identifier: Apache-2.0
 *
 * What is normal, by workload and for the host, as a table the flow rows and the
 * status are told from. Made from the engine's series when somebody asks, at most
 * once a tick.
 */
#ifndef DAEMON_NORMALS_H
#define DAEMON_NORMALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct actor;
struct engine;
struct flow_normal;

struct normals {
	struct normal *rows; /* by actor id */
	size_t count, room;
	uint64_t tick;             /* + 1 of the tick it was made at; 0 = never made */
	bool learned;              /* a whole day, at least */
	uint64_t host_day_bytes;   /* left this host in the last 24 h */
	uint64_t host_day_allowed; /* 0 = nothing has left yet */
};

/* Makes the table anew unless it is of this tick. 0 or -ENOMEM (it is empty then). */
int normals_refresh(struct normals *n, const struct engine *e, uint64_t tick);
void normals_free(struct normals *n);

/* A flow_normal_fn; ctx is the table. */
void normals_find(const void *ctx, const struct actor *actor, struct flow_normal *ret);

#endif
