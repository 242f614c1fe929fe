/* SPDX-License-Identifier: Apache-2.0
 *
 * The passwd file as a table by uid; see users.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/units.h"
#include "enrich/users.h"

#define USERS_MAX 65536u /* lines read; more is no passwd file of a host */

struct user {
	uint32_t uid;
	UT_hash_handle hh;
	char name[];
};

struct users {
	char *path;
	struct user *table;
	struct stat seen;
	char number[16];
};

static void table_free(struct users *u)
{
	struct user *user, *next;

	HASH_ITER(hh, u->table, user, next) {
		HASH_DELETE(hh, u->table, user);
		free(user);
	}
}

int users_new(const char *path, struct users **ret)
{
	struct users *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->path = strdup(path ? path : "/etc/passwd");
	if (!u->path) {
		free(u);
		return -ENOMEM;
	}
	*ret = u;
	return 0;
}

void users_free(struct users *u)
{
	if (!u)
		return;
	table_free(u);
	free(u->path);
	free(u);
}

/* name:password:uid:...; the first of several lines for one uid wins, as in libc. */
static void add_line(struct users *u, char *line)
{
	char *name = strsep(&line, ":"), *uid_text;
	struct user *user;
	uint64_t uid;
	uint32_t key;

	(void)strsep(&line, ":");
	uid_text = strsep(&line, ":");
	if (!*name || !uid_text || parse_u64(uid_text, &uid) || uid > UINT32_MAX)
		return;
	key = (uint32_t)uid;
	HASH_FIND(hh, u->table, &key, sizeof(key), user);
	if (user)
		return;
	user = malloc(sizeof(*user) + strlen(name) + 1);
	if (!user)
		return;
	user->uid = key;
	memcpy(user->name, name, strlen(name) + 1);
	HASH_ADD(hh, u->table, uid, sizeof(user->uid), user);
	if (!TABLE_ADDED(user))
		free(user);
}

static void read_again(struct users *u)
{
	FILE *f _cleanup_fclose_ = NULL;
	char line[1024];
	struct stat st;

	if (stat(u->path, &st) != 0)
		return;
	if (st.st_ino == u->seen.st_ino && st.st_size == u->seen.st_size &&
	    st.st_mtim.tv_sec == u->seen.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == u->seen.st_mtim.tv_nsec)
		return;
	f = fopen(u->path, "re");
	if (!f)
		return;
	u->seen = st;
	table_free(u);
	for (unsigned int n = 0; n < USERS_MAX && fgets(line, sizeof(line), f); n++)
		add_line(u, line);
}

const char *users_name(struct users *u, uint32_t uid)
{
	struct user *user;

	read_again(u);
	HASH_FIND(hh, u->table, &uid, sizeof(uid), user);
	if (user)
		return user->name;
	snprintf(u->number, sizeof(u->number), "%u", uid);
	return u->number;
}
