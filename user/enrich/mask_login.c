/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets beside a user's name, told by their shape: in a URL, before an '@', and as
 * Oracle's tools take them; see mask_words.h.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "enrich/mask_words.h"

#define TOKEN_MIN 20 /* in a URL without a password, a longer name is a token */

/* "https://TOKEN@host". */
static size_t url_token(const char *auth, const char *slash, size_t *ret_len)
{
	const char *at = memchr(auth, '@', (size_t)(slash - auth));

	if (!at || at - auth < TOKEN_MIN)
		return 0;
	*ret_len = (size_t)(at - auth);
	return 1;
}

/* "user:password@" between "://" and the host. A password may wrongly hold a slash:
 * then what follows the colon is no port, and everything up to the last '@' goes. */
static size_t url_secret(const char *word, size_t len, size_t *ret_len)
{
	const char *end = word + len, *auth = memmem(word, len, "://", 3), *colon, *at, *slash;
	size_t digits = 0;

	if (!auth)
		return 0;
	auth += 3;
	for (slash = auth; slash < end && !strchr("/?#", *slash); slash++)
		;
	colon = memchr(auth, ':', (size_t)(end - auth));
	if (!colon || colon > slash)
		if (url_token(auth, slash, ret_len))
			return (size_t)(auth - word);
	if (!colon)
		return 0;
	at = colon < slash ? memrchr(colon, '@', (size_t)(slash - colon)) : NULL;
	if (!at) {
		while (colon + 1 + digits < end && isdigit((unsigned char)colon[1 + digits]))
			digits++;
		if (colon > slash || colon + 1 + digits == slash)
			return 0; /* a port, or a colon of the path */
		at = memrchr(colon, '@', (size_t)(end - colon));
	}
	if (!at)
		return 0;
	*ret_len = (size_t)(at - colon - 1);
	return (size_t)(colon + 1 - word);
}

/* Where the name may begin: at the word's, or behind "--uri=". */
static size_t name_start(const char *word, size_t len)
{
	const char *sign = memchr(word, '=', len);

	return sign ? (size_t)(sign - word) + 1 : 0;
}

/* "root:secret@host" without a scheme; not "image:15@sha256:...". */
static size_t plain_secret(const char *word, size_t len, size_t *ret_len)
{
	static const char digest[] = "sha256:";
	size_t start = name_start(word, len), colon = start;
	const char *at;

	while (colon < len && (isalnum((unsigned char)word[colon]) || strchr("._%+-", word[colon])))
		colon++;
	if (colon == start || colon + 1 >= len || word[colon] != ':' || word[colon + 1] == '/')
		return 0;
	at = memrchr(word + colon, '@', len - colon);
	if (!at || at == word + colon + 1 ||
	    (len - (size_t)(at + 1 - word) > sizeof(digest) - 1 &&
	     memcmp(at + 1, digest, sizeof(digest) - 1) == 0))
		return 0;
	*ret_len = (size_t)(at - word) - colon - 1;
	return colon + 1;
}

/* "scott/tiger@orcl", "userid=scott/tiger". */
static size_t slash_secret(const char *word, size_t len, size_t *ret_len)
{
	size_t start = name_start(word, len);
	const char *slash = memchr(word + start, '/', len - start), *at;

	if (!slash || slash == word + start || slash + 1 == word + len ||
	    strchr("@-.", word[start]))
		return 0;
	at = memrchr(slash, '@', len - (size_t)(slash - word));
	*ret_len = (size_t)((at ? at : word + len) - slash) - 1;
	return *ret_len ? (size_t)(slash - word) + 1 : 0;
}

size_t mask_find_login(const struct mask_program *program, const char *word, size_t len,
		       size_t *ret_len)
{
	static const char userid[] = "userid=";
	size_t at = 0;

	if (memmem(word, len, "://", 3))
		return url_secret(word, len, ret_len);
	if (mask_takes_slash(program) ||
	    (len > sizeof(userid) && strncasecmp(word, userid, sizeof(userid) - 1) == 0))
		at = slash_secret(word, len, ret_len);
	return at ? at : plain_secret(word, len, ret_len);
}
