/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and shapes of secrets; see mask_words.h. Options of programs are mask_programs.c.
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

bool mask_is_token(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(token_prefixes); i++) {
		size_t n = strlen(token_prefixes[i]);

		if (len >= TOKEN_MIN && len > n && memcmp(word, token_prefixes[i], n) == 0)
			return true;
	}
	return false;
}

static bool is_one_of(const char *const *words, size_t count, const char *word, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
			return true;
	return false;
}

enum mask_scheme mask_is_scheme(const char *word, size_t len)
{
	static const char *const schemes[] = { "basic",  "token",     "apikey",
					       "digest", "negotiate", "aws4-hmac-sha256" };

	if (len == 6 && strncasecmp(word, "bearer", 6) == 0)
		return MASK_BEARER;
	return is_one_of(schemes, ARRAY_SIZE(schemes), word, len) ? MASK_SCHEME : MASK_NO_SCHEME;
}

bool mask_is_header(const char *key, size_t len)
{
	static const char *const ends[] = { "authorization", "cookie" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && strncasecmp(key + len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

bool mask_is_identified(const char *word, size_t len)
{
	static const char *const words[] = { "identified" };

	return is_one_of(words, ARRAY_SIZE(words), word, len);
}
