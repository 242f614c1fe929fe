/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of databases; see geo.h. A file is opened again when it was replaced; it has
 * to be replaced by renaming, because it is mapped while in use.
 */
#include "enrich/geo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "enrich/geo_file.h"

struct slot {
	char *path;
	struct geo_db *db; /* NULL: not there, or not readable */
	struct stat seen;
};

struct geo {
	struct slot slots[GEO_FILES_MAX];
	size_t count;
};

int geo_new(const char *paths, struct geo **ret)
{
	struct geo *g = calloc(1, sizeof(*g));
	const char *p = paths;

	if (!g)
		return -ENOMEM;
	for (p += strspn(p, ":"); *p && g->count < GEO_FILES_MAX; p += strspn(p, ":")) {
		size_t len = strcspn(p, ":");

		g->slots[g->count].path = strndup(p, len);
		if (!g->slots[g->count].path) {
			geo_free(g);
			return -ENOMEM;
		}
		g->count++;
		p += len;
	}
	geo_refresh(g);
	*ret = g;
	return 0;
}

void geo_free(struct geo *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->count; i++) {
		geo_db_close(g->slots[i].db);
		free(g->slots[i].path);
	}
	free(g);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A file that has gone keeps its data: an update may be under way. */
void geo_refresh(struct geo *g)
{
	for (size_t i = 0; i < g->count; i++) {
		struct slot *s = &g->slots[i];
		struct geo_db *fresh;
		struct stat st;

		if (stat(s->path, &st) < 0 || !S_ISREG(st.st_mode) || is_same(&st, &s->seen))
			continue;
		s->seen = st;
		fresh = geo_db_open(s->path);
		if (!fresh)
			continue;
		geo_db_close(s->db);
		s->db = fresh;
	}
}

void geo_find(const struct geo *g, const uint8_t addr[16], struct geo_facts *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < g->count; i++)
		if (g->slots[i].db)
			geo_db_find(g->slots[i].db, addr, ret);
}

bool geo_get_file(const struct geo *g, size_t i, struct geo_file *ret)
{
	for (size_t k = 0; k < g->count; k++) {
		if (!g->slots[k].db || i-- > 0)
			continue;
		ret->path = g->slots[k].path;
		geo_db_describe(g->slots[k].db, &ret->kind, &ret->built_s);
		return true;
	}
	return false;
}
