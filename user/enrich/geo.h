/* SPDX-License-Identifier: Apache-2.0
 *
 * Autonomous system and country of an address, from databases in files: MaxMind's format
 * (GeoLite2, DB-IP and others have it) and IPFire's location database. Each library is
 * optional at build time. Never asks the network.
 */
#ifndef ENRICH_GEO_H
#define ENRICH_GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GEO_FILES_MAX = 8, GEO_ORG_MAX = 96 };

struct geo;

struct geo_facts {
	uint32_t asn;          /* 0 = unknown */
	char org[GEO_ORG_MAX]; /* its name; "" = unknown */
	char country[3];       /* ISO 3166-1 alpha-2; "" = unknown */
};

/* One database in use. */
struct geo_file {
	const char *path, *kind; /* "GeoLite2-ASN", as the file calls itself */
	int64_t built_s;         /* Unix time its data are of; 0 = not said */
};

/* paths: with ':' between; those that are not there are left out. -ENOMEM. */
int geo_new(const char *paths, struct geo **ret);
void geo_free(struct geo *g);

/* Opens files that have come, and again those that were replaced. Not each tick. */
void geo_refresh(struct geo *g);

/* What the databases say, each field from the first that has it. */
void geo_find(const struct geo *g, const uint8_t addr[16], struct geo_facts *ret);

/* The i-th database in use; false: no more. */
bool geo_get_file(const struct geo *g, size_t i, struct geo_file *ret);

#endif
