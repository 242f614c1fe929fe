/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that take secrets in their command line, and how; see mask_words.h.
 */
#include <string.h>

#include "base/cleanup.h"
#include "enrich/mask_words.h"

/* Short options that take no value, and may stand before one that does: "-fpsecret". */
#define MYSQL_FLAGS "fntvBNsqwACcEHiXrG"
#define CURL_FLAGS "sSfkLgviINOjqnalGR0123460#"

struct mask_program {
	const char *name;     /* base name, or its beginning if it ends with '*' */
	const char *attached; /* short options with the secret attached: "-psecret" */
	const char *next;     /* short options with the secret as the next word */
	const char *flags;    /* NULL: not known, and any may stand before the last letter */
	const char *verb;     /* the words that follow it are secrets; "": all of the program's */
	bool slash;           /* "user/secret" is one */
};

static const struct mask_program programs[] = {
	{ "mysql*", "p", "",
	  .flags = MYSQL_FLAGS }, /* "-p name": asks, and the name is a database */
	{ .name = "mariadb*", .attached = "p", .flags = MYSQL_FLAGS },
	{ .name = "mariabackup", .attached = "p" },
	{ .name = "xtrabackup", .attached = "p" },
	{ .name = "innobackupex", .attached = "p" },
	{ .name = "mydumper", .attached = "p", .next = "p" },
	{ .name = "myloader", .attached = "p", .next = "p" },
	{ .name = "percona*", .attached = "p" },
	{ .name = "pt-*", .attached = "p", .next = "p" },
	{ .name = "sshpass", .attached = "p", .next = "p" },
	{ .name = "mongo*", .attached = "p", .next = "p" },
	{ .name = "redis-*", .attached = "a", .next = "a", .verb = "auth" },
	{ .name = "valkey-*", .attached = "a", .next = "a", .verb = "auth" },
	{ .name = "keydb-*", .attached = "a", .next = "a", .verb = "auth" },
	{ .name = "curl", .attached = "uUb", .next = "uUb", .flags = CURL_FLAGS },
	{ .name = "lftp", .attached = "u", .next = "u" },
	{ .name = "smbclient", .attached = "U", .next = "U" },
	{ .name = "sqlcmd", .attached = "P", .next = "P" },
	{ .name = "bcp", .attached = "P", .next = "P" },
	{ .name = "isql*", .attached = "P", .next = "P" },
	{ .name = "tsql", .attached = "P", .next = "P" },
	{ .name = "cqlsh", .attached = "p", .next = "p" },
	{ .name = "cypher-shell", .attached = "p", .next = "p" },
	{ .name = "influx", .attached = "t", .next = "t" },
	{ .name = "vault", .verb = "login" },
	{ .name = "ldap*", .attached = "w", .next = "w" },
	{ .name = "rabbitmqadmin", .attached = "p", .next = "p" },
	{ .name = "ftp" },
	{ .name = "pscp" },
	{ .name = "docker", .attached = "p", .next = "p" },
	{ .name = "podman", .attached = "p", .next = "p" },
	{ .name = "7z*", .attached = "p" },
	{ .name = "zip", .attached = "P", .next = "P" },
	{ .name = "unzip", .attached = "P", .next = "P" },
	{ .name = "openssl", .attached = "kK", .next = "kK" },
	{ .name = "http", .attached = "a", .next = "a" },
	{ .name = "https", .attached = "a", .next = "a" },
	{ .name = "snmp*", .attached = "cAX", .next = "cAX", .flags = "" },
	{ .name = "ipmitool", .attached = "P", .next = "P", .flags = "" },
	{ .name = "az", .attached = "p", .next = "p" },
	{ .name = "htpasswd", .verb = "" },
	{ .name = "rabbitmqctl", .verb = "change_password" },
	{ .name = "rabbitmqctl", .verb = "add_user" },
	{ .name = "mc", .verb = "set" },
	{ .name = "sqlplus", .slash = true },
	{ .name = "sqlldr", .slash = true },
	{ .name = "expdp", .slash = true },
	{ .name = "impdp", .slash = true },
	{ .name = "rman", .slash = true },
	/* A program without such options ends the reign of the one before it. */
	{ .name = "psql" },
	{ .name = "pg_*" },
	{ .name = "ssh" },
	{ .name = "scp" },
	{ .name = "tar" },
	{ .name = "cp" },
	{ .name = "mkdir" },
};

const struct mask_program *mask_find_program(const char *word, size_t len)
{
	const char *slash = memrchr(word, '/', len);
	const char *base = slash ? slash + 1 : word;
	size_t n = len - (size_t)(base - word);

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		size_t want = strlen(programs[i].name);
		bool open = programs[i].name[want - 1] == '*';

		want -= open;
		if ((open ? n >= want : n == want) && memcmp(base, programs[i].name, want) == 0)
			return &programs[i];
	}
	return NULL;
}

/* "--password" without a value: it may follow. curl's --user and friends hold both. */
static bool is_long_option(const char *word, size_t len)
{
	static const char *const pairs[] = { "--user", "--proxy-user", "--oauth2-bearer" };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (strlen(pairs[i]) == len && memcmp(word, pairs[i], len) == 0)
			return true;
	return mask_is_secret_key(word, len);
}

static bool is_among(const char *letters, char c)
{
	return letters && c && strchr(letters, c);
}

/* "-psecret", and "-fpsecret" behind flags: the length of what is shown. */
static size_t attached_len(const struct mask_program *p, const char *word, size_t len)
{
	size_t at = 1;

	while (at < len && p->flags && is_among(p->flags, word[at]) &&
	       !is_among(p->attached, word[at]))
		at++;
	return at + 1 < len && is_among(p->attached, word[at]) ? at + 1 : 0;
}

/* "-su user:secret": the last of several short options takes the value. */
static bool takes_next(const struct mask_program *p, const char *word, size_t len)
{
	enum { CLUSTER_MAX = 5 }; /* a longer word is an option of another kind */

	if (!is_among(p->next, word[len - 1]))
		return false;
	for (size_t at = 1; p->flags && at < len - 1; at++)
		if (!is_among(p->flags, word[at]))
			return false;
	return p->flags || len <= CLUSTER_MAX;
}

/* A password may look like an option's name ("-pMySecret"), and a name like a password
 * ("-token"): then both it and the word after it are masked. */
size_t mask_option(const struct mask_program *program, const char *word, size_t len, bool *ret_next)
{
	bool is_long = len > 2 && (word[1] == '-' || mask_is_secret_key(word, len));
	const char *equals = memchr(word, '=', len);
	size_t attached;

	if (len < 2 || word[0] != '-')
		return 0;
	attached = program && word[1] != '-' ? attached_len(program, word, len) : 0;
	if (is_long && !equals)
		*ret_next = is_long_option(word, len) &&
			    (word[1] == '-' || memchr(word, ':', len) == NULL);
	if (attached)
		return attached;
	if (is_long && equals)
		return is_long_option(word, (size_t)(equals - word)) ? (size_t)(equals - word) + 1
								     : 0;
	if (program && !is_long && takes_next(program, word, len))
		*ret_next = true;
	return 0;
}

bool mask_takes_words(const struct mask_program *program, const char *word, size_t len)
{
	if (!program || !program->verb)
		return false;
	if (!*program->verb)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (programs[i].verb && strcmp(programs[i].name, program->name) == 0 &&
		    strlen(programs[i].verb) == len &&
		    strncasecmp(programs[i].verb, word, len) == 0)
			return true;
	return false;
}

bool mask_takes_slash(const struct mask_program *program)
{
	return program && program->slash;
}
