/* SPDX-License-Identifier: Apache-2.0
 *
 * Masking of secrets; see mask.h. A small state machine over words: an argument is
 * split at blanks outside quotes, because `sh -c 'PGPASSWORD=x pg_dump'` is one
 * argument and a connection string another. What is known about programs and words is
 * in mask_words.c.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"
#include "enrich/mask.h"
#include "enrich/mask_words.h"

#define MASK "***"

struct masker {
	struct buf *out;
	const struct mask_program *program; /* the last one named whose options we know */
	bool command_next;                  /* the argument before was a shell's -c */
	bool mask_next;                     /* the word before announced a secret */
};

static void emit(struct masker *m, const char *s, size_t len)
{
	buf_add(m->out, s, len);
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

static size_t key_before(const char *word, size_t sign)
{
	size_t k = sign;

	while (k > 0 && (isalnum((unsigned char)word[k - 1]) || strchr("_-.", word[k - 1])))
		k--;
	return sign - k;
}

/* Length of a value: quoted up to its quote, else up to what separates parameters. */
static size_t value_len(const char *s, size_t len)
{
	const char *close;

	if (len > 0 && (*s == '\'' || *s == '"')) {
		close = memchr(s + 1, *s, len - 1);
		return close ? (size_t)(close - s) + 1 : len;
	}
	for (size_t i = 0; i < len; i++)
		if (strchr("&;,\"'` \t\n)|", s[i]))
			return i;
	return len;
}

/* Masks "key=value" and "key: value" inside a word; `whole`: the word begins an
 * argument, so a key at its start owns everything to its end. */
static void emit_pairs(struct masker *m, const char *word, size_t len, bool whole)
{
	size_t done = 0, i = 0;

	while (i < len) {
		size_t key, value;

		if (word[i] != '=' && word[i] != ':') {
			i++;
			continue;
		}
		key = key_before(word + done, i - done);
		if (!mask_is_secret_key(word + i - key, key) ||
		    (word[i] == ':' && i + 1 < len && word[i + 1] == '/')) {
			i++;
			continue;
		}
		emit(m, word + done, i + 1 - done);
		value = whole && key == i ? len - i - 1 : value_len(word + i + 1, len - i - 1);
		if (value > 0)
			emit(m, MASK, strlen(MASK));
		else if (i + 1 == len)
			m->mask_next = true; /* "Authorization: ..." goes on in the next word */
		done = i = i + 1 + value;
	}
	emit(m, word + done, len - done);
}

/* Is the argument one "--key=..." or "KEY=..." whose key is secret? */
static bool is_secret_pair(const char *arg, size_t len)
{
	const char *sign = memchr(arg, '=', len);
	size_t at = sign ? (size_t)(sign - arg) : 0;

	return sign && key_before(arg, at) == at && mask_is_secret_key(arg, at);
}

static void emit_word(struct masker *m, const char *word, size_t len, bool whole)
{
	size_t url_len = 0, url = url_secret(word, len, &url_len), attached;
	const struct mask_program *program = mask_find_program(word, len);

	if (m->mask_next && !(len == 6 && strncasecmp(word, "bearer", 6) == 0) &&
	    !(len == 5 && strncasecmp(word, "basic", 5) == 0)) {
		m->mask_next = false;
		emit(m, MASK, strlen(MASK));
		return;
	}
	if (program)
		m->program = program;
	attached = mask_option(m->program, word, len, &m->mask_next);
	if (attached) {
		emit(m, word, attached);
		emit(m, MASK, strlen(MASK));
	} else if (url && !is_secret_pair(word, len)) {
		emit_pairs(m, word, url, false);
		emit(m, MASK, strlen(MASK));
		emit_pairs(m, word + url + url_len, len - url - url_len, false);
	} else if (mask_is_token(word, len)) {
		emit(m, MASK, strlen(MASK));
	} else {
		if (len == 6 && strncasecmp(word, "bearer", 6) == 0)
			m->mask_next = true;
		emit_pairs(m, word, len, whole);
	}
}

/* Blanks end a word, but not between quotes; an open quote ends with the argument. */
static size_t word_len(const char *s, size_t len)
{
	char quote = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (quote)
			quote = s[i] == quote ? 0 : quote;
		else if (s[i] == '\'' || s[i] == '"')
			quote = s[i];
		else if (isspace((unsigned char)s[i]))
			break;
	}
	return i;
}

static void emit_arg(struct masker *m, const char *arg, size_t len)
{
	const char *p = arg, *end = arg + len;

	bool is_command = m->command_next;

	/* "-c", "-lc": a shell's program follows. */
	m->command_next = len >= 2 && len <= 4 && arg[0] == '-' && arg[len - 1] == 'c';
	/* The whole argument is the secret, blanks and all. */
	if (m->mask_next || (!is_command && is_secret_pair(arg, len))) {
		emit_word(m, arg, len, true);
		return;
	}
	while (p < end) {
		size_t n = word_len(p, (size_t)(end - p));

		/* Quoted text with blanks is a command or a connection string of its own. */
		if (n > 2 && (*p == '"' || *p == '\'') && memchr(p, ' ', n)) {
			emit(m, p, 1);
			p++;
			n = word_len(p, (size_t)(end - p));
		}
		if (n > 0)
			emit_word(m, p, n, p == arg && !is_command);
		p += n;
		if (p < end)
			emit(m, p++, 1);
	}
}

static void make_printable(char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s[i] = ' ';
}

void mask_cmdline(struct buf *out, const char *args, size_t len, size_t max_len)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
	struct masker m = { .out = &line };
	size_t start = out->len;

	while (len > 0 && args[len - 1] == '\0')
		len--;
	for (size_t at = 0; at < len;) {
		size_t n = strnlen(args + at, len - at);

		if (at > 0)
			buf_add_char(&line, ' ');
		emit_arg(&m, args + at, n);
		at += n + 1;
	}
	if (line.len == 0)
		return;
	make_printable(line.data, line.len);
	utf8_add(out, line.data, line.len);
	if (out->len - start <= max_len)
		return;
	out->len = start + max_len;
	while (out->len > start && ((unsigned char)out->data[out->len] & 0xc0) == 0x80)
		out->len--;
	out->data[out->len] = '\0';
}
