/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: container, program and user, each combination once; see names.h.
 */
#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "model/actor.h"
#include "model/names_internal.h"

/* Identities kept; above it new ones share "other", so that a flood of made-up names
 * cannot take the memory. About 200 bytes each. */
#define ACTORS_MAX (64u << 10)

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
