/* SPDX-License-Identifier: Apache-2.0
 *
 * Actor identity and the list of dump and transfer tools; see actor.h, names.h.
 */
#define XXH_INLINE_ALL
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "model/actor.h"
#include "model/names.h"

/* One binary, many programs: the name it was called by says which. */
static const char *const multi_call[] = { "busybox", "toybox", "coreutils" };

/* DETECTION 1.4, and what those tools send through: scp, rsync and sftp hand their
 * bytes to ssh. An interpreter is here because a script would have replaced its name,
 * so what is left is a one-liner. */
static const char *const tools[] = {
	"aria2c",
	"aws",
	"az",
	"azcopy",
	"b2",
	"bacula-fd",
	"bcp",
	"borg",
	"bsdtar",
	"clickhouse-backup",
	"cpio",
	"croc",
	"curl",
	"dd",
	"duplicity",
	"exp",
	"expdp",
	"ftp",
	"gcloud",
	"gsutil",
	"kopia",
	"lftp",
	"mariabackup",
	"mariadb-backup",
	"mariadb-dump",
	"mongodump",
	"mongoexport",
	"mydumper",
	"mysqldump",
	"mysqlpump",
	"nc",
	"nc.openbsd",
	"nc.traditional",
	"ncat",
	"ncftpput",
	"netcat",
	"openssl",
	"perl",
	"pg_basebackup",
	"pg_dump",
	"pg_dumpall",
	"php",
	"pscp",
	"psftp",
	"python",
	"rclone",
	"restic",
	"rsync",
	"ruby",
	"s3cmd",
	"s5cmd",
	"scp",
	"sftp",
	"socat",
	"ssh",
	"sqlcmd",
	"tar",
	"tftp",
	"wget",
	"wget2",
	"wormhole",
	"xtrabackup",
};

static size_t without_suffix(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(s + len - n, suffix, n) == 0 ? len - n : len;
}

/* "python3.11" -> "python", "mongod-4.4" -> "mongod"; a number without a dot stays
 * ("md5", "s3cmd2"), because it is as often part of the name. */
static size_t without_version(const char *s, size_t len)
{
	size_t cut = len, dots = 0;

	while (cut > 0 && (isdigit((unsigned char)s[cut - 1]) || s[cut - 1] == '.'))
		dots += s[--cut] == '.';
	if (dots == 0 || cut == 0 || cut == len || s[cut] == '.')
		return len;
	if (cut > 1 && (s[cut - 1] == '-' || s[cut - 1] == '_'))
		cut--;
	return cut;
}

static bool is_multi_call(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(multi_call); i++)
		if (strlen(multi_call[i]) == len && memcmp(multi_call[i], s, len) == 0)
			return true;
	return false;
}

/* "docker.io/library/postgres:15@sha256:..." -> "docker.io/library/postgres". A colon
 * before the last slash is a registry's port. */
static size_t without_tag(const char *s)
{
	size_t len = strcspn(s, "@");
	const char *slash = memrchr(s, '/', len);
	const char *name = slash ? slash + 1 : s;
	const char *colon = memchr(name, ':', len - (size_t)(name - s));

	return colon ? (size_t)(colon - s) : len;
}

void actor_split(const char *exe, const char *comm, const char *container, struct actor_parts *ret)
{
	size_t len = without_suffix(exe, strlen(exe), " (deleted)");
	const char *slash = memrchr(exe, '/', len);

	ret->exe = slash ? slash + 1 : exe;
	ret->exe_len = len - (size_t)(ret->exe - exe);
	if (ret->exe_len == 0 || (*comm && is_multi_call(ret->exe, ret->exe_len))) {
		ret->program = comm;
		ret->program_len = strlen(comm);
	} else {
		ret->program = ret->exe;
		ret->program_len = ret->exe_len;
	}
	ret->program_len = without_version(ret->program, ret->program_len);
	ret->container = container;
	ret->container_len = without_tag(container);
}

uint64_t actor_id(const struct actor_parts *parts, const char *user)
{
	XXH3_state_t state;

	/* Each part with its NUL, so that no two splits of one text are alike. */
	XXH3_64bits_reset(&state);
	XXH3_64bits_update(&state, parts->container, parts->container_len);
	XXH3_64bits_update(&state, "", 1);
	XXH3_64bits_update(&state, parts->program, parts->program_len);
	XXH3_64bits_update(&state, "", 1);
	XXH3_64bits_update(&state, user, strlen(user) + 1);
	return XXH3_64bits_digest(&state);
}

bool names_is_tool(const char *exe_base)
{
	size_t len = strlen(exe_base), cut = len;

	while (cut > 0 && (isdigit((unsigned char)exe_base[cut - 1]) || exe_base[cut - 1] == '.'))
		cut--;
	if (cut > 1 && cut < len && exe_base[cut - 1] == '-')
		cut--;
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		size_t n = strlen(tools[i]);

		if ((n == len || n == cut) && memcmp(tools[i], exe_base, n) == 0)
			return true;
	}
	return false;
}
