/* SPDX-License-Identifier: Apache-2.0
 *
 * One geographic database; which library reads it follows from the file.
 */
#ifndef ENRICH_GEO_FILE_H
#define ENRICH_GEO_FILE_H

#include <stdint.h>

struct geo_db;
struct geo_facts;

struct geo_db *geo_db_open(const char *path); /* NULL: no database, or no library for it */
void geo_db_close(struct geo_db *db);         /* NULL is fine */

/* Fills the fields of *ret that are empty. */
void geo_db_find(struct geo_db *db, const uint8_t addr[16], struct geo_facts *ret);

void geo_db_describe(const struct geo_db *db, const char **ret_kind, int64_t *ret_built_s);

#endif
