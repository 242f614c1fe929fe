/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning of actors and destination groups. Two levels: a cache from the raw
 * strings (one hash, one comparison; what a trace row costs) to the identity, and the
 * table of identities. The cache may be thrown away at any time, identities live as
 * long as `struct names`; both are bounded.
 */
#define XXH_INLINE_ALL
#include <errno.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/table.h"
#include "base/units.h"
#include "config/networks.h"
#include "model/actor.h"
#include "model/destgroup.h"
#include "model/marks.h"
#include "model/names.h"

/* Raw spellings kept, about 150 bytes each; then the cache starts anew. Live flows keep
 * their destination themselves, so this is for a trace's repetitions. */
#define RAW_MAX (64u << 10)
/* Identities kept; above it new ones share "other", so that a flood of made-up names
 * cannot take the memory. About 200 bytes each. */
#define ACTORS_MAX (64u << 10)
#define DESTS_MAX (512u << 10)

/* In a destination's key beside the scope: 16 bytes follow, not text. */
#define RAW_IS_ADDR 0x80

struct actor_node {
	struct actor actor;
	char *late_exe; /* learned after the actor was known by comm alone */
	UT_hash_handle hh;
	char text[]; /* comm, container, user and program, each with its NUL */
};

struct dest_key {
	uint64_t id;
	uint64_t scope;
	const struct prefix *declared;
};

struct dest_node {
	struct dest dest;
	struct dest_key key;
	const struct raw *last; /* the spelling `example` was made from */
	UT_hash_handle hh;
	char example[ADDR_TEXT_MAX];
	char group[];
};

/* A raw spelling. The key of an actor is its four strings, each with its NUL; of a
 * destination, scope and text with NUL, or scope and 16 bytes and then, behind the
 * key, the text. */
struct raw {
	void *node;
	UT_hash_handle hh;
	const char *example;
	char key[];
};

struct names {
	struct actor_node *actors;
	struct dest_node *dests;
	struct raw *raw_actors, *raw_dests;
	struct networks *networks; /* NULL: none are named */
	struct marks marks;
	struct buf scratch;
};

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

static void raw_free(struct raw **table)
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

static struct raw *raw_find(struct raw *table, const void *key, size_t len, unsigned int hash)
{
	struct raw *raw;

	HASH_FIND_BYHASHVALUE(hh, table, key, len, hash, raw);
	return raw;
}

/* Remembers a spelling; failing to is harmless, it only costs time. */
static struct raw *raw_add(struct raw **table, const void *key, size_t len, unsigned int hash,
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

/* --- actors ----------------------------------------------------------------- */

static void scratch_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

/* comm is what people see when exe is unknown; the first one seen stays, so that a
 * thread's made-up name does not rename its process. */
static struct actor_node *actor_make(struct names *n, const struct actor_parts *parts,
				     const char *comm, const char *user, uint64_t id)
{
	size_t comm_len = strlen(comm), user_len = strlen(user);
	struct actor_node *node;
	char *p;

	node = calloc(1, sizeof(*node) + comm_len + user_len + parts->container_len +
				 parts->exe_len + parts->program_len + 5);
	if (!node)
		return NULL;
	p = node->text;
	node->actor.id = id;
	node->actor.comm = memcpy(p, comm, comm_len);
	p += comm_len + 1;
	node->actor.container = memcpy(p, parts->container, parts->container_len);
	p += parts->container_len + 1;
	node->actor.user = memcpy(p, user, user_len);
	p += user_len + 1;
	node->actor.exe = memcpy(p, parts->exe, parts->exe_len);
	p += parts->exe_len + 1;
	memcpy(p, parts->program, parts->program_len);
	node->actor.is_tool = names_is_tool(p) || names_is_tool(node->actor.exe);
	HASH_ADD(hh, n->actors, actor.id, sizeof(node->actor.id), node);
	if (TABLE_ADDED(node))
		return node;
	free(node);
	return NULL;
}

/* A process seen by its comm alone at first, whose executable is known now. */
static struct actor_node *actor_learn(struct actor_node *node, const struct actor_parts *parts)
{
	if (!*node->actor.exe && parts->exe_len && !node->late_exe) {
		node->late_exe = strndup(parts->exe, parts->exe_len);
		if (node->late_exe)
			node->actor.exe = node->late_exe;
	}
	return node;
}

static struct actor_node *actor_intern(struct names *n, const char *exe, const char *comm,
				       const char *container, const char *user)
{
	struct actor_parts parts;
	struct actor_node *node;
	uint64_t id;

	actor_split(exe, comm, container, &parts);
	id = actor_id(&parts, user);
	HASH_FIND(hh, n->actors, &id, sizeof(id), node);
	if (node)
		return actor_learn(node, &parts);
	if (HASH_COUNT(n->actors) < ACTORS_MAX)
		return actor_make(n, &parts, comm, user, id);
	actor_split("", "other", "", &parts);
	id = actor_id(&parts, "");
	HASH_FIND(hh, n->actors, &id, sizeof(id), node);
	return node ? node : actor_make(n, &parts, "other", "", id);
}

const struct actor *names_actor(struct names *n, const char *exe, const char *comm,
				const char *container, const char *user)
{
	struct actor_node *node;
	unsigned int hash;
	struct raw *raw;

	buf_clear(&n->scratch);
	scratch_text(&n->scratch, exe);
	scratch_text(&n->scratch, comm);
	scratch_text(&n->scratch, container);
	scratch_text(&n->scratch, user);
	if (n->scratch.error)
		return NULL;
	hash = (unsigned int)XXH3_64bits(n->scratch.data, n->scratch.len);
	raw = raw_find(n->raw_actors, n->scratch.data, n->scratch.len, hash);
	if (raw)
		return &((struct actor_node *)raw->node)->actor;
	node = actor_intern(n, exe, comm, container, user);
	if (!node)
		return NULL;
	if (HASH_COUNT(n->raw_actors) >= RAW_MAX)
		raw_free(&n->raw_actors);
	raw_add(&n->raw_actors, n->scratch.data, n->scratch.len, hash, NULL, node);
	return &node->actor;
}

/* --- destinations ------------------------------------------------------------ */

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
