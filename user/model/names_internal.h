/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by names.c, names_actor.c and names_dest.c only: both tables, and the cache of
 * raw spellings in front of each.
 */
#ifndef MODEL_NAMES_INTERNAL_H
#define MODEL_NAMES_INTERNAL_H

#include <stddef.h>

#include "base/buf.h"
#include "base/table.h"
#include "model/destgroup.h"
#include "model/marks.h"
#include "model/names.h"

/* Raw spellings kept, about 150 bytes each; then the cache starts anew. Live flows keep
 * their destination themselves, so this is for a trace's repetitions. */
#define RAW_MAX (64u << 10)

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

struct raw *raw_find(struct raw *table, const void *key, size_t len, unsigned int hash);
/* Remembers a spelling; failing to is harmless, it only costs time. */
struct raw *raw_add(struct raw **table, const void *key, size_t len, unsigned int hash,
		    const char *example, void *node);
void raw_free(struct raw **table);

/* A string and its NUL, into a key. */
void scratch_text(struct buf *b, const char *s);

#endif
