/* SPDX-License-Identifier: Apache-2.0
 *
 * libmaxminddb and libloc behind one face; see geo_file.h. Texts of a database are
 * somebody else's: cut, and made valid UTF-8 where they are written.
 */
#include "enrich/geo_file.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifdef WITH_MAXMIND
#include <maxminddb.h>
#endif
#ifdef WITH_LIBLOC
#include <libloc/as.h>
#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>
#endif

#include "base/cleanup.h"
#include "enrich/geo.h"

struct geo_db {
#ifdef WITH_MAXMIND
	MMDB_s mmdb;
#endif
#ifdef WITH_LIBLOC
	struct loc_ctx *loc_ctx;
	struct loc_database *loc; /* NULL: a MaxMind file */
#endif
	bool is_loc;
	int64_t built_s;
	char kind[64];
};

_unused_ static void take_country(const char *code, size_t len, struct geo_facts *ret)
{
	if (len == 2 && isupper((unsigned char)code[0]) && isupper((unsigned char)code[1]) &&
	    !ret->country[0])
		snprintf(ret->country, sizeof(ret->country), "%.2s", code);
}

_unused_ static void take_as(uint32_t number, const char *org, size_t len, struct geo_facts *ret)
{
	if (ret->asn || !number)
		return;
	ret->asn = number;
	snprintf(ret->org, sizeof(ret->org), "%.*s", (int)MIN(len, sizeof(ret->org) - 1),
		 org ? org : "");
}

#ifdef WITH_MAXMIND
static bool mmdb_open(struct geo_db *db, const char *path)
{
	if (MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb) != MMDB_SUCCESS)
		return false;
	db->built_s = (int64_t)db->mmdb.metadata.build_epoch;
	snprintf(db->kind, sizeof(db->kind), "%s", db->mmdb.metadata.database_type);
	return true;
}

static void mmdb_find(struct geo_db *db, const uint8_t addr[16], struct geo_facts *ret)
{
	static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	bool is_v4 = memcmp(addr, v4_mapped, sizeof(v4_mapped)) == 0;
	MMDB_lookup_result_s found;
	MMDB_entry_data_s number, text;
	int error;

	memcpy(&v6.sin6_addr, addr, 16);
	memcpy(&v4.sin_addr, addr + 12, 4);
	found = MMDB_lookup_sockaddr(
		&db->mmdb, is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6,
		&error);
	if (error != MMDB_SUCCESS || !found.found_entry)
		return;
	if (MMDB_get_value(&found.entry, &text, "country", "iso_code", NULL) == MMDB_SUCCESS &&
	    text.has_data && text.type == MMDB_DATA_TYPE_UTF8_STRING)
		take_country(text.utf8_string, text.data_size, ret);
	if (MMDB_get_value(&found.entry, &number, "autonomous_system_number", NULL) !=
		    MMDB_SUCCESS ||
	    !number.has_data || number.type != MMDB_DATA_TYPE_UINT32)
		return;
	if (MMDB_get_value(&found.entry, &text, "autonomous_system_organization", NULL) !=
		    MMDB_SUCCESS ||
	    !text.has_data || text.type != MMDB_DATA_TYPE_UTF8_STRING)
		text.data_size = 0;
	take_as(number.uint32, text.data_size ? text.utf8_string : NULL, text.data_size, ret);
}
#endif

#ifdef WITH_LIBLOC
static bool loc_open(struct geo_db *db, const char *path)
{
	FILE *f _cleanup_fclose_ = fopen(path, "re");

	if (!f || loc_new(&db->loc_ctx))
		return false;
	if (loc_database_new(db->loc_ctx, &db->loc, f)) {
		loc_unref(db->loc_ctx);
		return false;
	}
	db->is_loc = true;
	db->built_s = (int64_t)loc_database_created_at(db->loc);
	snprintf(db->kind, sizeof(db->kind), "libloc");
	return true;
}

static void loc_find(struct geo_db *db, const uint8_t addr[16], struct geo_facts *ret)
{
	struct loc_network *network = NULL;
	struct in6_addr address;
	struct loc_as *as = NULL;
	const char *name;

	memcpy(&address, addr, sizeof(address));
	if (loc_database_lookup(db->loc, &address, &network) || !network)
		return;
	take_country(loc_network_get_country_code(network), 2, ret);
	if (loc_database_get_as(db->loc, &as, loc_network_get_asn(network)) == 0 && as) {
		name = loc_as_get_name(as);
		take_as(loc_network_get_asn(network), name, name ? strlen(name) : 0, ret);
		loc_as_unref(as);
	} else {
		take_as(loc_network_get_asn(network), NULL, 0, ret);
	}
	loc_network_unref(network);
}
#endif

struct geo_db *geo_db_open(const char *path)
{
	struct geo_db *db = calloc(1, sizeof(*db));

	if (!db)
		return NULL;
#ifdef WITH_MAXMIND
	if (mmdb_open(db, path))
		return db;
#endif
#ifdef WITH_LIBLOC
	if (loc_open(db, path))
		return db;
#endif
	(void)path;
	free(db);
	return NULL;
}

void geo_db_close(struct geo_db *db)
{
	if (!db)
		return;
#ifdef WITH_MAXMIND
	if (!db->is_loc)
		MMDB_close(&db->mmdb);
#endif
#ifdef WITH_LIBLOC
	if (db->is_loc) {
		loc_database_unref(db->loc);
		loc_unref(db->loc_ctx);
	}
#endif
	free(db);
}

void geo_db_find(struct geo_db *db, const uint8_t addr[16], struct geo_facts *ret)
{
#ifdef WITH_MAXMIND
	if (!db->is_loc)
		mmdb_find(db, addr, ret);
#endif
#ifdef WITH_LIBLOC
	if (db->is_loc)
		loc_find(db, addr, ret);
#endif
	(void)db;
	(void)addr;
	(void)ret;
}

void geo_db_describe(const struct geo_db *db, const char **ret_kind, int64_t *ret_built_s)
{
	*ret_kind = db->kind;
	*ret_built_s = db->built_s;
}
