/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes two processes the same actor: container name without tag, program name
 * without directory or version, user. Pure.
 */
#ifndef MODEL_ACTOR_H
#define MODEL_ACTOR_H

#include <stddef.h>
#include <stdint.h>

/* Borrowed pieces of the strings given, none of them NULL. */
struct actor_parts {
	const char *exe; /* base name with version, as shown; "" if only comm is known */
	size_t exe_len;
	const char *program; /* what identity is made of: exe without version, or comm */
	size_t program_len;
	const char *container;
	size_t container_len; /* without tag and digest */
};

void actor_split(const char *exe, const char *comm, const char *container, struct actor_parts *ret);

/* XXH3 of the identity. */
uint64_t actor_id(const struct actor_parts *parts, const char *user);

#endif
