/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning of actors and destination groups. Two levels: a cache from the raw
 * strings (one hash, one comparison; what a trace row costs) to the identity, and the
 * table of identities (names_actor.c, names_dest.c). The cache may be thrown away at any
 * time, identities live as long as `struct names`; both are bounded.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/networks.h"
#include "model/names_internal.h"

int names_new(struct names **ret)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	*ret = n;
	return 0;
}

int names_set_networks(struct names *n, const char *text)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct networks *fresh = NULL;
	int err = text && *text ? networks_parse(text, &fresh, &why) : 0;

	if (err)
		return err;
	networks_free(n->networks);
	n->networks = fresh;
	return 0;
}

void raw_free(struct raw **table)
{
	struct raw *raw, *next;

	HASH_ITER(hh, *table, raw, next) {
		HASH_DELETE(hh, *table, raw);
		free(raw);
	}
}

void names_free(struct names *n)
{
	struct actor_node *actor, *next_actor;
	struct dest_node *dest, *next_dest;

	if (!n)
		return;
	raw_free(&n->raw_actors);
	raw_free(&n->raw_dests);
	HASH_ITER(hh, n->actors, actor, next_actor) {
		HASH_DELETE(hh, n->actors, actor);
		free(actor->late_exe);
		free(actor);
	}
	HASH_ITER(hh, n->dests, dest, next_dest) {
		HASH_DELETE(hh, n->dests, dest);
		free(dest);
	}
	networks_free(n->networks);
	marks_free(&n->marks);
	buf_free(&n->scratch);
	free(n);
}

size_t names_count(const struct names *n)
{
	return HASH_COUNT(n->actors) + HASH_COUNT(n->dests);
}

struct raw *raw_find(struct raw *table, const void *key, size_t len, unsigned int hash)
{
	struct raw *raw;

	HASH_FIND_BYHASHVALUE(hh, table, key, len, hash, raw);
	return raw;
}

struct raw *raw_add(struct raw **table, const void *key, size_t len, unsigned int hash,
		    const char *example, void *node)
{
	size_t example_len = example ? strlen(example) + 1 : 0;
	struct raw *raw = malloc(sizeof(*raw) + len + example_len);

	if (!raw)
		return NULL;
	raw->node = node;
	memcpy(raw->key, key, len);
	if (example)
		memcpy(raw->key + len, example, example_len);
	raw->example = raw->key + (example ? len : 1);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, *table, raw->key, (unsigned int)len, hash, raw);
	if (TABLE_ADDED(raw))
		return raw;
	free(raw);
	return NULL;
}

void scratch_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}
