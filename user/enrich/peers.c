/* SPDX-License-Identifier: Apache-2.0
 *
 * Names by (namespace, address), the least recently heard go first; see peers.h.
 */
#include "enrich/peers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "enrich/dnsparse.h"

enum {
	PEERS_MAX = 16384, /* 170 bytes each */
	SERVERS_MAX = 64,  /* a host has a handful; each namespace may have its own */
	WAITING_MAX = 64,  /* reverse questions not yet taken */
	OTHERS_MAX = 255,
	REVERSE_AGAIN_S = 3600, /* an address is asked about this often */
};

struct peer_key {
	uint64_t netns;
	uint8_t addr[16];
};

struct peer {
	struct peer_key key;
	uint64_t asked_s; /* its reverse name; 0 = never */
	enum peer_source source;
	unsigned int others;
	char *name; /* NULL: asked about, no name so far */
	UT_hash_handle hh;
	struct peer *prev, *next; /* in order of use */
};

struct peers {
	struct peer *table, *oldest;
	struct peer_key servers[SERVERS_MAX]; /* a ring */
	size_t next_server;
	struct peer_key waiting[WAITING_MAX];
	size_t waiting_count;
	struct peers_stats stats;
};

int peers_new(struct peers **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void drop(struct peers *p, struct peer *peer)
{
	HASH_DELETE(hh, p->table, peer);
	DL_DELETE(p->oldest, peer);
	free(peer->name);
	free(peer);
}

void peers_free(struct peers *p)
{
	if (!p)
		return;
	while (p->oldest)
		drop(p, p->oldest);
	free(p);
}

static struct peer_key key_of(uint64_t netns, const uint8_t addr[16])
{
	struct peer_key key = { .netns = netns };

	memcpy(key.addr, addr, sizeof(key.addr));
	return key;
}

static struct peer *find(const struct peers *p, const struct peer_key *key)
{
	struct peer *peer;

	HASH_FIND(hh, p->table, key, sizeof(*key), peer);
	return peer;
}

/* The peer, new or moved to the end of the order. NULL: no memory. */
static struct peer *touch(struct peers *p, const struct peer_key *key)
{
	struct peer *peer = find(p, key);

	if (peer) {
		DL_DELETE(p->oldest, peer);
		DL_APPEND(p->oldest, peer);
		return peer;
	}
	if (HASH_COUNT(p->table) >= PEERS_MAX) {
		drop(p, p->oldest);
		p->stats.evicted++;
	}
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	peer->key = *key;
	HASH_ADD(hh, p->table, key, sizeof(peer->key), peer);
	if (!TABLE_ADDED(peer)) {
		free(peer);
		return NULL;
	}
	DL_APPEND(p->oldest, peer);
	return peer;
}

static void set_name(struct peer *peer, enum peer_source source, const char *name)
{
	char *copy;

	if (peer->name && strcmp(peer->name, name) == 0)
		return;
	copy = strdup(name);
	if (!copy)
		return;
	if (peer->name && peer->source == source && peer->others < OTHERS_MAX)
		peer->others++;
	free(peer->name);
	peer->name = copy;
	peer->source = source;
}

static struct peer_key *find_server(struct peers *p, const struct peer_key *key)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (memcmp(&p->servers[i], key, sizeof(*key)) == 0)
			return &p->servers[i];
	return NULL;
}

void peers_add_server(struct peers *p, uint64_t netns, const uint8_t addr[16])
{
	struct peer_key key = key_of(netns, addr);

	if (!find_server(p, &key))
		p->servers[p->next_server++ % SERVERS_MAX] = key;
}

bool peers_is_server(struct peers *p, uint64_t netns, const uint8_t addr[16])
{
	struct peer_key key = key_of(netns, addr);
	bool known = find_server(p, &key) != NULL;

	p->stats.unasked += !known;
	return known;
}

struct hearing {
	struct peers *peers;
	uint64_t netns;
};

static void hear(void *ctx, const char *name, const uint8_t addr[16])
{
	const struct hearing *h = ctx;
	struct peer_key key = key_of(h->netns, addr);
	struct peer *peer = touch(h->peers, &key);

	if (peer)
		set_name(peer, PEER_DNS, name);
}

void peers_hear(struct peers *p, uint64_t netns, const uint8_t *msg, size_t len)
{
	struct hearing h = { p, netns };

	p->stats.heard++;
	if (dnsparse_answer(msg, len, hear, &h) < 0)
		p->stats.refused++;
}

bool peers_find(const struct peers *p, uint64_t netns, const uint8_t addr[16],
		struct peer_name *ret)
{
	struct peer_key key = key_of(netns, addr);
	const struct peer *peer = find(p, &key);

	if (!peer || !peer->name)
		return false;
	*ret = (struct peer_name){ peer->name, peer->source, peer->others };
	return true;
}

void peers_want_reverse(struct peers *p, uint64_t netns, const uint8_t addr[16], uint64_t now_s)
{
	struct peer_key key = key_of(netns, addr);
	struct peer *peer = find(p, &key);

	if (p->waiting_count == WAITING_MAX ||
	    (peer && ((peer->name && peer->source == PEER_DNS) ||
		      (peer->asked_s && now_s - peer->asked_s < REVERSE_AGAIN_S))))
		return;
	peer = touch(p, &key);
	if (!peer)
		return;
	peer->asked_s = now_s ? now_s : 1;
	p->waiting[p->waiting_count++] = key;
}

bool peers_next_reverse(struct peers *p, uint64_t *ret_netns, uint8_t ret_addr[16])
{
	if (!p->waiting_count)
		return false;
	*ret_netns = p->waiting[0].netns;
	memcpy(ret_addr, p->waiting[0].addr, 16);
	memmove(p->waiting, p->waiting + 1, --p->waiting_count * sizeof(p->waiting[0]));
	p->stats.reverse_asked++;
	return true;
}

static bool is_host_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
			return false;
	return len > 0 && len <= DNS_NAME_MAX;
}

void peers_tell_reverse(struct peers *p, uint64_t netns, const uint8_t addr[16], const char *name)
{
	struct peer_key key = key_of(netns, addr);
	struct peer *peer = find(p, &key);

	if (!name || !is_host_name(name))
		p->stats.reverse_failed++;
	else if (peer && (!peer->name || peer->source == PEER_REVERSE))
		set_name(peer, PEER_REVERSE, name);
}

void peers_get_stats(const struct peers *p, struct peers_stats *ret)
{
	*ret = p->stats;
	ret->names = HASH_COUNT(p->table);
	ret->max = PEERS_MAX;
}
