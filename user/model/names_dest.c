/* SPDX-License-Identifier: Apache-2.0
 *
 * Destinations: names of the operator, else /24 and /48, each group and scope once; see
 * names.h.
 */
#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "config/networks.h"
#include "model/destgroup.h"
#include "model/names_internal.h"

/* Identities kept; above it new ones share "other". About 370 bytes each. */
#define DESTS_MAX (512u << 10)

/* In a destination's key beside the scope: 16 bytes follow, not text. */
#define RAW_IS_ADDR 0x80

static struct dest_node *dest_make(struct names *n, const char *group, enum eg_scope scope,
				   const struct prefix *declared)
{
	size_t len = strlen(group) + 1;
	struct dest_key key = { XXH3_64bits(group, len - 1), scope, declared };
	struct dest_node *node;

	HASH_FIND(hh, n->dests, &key, sizeof(key), node);
	if (node)
		return node;
	node = calloc(1, sizeof(*node) + len);
	if (!node)
		return NULL;
	memcpy(node->group, group, len);
	node->key = key;
	node->dest = (struct dest){ .id = key.id,
				    .group = node->group,
				    .example = node->group,
				    .scope = scope,
				    .declared = declared };
	HASH_ADD(hh, n->dests, key, sizeof(key), node);
	if (TABLE_ADDED(node))
		return node;
	free(node);
	return NULL;
}

static struct dest_node *dest_intern(struct names *n, const char *group, enum eg_scope scope,
				     const struct prefix *declared)
{
	struct dest_key key = { XXH3_64bits(group, strlen(group)), scope, declared };
	struct dest_node *node;

	HASH_FIND(hh, n->dests, &key, sizeof(key), node);
	if (node)
		return node;
	return dest_make(n, HASH_COUNT(n->dests) < DESTS_MAX ? group : "other", scope, declared);
}

/* The name the operator gave, else the /24 or /48. */
static const char *dest_group(const struct names *n, const uint8_t addr[16],
			      char text[ADDR_TEXT_MAX])
{
	const char *name = networks_find(n->networks, addr);

	if (name)
		return name;
	destgroup_format(text, addr);
	return text;
}

/* The member seen last; a name is its own group and needs none. */
static const struct dest *dest_seen(struct dest_node *node, const struct raw *raw)
{
	if (node->last != raw && strlen(raw->example) < sizeof(node->example)) {
		memcpy(node->example, raw->example, strlen(raw->example) + 1);
		node->dest.example = node->example;
		node->last = raw;
	}
	return &node->dest;
}

static void dest_forget_raw(struct names *n)
{
	struct dest_node *node, *next;

	raw_free(&n->raw_dests);
	HASH_ITER(hh, n->dests, node, next)
		node->last = NULL;
}

uint32_t names_generation(const struct names *n)
{
	return n->marks.count;
}

int names_mark(struct names *n, const struct prefix *prefix)
{
	int r = marks_add(&n->marks, prefix);

	if (r > 0)
		dest_forget_raw(n); /* spellings lead to destinations without it */
	return MIN(r, 0);
}

static const struct dest *dest_add(struct names *n, const void *key, size_t key_len,
				   unsigned int hash, const char *text, const char *group,
				   enum eg_scope scope, const struct prefix *declared)
{
	struct dest_node *node = dest_intern(n, group, scope, declared);
	struct raw *raw;

	if (!node)
		return NULL;
	if (HASH_COUNT(n->raw_dests) >= RAW_MAX)
		dest_forget_raw(n);
	raw = raw_add(&n->raw_dests, key, key_len, hash, text, node);
	return raw ? dest_seen(node, raw) : &node->dest;
}

const struct dest *names_dest(struct names *n, const char *dst, enum eg_scope scope)
{
	const struct prefix *declared = NULL;
	char group[ADDR_TEXT_MAX];
	unsigned int hash;
	uint8_t addr[16];
	struct raw *raw;

	buf_clear(&n->scratch);
	buf_add_char(&n->scratch, (char)scope);
	scratch_text(&n->scratch, dst);
	if (n->scratch.error)
		return NULL;
	hash = (unsigned int)XXH3_64bits(n->scratch.data, n->scratch.len);
	raw = raw_find(n->raw_dests, n->scratch.data, n->scratch.len, hash);
	if (raw)
		return dest_seen(raw->node, raw);
	if (scope == EG_SCOPE_UNKNOWN)
		scope = destgroup_scope(dst);
	if (parse_addr(dst, addr) == 0) {
		dst = dest_group(n, addr, group);
		declared = marks_find(&n->marks, addr);
	}
	return dest_add(n, n->scratch.data, n->scratch.len, hash, NULL, dst, scope, declared);
}

const struct dest *names_dest_addr(struct names *n, const uint8_t addr[16], enum eg_scope scope)
{
	char group[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX];
	uint8_t key[1 + 16];
	unsigned int hash;
	struct raw *raw;

	key[0] = (uint8_t)scope | RAW_IS_ADDR;
	memcpy(key + 1, addr, 16);
	hash = (unsigned int)XXH3_64bits(key, sizeof(key));
	raw = raw_find(n->raw_dests, key, sizeof(key), hash);
	if (raw)
		return dest_seen(raw->node, raw);
	if (scope == EG_SCOPE_UNKNOWN)
		scope = names_scope_addr(addr);
	format_addr(text, sizeof(text), addr);
	return dest_add(n, key, sizeof(key), hash, text, dest_group(n, addr, group), scope,
			marks_find(&n->marks, addr));
}
