/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables behind mask.c; see mask_words.h.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "enrich/mask_words.h"

#define KEY_MAX 64
#define TOKEN_MIN 16 /* a shorter word with a token's prefix is a word */

/* Anywhere in a key; '_' and '.' count as '-'. */
static const char *const secret_parts[] = {
	"password",   "passwd",        "passphrase", "secret",      "token",      "api-key",
	"apikey",     "access-key",    "accesskey",  "account-key", "accountkey", "private-key",
	"credential", "authorization", "cookie",     "signature",
};
/* The whole key, or its last part behind a '-'. */
static const char *const secret_names[] = {
	"pass", "pwd", "pw", "auth", "sig", "passin", "passout", "userpass", "sas",
};
/* Ends of keys that look secret but name a place or a switch. */
static const char *const harmless_ends[] = {
	"-file", "-path", "-prompt", "-stdin",  "-command", "-fd",         "-env",
	"-dir",  "-id",   "-type",   "-plugin", "-url",     "-encryption", "-timeout",
};

struct mask_program {
	const char *name;     /* base name, or its beginning if it ends with '*' */
	const char *attached; /* short options with the secret attached: "-psecret" */
	const char *next;     /* short options with the secret as the next word */
};

static const struct mask_program programs[] = {
	{ "mysql*", "p", "" }, /* "-p name": asks, and the name is a database */
	{ "mariadb*", "p", "" },
	{ "mariabackup", "p", "" },
	{ "xtrabackup", "p", "" },
	{ "innobackupex", "p", "" },
	{ "mydumper", "p", "p" },
	{ "myloader", "p", "p" },
	{ "percona*", "p", "" },
	{ "pt-*", "p", "p" },
	{ "sshpass", "p", "p" },
	{ "mongo*", "p", "p" },
	{ "redis-*", "a", "a" },
	{ "valkey-*", "a", "a" },
	{ "keydb-*", "a", "a" },
	{ "curl", "uU", "uU" },
	{ "lftp", "u", "u" },
	{ "smbclient", "U", "U" },
	{ "sqlcmd", "P", "P" },
	{ "bcp", "P", "P" },
	{ "isql*", "P", "P" },
	{ "tsql", "P", "P" },
	{ "cqlsh", "p", "p" },
	{ "cypher-shell", "p", "p" },
	{ "influx", "t", "t" },
	{ "vault", "", "" },
	{ "ldap*", "w", "w" },
	{ "rabbitmqadmin", "p", "p" },
	{ "ftp", "", "" },
	{ "pscp", "", "" },
	{ "docker", "p", "p" },
	{ "podman", "p", "p" },
	{ "7z*", "p", "" },
	{ "zip", "P", "P" },
	{ "unzip", "P", "P" },
	{ "openssl", "kK", "kK" },
	/* A program without such options ends the reign of the one before it. */
	{ "psql", "", "" },
	{ "pg_*", "", "" },
	{ "ssh", "", "" },
	{ "scp", "", "" },
	{ "tar", "", "" },
	{ "cp", "", "" },
	{ "mkdir", "", "" },
};

static const char *const token_prefixes[] = {
	"ghp_",  "gho_",  "ghs_",  "ghr_",  "github_pat_", "glpat-",
	"xoxb-", "xoxp-", "xoxa-", "sk-",   "sk_live_",    "rk_live_",
	"eyJ",   "hvs.",  "AIza",  "ya29.", "dop_v1_",     "AGE-SECRET-KEY-",
	"npm_",
};

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(s + len - n, end, n) == 0;
}

bool mask_is_secret_key(const char *key, size_t len)
{
	char k[KEY_MAX + 1];

	while (len > 0 && *key == '-') {
		key++;
		len--;
	}
	if (len > KEY_MAX) { /* what matters stands at the end */
		key += len - KEY_MAX;
		len = KEY_MAX;
	}
	for (size_t i = 0; i < len; i++)
		k[i] = key[i] == '_' || key[i] == '.' ? '-' : (char)tolower((unsigned char)key[i]);
	k[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(harmless_ends); i++)
		if (ends_with(k, len, harmless_ends[i]))
			return false;
	if (strncmp(k, "no-", 3) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(secret_parts); i++)
		if (strstr(k, secret_parts[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(secret_names); i++) {
		size_t n = strlen(secret_names[i]);

		if (ends_with(k, len, secret_names[i]) && (len == n || k[len - n - 1] == '-'))
			return true;
	}
	/* MYSQL_PWD is covered above; MYSQLPWD, DBPASS and the like are one word. */
	return len > 4 && (ends_with(k, len, "pass") || ends_with(k, len, "pwd"));
}

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

size_t mask_option(const struct mask_program *program, const char *word, size_t len, bool *ret_next)
{
	const char *equals;

	if (len < 2 || word[0] != '-')
		return 0;
	if (word[1] == '-' || (len > 2 && mask_is_secret_key(word, len))) {
		equals = memchr(word, '=', len);
		if (!equals) {
			*ret_next = is_long_option(word, len) &&
				    (word[1] == '-' || memchr(word, ':', len) == NULL);
			return 0;
		}
		return is_long_option(word, (size_t)(equals - word)) ? (size_t)(equals - word) + 1
								     : 0;
	}
	if (!program)
		return 0;
	if (len > 2 && strchr(program->attached, word[1]))
		return 2;
	/* "-su user:secret": the last of several short options takes the value. */
	if (word[len - 1] != '-' && *program->next && strchr(program->next, word[len - 1]) &&
	    len <= 5)
		*ret_next = true;
	return 0;
}

bool mask_is_token(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(token_prefixes); i++) {
		size_t n = strlen(token_prefixes[i]);

		if (len >= TOKEN_MIN && len > n && memcmp(word, token_prefixes[i], n) == 0)
			return true;
	}
	return false;
}
