/* SPDX-License-Identifier: Apache-2.0
 *
 * See flat_line.h. Whatever is in doubt is not of the plain form: what is taken here means
 * the same to json-c (tests/fuzz/fuzz_top_line.c compares).
 */
#include <stdlib.h>
#include <string.h>

#include "top/flat_line.h"

#define DIGITS_MAX 18 /* that no u64 overflows; counters of 1e18 bytes are json-c's */

enum value_kind { VALUE_NULL, VALUE_FALSE, VALUE_TRUE, VALUE_TEXT, VALUE_INTEGER, VALUE_DECIMAL };

struct value {
	enum value_kind kind;
	const char *text; /* VALUE_TEXT */
	uint64_t integer;
	double decimal;
};

/* Keys beside those of fields.h, as bits behind theirs. */
enum { SEEN_ENDED = T_COUNT + N_COUNT, SEEN_EXITED, SEEN_OTHER, SEEN_ANCESTOR };

/* A string whose opening quote was read: unescaped in place, NUL at its end. Returns what
 * follows the closing quote; NULL: something that is not plain. */
static char *take_string(char *at, const char *end)
{
	char *to = at;

	for (; at < end && *at != '"'; at++) {
		static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
		const char *escape;

		if ((unsigned char)*at < ' ')
			return NULL;
		if (*at != '\\') {
			*to++ = *at;
			continue;
		}
		at++;
		escape = at < end && *at ? strchr(escapes, *at) : NULL;
		if (!escape)
			return NULL;
		*to++ = meant[escape - escapes];
	}
	if (at == end)
		return NULL;
	*to = '\0';
	return at + 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, and perhaps a point and digits. */
static char *take_number(char *at, struct value *ret)
{
	char *start = at, *rest;

	ret->kind = VALUE_INTEGER;
	ret->integer = 0;
	for (; is_digit(*at); at++) {
		if (at - start == DIGITS_MAX || (at - start == 1 && *start == '0'))
			return NULL;
		ret->integer = ret->integer * 10 + (uint64_t)(*at - '0');
	}
	if (*at != '.')
		return at;
	at++;
	if (!is_digit(*at))
		return NULL;
	while (is_digit(*at))
		at++;
	if (*at == 'e' || *at == 'E')
		return NULL;
	ret->kind = VALUE_DECIMAL;
	ret->decimal = strtod(start, &rest);
	return rest == at ? at : NULL;
}

static char *take_word(char *at, const char *word, enum value_kind kind, struct value *ret)
{
	size_t len = strlen(word);

	ret->kind = kind;
	return strncmp(at, word, len) == 0 ? at + len : NULL;
}

/* What follows the value; NULL: it is not plain. */
static char *take_value(char *at, const char *end, struct value *ret)
{
	switch (*at) {
	case '"':
		ret->kind = VALUE_TEXT;
		ret->text = at + 1;
		return take_string(at + 1, end);
	case 'n': return take_word(at, "null", VALUE_NULL, ret);
	case 't': return take_word(at, "true", VALUE_TRUE, ret);
	case 'f': return take_word(at, "false", VALUE_FALSE, ret);
	default: return is_digit(*at) ? take_number(at, ret) : NULL;
	}
}

static bool set_num(struct flow_line *line, enum num_field f, const struct value *v)
{
	uint64_t scale = f == N_RATIO ? 1000 : 1;
	double d;

	if (v->kind == VALUE_INTEGER) {
		if (__builtin_mul_overflow(v->integer, scale, &line->num[f]))
			return false;
	} else if (v->kind == VALUE_DECIMAL) {
		d = v->decimal * (double)scale;
		if (!(d < 1e18))
			return false;
		line->num[f] = (uint64_t)d;
	} else {
		return v->kind == VALUE_NULL;
	}
	line->known |= 1u << f;
	return true;
}

static bool set_flag(bool *flag, const struct value *v)
{
	*flag = v->kind == VALUE_TRUE;
	return v->kind <= VALUE_TRUE;
}

/* The field of a key: texts, then numbers; -1: neither. The n-th key of a line is mostly
 * what it was in the line before. */
static int find_field(const char *key, size_t len, struct flat_hints *hints, size_t n)
{
	int hint = hints && n < FLAT_HINTS ? hints->field[n] - 1 : -1, f;

	if (hint >= 0) {
		const struct field *field =
			hint < T_COUNT ? &text_fields[hint] : &num_fields[hint - T_COUNT];

		if (field->key_len == len && memcmp(field->key, key, len) == 0)
			return hint;
	}
	f = fields_find_text(key, len);
	if (f < 0) {
		f = fields_find_num(key, len);
		f = f < 0 ? f : f + T_COUNT;
	}
	if (hints && n < FLAT_HINTS)
		hints->field[n] = (uint8_t)(f + 1);
	return f;
}

/* false: twice, or of another type than expected. */
static bool set_member(struct flow_line *line, const char *key, int bit, const struct value *v,
		       uint64_t *seen)
{
	bool *flag = NULL;

	if (bit < 0) {
		if (strcmp(key, "egress.ended") == 0)
			bit = SEEN_ENDED, flag = &line->ended;
		else if (strcmp(key, "process.exited") == 0)
			bit = SEEN_EXITED, flag = &line->exited;
		else if (strcmp(key, "ancestor") == 0)
			bit = SEEN_ANCESTOR, flag = &line->ancestor;
		else if (strcmp(key, "other") == 0 || strcmp(key, "egress.other") == 0)
			bit = SEEN_OTHER, flag = &line->other;
		else
			return strcmp(key, "total") != 0;
	}
	if (*seen & 1ull << bit)
		return false;
	*seen |= 1ull << bit;
	if (flag)
		return set_flag(flag, v);
	if (bit >= T_COUNT)
		return set_num(line, (enum num_field)(bit - T_COUNT), v);
	if (v->kind == VALUE_TEXT)
		line->text[bit] = v->text;
	return v->kind == VALUE_TEXT || v->kind == VALUE_NULL;
}

static char *skip_blank(char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

bool flat_line_read(char *text, size_t len, struct flat_hints *hints, struct flow_line *ret)
{
	const char *end = text + len;
	uint64_t seen = 0;
	char *at = text;
	size_t n = 0;

	*ret = (struct flow_line){ 0 };
	if (len < 2 || *at++ != '{')
		return false;
	do {
		struct value v;
		char *key;

		at = skip_blank(at);
		if (*at != '"')
			return false;
		key = at + 1;
		at = take_string(key, end);
		if (!at || *(at = skip_blank(at)) != ':')
			return false;
		size_t key_len = strlen(key);
		int field = find_field(key, key_len, hints, n++);

		at = take_value(skip_blank(at + 1), end, &v);
		if (!at || !set_member(ret, key, field, &v, &seen))
			return false;
		at = skip_blank(at);
	} while (*at++ == ',');
	return at[-1] == '}' && at == end;
}
