/* SPDX-License-Identifier: Apache-2.0
 *
 * Interned identities that detection works on: actors and destination groups.
 * An actor survives restarts, package upgrades and new image tags; a destination
 * group survives a client that changes its address inside its /24 or /48. Pure:
 * strings in, stable 64-bit ids out.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/types.h"

/* Actor = container image name (else container name, else host) + executable base
 * name (a script or JVM main class replaces its interpreter) + user. */
struct actor {
	uint64_t id;     /* XXH3 of the identity; stable across runs and machines */
	const char *exe; /* base name; "" if only comm is known */
	const char *comm;
	const char *container; /* image or name without tag; "" = host */
	const char *user;
	bool is_tool;      /* dump or transfer tool (names_is_tool) */
	uint32_t seen_pid; /* a process of it seen lately, for people; 0 = none */
};

/* Where to: /24, /48 or a configured or given name. */
struct dest {
	uint64_t id;         /* XXH3 of `group` */
	const char *group;   /* "203.0.113.0/24", "2001:db8:1::/48", "backup-3" */
	const char *example; /* the last address or name seen in it */
	enum eg_scope scope;
	/* The longest prefix a declaration names that this address lies in (names_mark());
	 * NULL: none. Destinations of one id may differ in it: one group, told apart. */
	const struct prefix *declared;
};

struct names;
struct prefix;
int names_new(struct names **ret);
void names_free(struct names *n);

/* Names for networks and peers (config/networks.h): their addresses are one group, by
 * that name. Before anything is interned. -EINVAL, -ENOMEM. */
int names_set_networks(struct names *n, const char *text);

/* From now on destinations in the prefix carry it, so that a declaration of one address is
 * not one of its whole group. What is interned already stays: see names_generation().
 * -ENOSPC: too many since the start; -ENOMEM. */
int names_mark(struct names *n, const struct prefix *prefix);
/* Rises with every new mark: destinations are to be interned again. */
uint32_t names_generation(const struct names *n);

/* Interns. `exe` may be a path; any argument may be "". Never fails but for
 * memory (NULL). The result lives as long as `n`. */
const struct actor *names_actor(struct names *n, const char *exe, const char *comm,
				const char *container, const char *user);

/* Interns the group of `dst`, an address as text or a name. scope UNKNOWN = derive
 * it from the address (a name without scope counts as public). NULL: no memory. */
const struct dest *names_dest(struct names *n, const char *dst, enum eg_scope scope);

/* The same from 16 bytes (IPv6 or v4-mapped), without text formatting when known. */
const struct dest *names_dest_addr(struct names *n, const uint8_t addr[16], enum eg_scope scope);

/* Dump and transfer tools of DETECTION 1.4: pg_dump, tar, curl, rclone, ... */
bool names_is_tool(const char *exe_base);

/* Scope of an address by prefix alone (loopback, link-local, private, multicast, public). */
enum eg_scope names_scope_addr(const uint8_t addr[16]);

/* For a destination ledger that must be bounded: how many are interned. */
size_t names_count(const struct names *n);

#endif
