/* SPDX-License-Identifier: Apache-2.0
 *
 * A scanner of SQL that knows only where literals begin and end; see sqltext.h.
 */
#include "enrich/sqltext.h"

#include <ctype.h>
#include <string.h>

struct scan {
	const char *p, *end;
	bool mysql;
	char *out;
	size_t len, size;
};

static void put(struct scan *s, char c)
{
	if (c == ' ' && (s->len == 0 || s->out[s->len - 1] == ' '))
		return;
	if (s->len + 1 < s->size)
		s->out[s->len++] = c;
}

/* Nothing that follows can be told from a literal. */
static void give_up(struct scan *s)
{
	put(s, '?');
	s->p = s->end;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* At the opening quote. A quote behind a backslash may end it or not: that is a
 * setting of the server. Two quotes are one of the text. */
static void skip_string(struct scan *s, char quote)
{
	const char *p = s->p + 1;

	for (; p < s->end; p++) {
		if (*p != quote)
			continue;
		if (p[-1] == '\\' && p - 1 > s->p) {
			give_up(s);
			return;
		}
		if (p + 1 == s->end || p[1] != quote) {
			put(s, '?');
			s->p = p + 1;
			return;
		}
		p++;
	}
	give_up(s);
}

/* A quoted name is kept; where it does not end, nothing is. */
static void copy_name(struct scan *s, char quote)
{
	const char *close = memchr(s->p + 1, quote, (size_t)(s->end - s->p - 1));

	if (!close || memchr(s->p, '\\', (size_t)(close - s->p))) {
		give_up(s);
		return;
	}
	while (s->p <= close)
		put(s, *s->p++);
}

/* A comment may be none in another dialect: with a quote inside, who knows. */
static void skip_comment(struct scan *s, const char *ending)
{
	size_t n = strlen(ending);
	const char *close = memmem(s->p, (size_t)(s->end - s->p), ending, n);
	size_t len = close ? (size_t)(close - s->p) + n : (size_t)(s->end - s->p);

	if (memchr(s->p, '\'', len) || memchr(s->p, '"', len) || memchr(s->p, '$', len) ||
	    (n == 2 && len > 2 && memmem(s->p + 2, len - 2, "/*", 2))) {
		give_up(s);
		return;
	}
	/* MySQL runs what stands in a comment that begins with "!". */
	if (n == 2 && len > 2 && (s->p[2] == '!' || s->p[2] == 'M')) {
		give_up(s);
		return;
	}
	s->p += len;
	put(s, ' ');
}

/* "$tag$ ... $tag$"; "$1" is a parameter. */
static void skip_dollar(struct scan *s)
{
	const char *p = s->p + 1, *close;
	size_t n;

	while (p < s->end && is_word(*p))
		p++;
	if (p == s->end || *p != '$' || isdigit((unsigned char)s->p[1])) {
		put(s, *s->p++);
		while (s->p < p)
			put(s, *s->p++);
		return;
	}
	n = (size_t)(p + 1 - s->p);
	close = memmem(p + 1, (size_t)(s->end - p - 1), s->p, n);
	if (!close) {
		give_up(s);
		return;
	}
	put(s, '?');
	s->p = close + n;
}

static void word(struct scan *s)
{
	bool digit = isdigit((unsigned char)*s->p);

	if (digit) {
		put(s, '?');
		while (s->p < s->end && (is_word(*s->p) || *s->p == '.'))
			s->p++;
		return;
	}
	while (s->p < s->end && (is_word(*s->p) || *s->p == '$'))
		put(s, *s->p++);
}

static bool starts(const struct scan *s, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, with, n) == 0;
}

static void step(struct scan *s)
{
	char c = *s->p;

	if (c == '\'' || (c == '"' && s->mysql))
		skip_string(s, c);
	else if (c == '"' || c == '`')
		copy_name(s, c);
	else if (starts(s, "--") || (c == '#' && s->mysql))
		skip_comment(s, "\n");
	else if (starts(s, "/*"))
		skip_comment(s, "*/");
	else if (c == '$' && !s->mysql)
		skip_dollar(s);
	else if (is_word(c))
		word(s);
	else
		put(s, isspace((unsigned char)c) || !c ? ' ' : *s->p), s->p++;
}

void sql_strip(const char *sql, size_t len, bool quotes_are_strings, char *out, size_t size)
{
	struct scan s = {
		.p = sql, .end = sql + len, .mysql = quotes_are_strings, .out = out, .size = size
	};

	while (s.p < s.end && s.len + 1 < size)
		step(&s);
	while (s.len && (s.out[s.len - 1] == ' ' || s.out[s.len - 1] == ';'))
		s.len--;
	while (s.len && s.len + 1 == size && ((unsigned char)s.out[s.len - 1] & 0x80))
		s.len--; /* a character may have been cut */
	out[s.len] = '\0';
}
