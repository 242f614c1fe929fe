/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of peers: what their address was asked by, within one network namespace, or what
 * the reverse zone calls them. A name is a hint for people: anybody may give any name
 * to any address in a zone of their own. Identity, scope and detection keep to the
 * address.
 */
#ifndef ENRICH_PEERS_H
#define ENRICH_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peers;

enum peer_source { PEER_DNS = 1, PEER_REVERSE };

struct peer_name {
	const char *name; /* the one heard last; valid until the next call */
	enum peer_source source;
	unsigned int others; /* different names heard before it, up to 255 */
};

struct peers_stats {
	uint64_t names, max, heard, refused, unasked, evicted;
	uint64_t reverse_asked, reverse_failed;
};

int peers_new(struct peers **ret); /* -ENOMEM */
void peers_free(struct peers *p);

/* Resolvers that flows of a namespace went to: the 64 met last. is_server counts those
 * that are not as unasked. */
void peers_add_server(struct peers *p, uint64_t netns, const uint8_t addr[16]);
bool peers_is_server(struct peers *p, uint64_t netns, const uint8_t addr[16]);

/* Learns from a DNS answer a socket of this namespace received. */
void peers_hear(struct peers *p, uint64_t netns, const uint8_t *msg, size_t len);

/* False: no name is known. */
bool peers_find(const struct peers *p, uint64_t netns, const uint8_t addr[16],
		struct peer_name *ret);

/* Reverse names. want: the address is to be asked about, unless it was lately or has a
 * name. next: takes one out of the queue (false: none). tell: the answer, NULL: none. */
void peers_want_reverse(struct peers *p, uint64_t netns, const uint8_t addr[16], uint64_t now_s);
bool peers_next_reverse(struct peers *p, uint64_t *ret_netns, uint8_t ret_addr[16]);
void peers_tell_reverse(struct peers *p, uint64_t netns, const uint8_t addr[16], const char *name);

void peers_get_stats(const struct peers *p, struct peers_stats *ret);

#endif
