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
	bool key;          /* the word before may be a key: " = secret" or " : secret" may follow */
	bool literals;     /* SQL that sets a password: what is quoted is one */
	bool positional;   /* words of a command that takes secrets without an option */
	bool is_command;   /* shell, where blanks end what they do not end in a header */
	bool header, rest; /* a header of secrets; the rest of it is left out */
};

static void emit(struct masker *m, const char *s, size_t len)
{
	buf_add(m->out, s, len);
}

static size_t key_before(const char *word, size_t sign)
{
	size_t k = sign;

	while (k > 0 && (isalnum((unsigned char)word[k - 1]) || strchr("_-.", word[k - 1])))
		k--;
	return sign - k;
}

/* Behind a key may stand what closes its quotes or brackets: {"password": x["password"] = */
static size_t key_end(const char *word, size_t sign)
{
	while (sign > 0 && strchr("\"'\\])", word[sign - 1]))
		sign--;
	return sign;
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"';
}

/* Length of a value: quoted up to its quote, else up to what separates parameters. */
static size_t value_len(const char *s, size_t len)
{
	size_t open = len > 1 && *s == '\\' && is_quote(s[1]); /* JSON in a shell's quotes */
	const char *close;

	if (len > open && is_quote(s[open])) {
		close = memchr(s + open + 1, s[open], len - open - 1);
		return close ? (size_t)(close - s) + 1 : len;
	}
	for (size_t i = 0; i < len; i++)
		if (strchr("&;,\"'` \t\n)|", s[i]))
			return i;
	return len;
}

/* "key=value", "key: value", and "PASSWORD('value')" of SQL. */
static bool is_sign(const char *word, size_t len, size_t i)
{
	if (word[i] == '(')
		return i + 1 < len && is_quote(word[i + 1]);
	return word[i] == '=' || (word[i] == ':' && (i + 1 == len || word[i + 1] != '/'));
}

/* Masks values of secret keys inside a word; `whole`: the word begins an argument, so a
 * key at its start owns everything to its end. */
static void emit_pairs(struct masker *m, const char *word, size_t len, bool whole)
{
	size_t done = 0, i = 0;

	while (i < len) {
		size_t key, end, value;

		if (!is_sign(word, len, i)) {
			i++;
			continue;
		}
		end = key_end(word + done, i - done);
		key = key_before(word + done, end);
		if (!mask_is_secret_key(word + done + end - key, key)) {
			i++;
			continue;
		}
		emit(m, word + done, i + 1 - done);
		m->header = !m->is_command && word[i] == ':' &&
			    mask_is_header(word + done + end - key, key);
		value = whole && key == i ? len - i - 1 : value_len(word + i + 1, len - i - 1);
		if (value > 0)
			emit(m, MASK, strlen(MASK));
		else if (i + 1 == len)
			m->mask_next = true; /* "Authorization: ..." goes on in the next word */
		m->rest = m->header && value > 0;
		if (m->rest)
			return;
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

static bool ends_command(const char *word, size_t len)
{
	return len > 0 && strchr(";|&", word[len - 1]);
}

static bool is_separator(const char *word, size_t len)
{
	return strspn(word, ";|&") >= len;
}

/* Has a word before said that this one is a secret? */
static bool is_announced(struct masker *m, const char *word, size_t len)
{
	bool key = m->key, sign = len > 0 && (*word == '=' || *word == ':');

	m->key = false;
	if (m->mask_next) {
		m->mask_next = mask_is_scheme(word, len);
		m->rest = m->header && !m->mask_next;
		return !m->mask_next;
	}
	if (key && sign) {
		m->mask_next = len == 1;
		return len > 1;
	}
	if (m->literals && (is_quote(*word) || *word == '$' || (len > 2 && is_quote(word[1]))))
		return true;
	if (!m->positional || *word == '-' || is_separator(word, len))
		return false;
	m->positional = !ends_command(word, len);
	return true;
}

/* What this word says of those that follow. */
static void take_hints(struct masker *m, const char *word, size_t len)
{
	const struct mask_program *program = mask_find_program(word, len);
	size_t end = key_end(word, len), key = key_before(word, end);
	bool secret = *word != '-' && key && mask_is_secret_key(word + end - key, key);

	if (program)
		m->program = program;
	if (program || ends_command(word, len))
		m->positional = false;
	m->positional |= mask_takes_words(m->program, word, len);
	m->literals |= (secret && key == len) || mask_is_identified(word, len);
	m->key = secret;
	/* "aws configure set aws_secret_access_key ..." */
	m->mask_next |= mask_is_scheme(word, len) == MASK_BEARER ||
			(secret && key == len && memchr(word, '_', len) && !memchr(word, '.', len));
}

static void emit_word(struct masker *m, const char *word, size_t len, bool whole)
{
	size_t secret_len = 0, secret = 0, attached;

	take_hints(m, word, len);
	attached = mask_option(m->program, word, len, &m->mask_next);
	if (!is_secret_pair(word, len))
		secret = mask_find_login(m->program, word, len, &secret_len);
	if (attached) {
		emit(m, word, attached);
		emit(m, MASK, strlen(MASK));
	} else if (secret) {
		emit_pairs(m, word, secret, false);
		emit(m, MASK, strlen(MASK));
		emit_pairs(m, word + secret + secret_len, len - secret - secret_len, false);
	} else if (mask_is_token(word, len)) {
		emit(m, MASK, strlen(MASK));
	} else {
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

static void emit_text(struct masker *m, const char *text, size_t len, bool is_command, bool whole);

/* Quoted text with blanks is a command, a header or a connection string of its own. Nested
 * at most twice, for there are two kinds of quotes. Returns what it took. */
static size_t emit_quoted(struct masker *m, const char *text, size_t len)
{
	const char *close = memchr(text + 1, *text, len - 1);
	size_t inner = (close ? (size_t)(close - text) : len) - 1;
	bool was_command = m->is_command;

	emit(m, text, 1);
	emit_text(m, text + 1, inner, false, false);
	m->is_command = was_command;
	emit(m, text, close ? 1 : 0);
	return inner + 1 + (close != NULL);
}

static void emit_text(struct masker *m, const char *text, size_t len, bool is_command, bool whole)
{
	const char *p = text, *end = text + len;

	m->is_command = is_command;
	m->rest = m->header = false;
	while (p < end && !m->rest) {
		size_t n = word_len(p, (size_t)(end - p));

		if (n == 0) {
			emit(m, p++, 1);
			continue;
		}
		if (is_announced(m, p, n)) {
			emit(m, MASK, strlen(MASK));
		} else if (n > 2 && is_quote(*p) && memchr(p, ' ', n)) {
			p += emit_quoted(m, p, n);
			continue;
		} else {
			emit_word(m, p, n, p == text && whole);
		}
		p += n;
	}
	m->rest = m->header = false;
}

static void emit_arg(struct masker *m, const char *arg, size_t len)
{
	bool is_command = m->command_next;

	/* "-c", "-lc": a shell's program follows. */
	m->command_next = len >= 2 && len <= 4 && arg[0] == '-' && arg[len - 1] == 'c';
	m->literals = false;
	if (len == 0)
		return;
	/* The whole argument is the secret, blanks and all. */
	if (m->mask_next) {
		bool secret = is_announced(m, arg, len);

		emit(m, secret ? MASK : arg, secret ? strlen(MASK) : len);
	} else if (!is_command && is_secret_pair(arg, len)) {
		emit_word(m, arg, len, true);
	} else {
		emit_text(m, arg, len, is_command, !is_command);
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
