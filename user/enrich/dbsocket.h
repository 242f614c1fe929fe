/* SPDX-License-Identifier: Apache-2.0
 *
 * Which client a database server sends to, by the counters of its own sockets: where one
 * process serves all clients, its list of sessions says who is busy, the sockets say who
 * was sent how much.
 */
#ifndef ENRICH_DBSOCKET_H
#define ENRICH_DBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct enrich;
struct process;

/* The client's end of a connection. */
struct db_end {
	uint8_t addr[16]; /* IPv6 or v4-mapped */
	uint16_t port;    /* host order */
};

/* One connection of a server, as it was looked at last. */
struct db_socket {
	uint64_t inode;
	uint64_t sent;  /* payload bytes, each once, since it was connected */
	uint64_t moved; /* of them since the look before; all, if it was not there then */
	struct db_end client;
};

/* Of sockets to one address: the one that was sent most of `bytes`, which left between
 * the two looks or later; NULL if the counters do not prove it: others may have been sent
 * as much, or one that is closed by now. Pure. */
const struct db_socket *db_socket_winner(const struct db_socket *const *sockets, size_t count,
					 uint64_t bytes);

/* Looks at the server's sockets, unless it did a moment ago or too many looks were taken
 * this second. True: there are two looks to compare, the older one of few seconds ago. */
bool db_sockets_look(struct enrich *e, struct process *p);
/* The same where the last look is about to become too old to compare with. */
void db_sockets_keep_fresh(struct enrich *e, struct process *p);
void db_sockets_forget(struct process *p);

/* After db_sockets_look(): the client at this address that was sent most of `bytes`. */
bool db_socket_of(const struct process *p, const uint8_t addr[16], uint64_t bytes,
		  struct db_end *ret);
/* Of these clients the one that was sent most; one alone needs no look. */
bool db_socket_among(const struct process *p, const struct db_end *ends, size_t count,
		     struct db_end *ret);

#endif
