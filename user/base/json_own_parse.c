/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON text (RFC 8259) to values; see include/own/json-c/json.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_own.h"
#include "base/jsonw.h"

struct json_tokener *json_tokener_new_ex(int depth)
{
	struct json_tokener *t = calloc(1, sizeof(*t));

	if (t)
		t->depth = depth;
	return t;
}

struct json_tokener *json_tokener_new(void)
{
	return json_tokener_new_ex(JSON_TOKENER_DEFAULT_DEPTH);
}

void json_tokener_free(struct json_tokener *t)
{
	free(t);
}

void json_tokener_reset(struct json_tokener *t)
{
	t->error = json_tokener_success;
	t->begin = t->at = t->end = NULL;
}

void json_tokener_set_flags(struct json_tokener *t, int flags)
{
	t->flags = flags;
}

enum json_tokener_error json_tokener_get_error(struct json_tokener *t)
{
	return t->error;
}

size_t json_tokener_get_parse_end(struct json_tokener *t)
{
	return (size_t)(t->at - t->begin);
}

const char *json_tokener_error_desc(enum json_tokener_error error)
{
	static const char *const words[] = {
		[json_tokener_success] = "success",
		[json_tokener_continue] = "continue",
		[json_tokener_error_depth] = "nesting too deep",
		[json_tokener_error_parse_unexpected] = "unexpected character",
		[json_tokener_error_parse_utf8_string] = "invalid utf-8 string",
		[json_tokener_error_size] = "no memory",
	};

	return words[error];
}

static void skip_blanks(struct json_tokener *t)
{
	while (t->at < t->end && memchr(" \t\r\n", *t->at, 4))
		t->at++;
}

static bool take_word(struct json_tokener *t, const char *word)
{
	for (; *word; word++)
		if (!json_own_take(t, *word))
			return json_own_unexpected(t);
	return true;
}

static bool take_digits(struct json_tokener *t)
{
	const char *from = t->at;

	while (t->at < t->end && *t->at >= '0' && *t->at <= '9')
		t->at++;
	return t->at > from || json_own_unexpected(t);
}

/* An integer that has room in 64 bits is one; the rest are kept as they came. */
static bool set_number(struct json_tokener *t, struct json_object *o, const char *from, bool whole)
{
	char *end;

	buf_add(&o->text, from, (size_t)(t->at - from));
	if (o->text.error)
		return json_own_fail(t, json_tokener_error_size);
	o->negative = *from == '-';
	errno = 0;
	o->magnitude = strtoull(o->text.data + o->negative, &end, 10);
	if (whole && !errno && (!o->negative || o->magnitude <= (uint64_t)INT64_MAX + 1)) {
		o->type = json_type_int;
		o->negative = o->negative && o->magnitude;
	}
	return true;
}

static bool take_number(struct json_tokener *t, struct json_object *o)
{
	const char *from = t->at;
	bool whole = true;

	(void)json_own_take(t, '-');
	if (!json_own_take(t, '0') && !take_digits(t))
		return false;
	if (json_own_take(t, '.')) {
		whole = false;
		if (!take_digits(t))
			return false;
	}
	if (json_own_take(t, 'e') || json_own_take(t, 'E')) {
		whole = false;
		(void)(json_own_take(t, '+') || json_own_take(t, '-'));
		if (!take_digits(t))
			return false;
	}
	return set_number(t, o, from, whole);
}

static bool take_value(struct json_tokener *t, int depth, struct json_object **ret);

static int add_item(struct json_object *o, char *key, char close, struct json_object *value)
{
	if (key || close == ']')
		return json_own_add(o, key, value);
	json_object_put(value);
	return -ENOMEM;
}

/* Behind { or [: members or items up to the end of it. */
static bool take_items(struct json_tokener *t, int depth, struct json_object *o, char close)
{
	bool more = false;

	for (;;) {
		struct buf key _cleanup_buf_ = BUF_INIT;
		struct json_object *value = NULL;

		skip_blanks(t);
		if (!more && json_own_take(t, close))
			return true;
		if (close == '}') {
			if (!json_own_take(t, '"'))
				return json_own_unexpected(t);
			if (!json_own_text(t, &key))
				return false;
			skip_blanks(t);
			if (!json_own_take(t, ':'))
				return json_own_unexpected(t);
		}
		if (!take_value(t, depth - 1, &value))
			return false;
		/* A key is a C string: one with a NUL in it is cut there, as json-c does. */
		if (add_item(o, close == '}' ? strdup(key.data ? key.data : "") : NULL, close,
			     value) < 0)
			return json_own_fail(t, json_tokener_error_size);
		skip_blanks(t);
		more = json_own_take(t, ',');
		if (!more && (t->at == t->end || *t->at != close))
			return json_own_unexpected(t);
	}
}

static bool take_object(struct json_tokener *t, int depth, struct json_object **ret)
{
	static const char opens[] = "{[\"-0123456789";
	const char *at = t->at < t->end && *t->at ? strchr(opens, *t->at) : NULL;
	struct json_object *o;
	bool ok;

	if (!at)
		return json_own_unexpected(t);
	o = json_own_new(at == opens       ? json_type_object
			 : at == opens + 1 ? json_type_array
			 : at == opens + 2 ? json_type_string
					   : json_type_double);
	if (!o)
		return json_own_fail(t, json_tokener_error_size);
	t->at += o->type != json_type_double;
	if (o->type == json_type_string)
		ok = json_own_text(t, &o->text);
	else if (o->type == json_type_double)
		ok = take_number(t, o);
	else
		ok = depth > 1 ? take_items(t, depth, o, at == opens ? '}' : ']')
			       : json_own_fail(t, json_tokener_error_depth);
	if (ok)
		*ret = o;
	else
		json_object_put(o);
	return ok;
}

static bool take_value(struct json_tokener *t, int depth, struct json_object **ret)
{
	char c;

	skip_blanks(t);
	*ret = NULL;
	c = t->at < t->end ? *t->at : '\0';
	if (c == 'n')
		return take_word(t, "null");
	if (c != 't' && c != 'f')
		return take_object(t, depth, ret);
	if (!take_word(t, c == 't' ? "true" : "false"))
		return false;
	*ret = json_own_new(json_type_boolean);
	if (!*ret)
		return json_own_fail(t, json_tokener_error_size);
	(*ret)->boolean = c == 't';
	return true;
}

static bool is_utf8(const char *text, size_t len)
{
	struct buf valid _cleanup_buf_ = BUF_INIT;

	utf8_add(&valid, text, len);
	return !valid.error && valid.len == len && (len == 0 || memcmp(valid.data, text, len) == 0);
}

struct json_object *json_tokener_parse_ex(struct json_tokener *t, const char *text, int len)
{
	struct json_object *o = NULL;

	json_tokener_reset(t);
	t->begin = t->at = text;
	t->end = text + (len < 0 ? strlen(text) : (size_t)len);
	if (t->flags & JSON_TOKENER_VALIDATE_UTF8 && !is_utf8(text, (size_t)(t->end - text)))
		(void)json_own_fail(t, json_tokener_error_parse_utf8_string);
	else if (take_value(t, t->depth, &o)) {
		skip_blanks(t);
		if (t->at < t->end && *t->at && t->flags & JSON_TOKENER_STRICT)
			(void)json_own_unexpected(t);
	}
	if (!t->error)
		return o;
	json_object_put(o);
	return NULL;
}

struct json_object *json_tokener_parse(const char *text)
{
	struct json_tokener t = { .depth = JSON_TOKENER_DEFAULT_DEPTH };

	return json_tokener_parse_ex(&t, text, -1);
}
