/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of JSON for a build without json-c; see include/own/json-c/json.h.
 */
#include "base/json_own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define INT64_MIN_MAGNITUDE ((uint64_t)INT64_MAX + 1)

struct json_object *json_own_new(enum json_type type)
{
	struct json_object *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->type = type;
	o->refs = 1;
	return o;
}

struct json_object *json_object_get(struct json_object *o)
{
	if (o)
		o->refs++;
	return o;
}

/* As deep as the parser lets a text be. */
int json_object_put(struct json_object *o)
{
	if (!o || --o->refs)
		return 0;
	for (size_t i = 0; i < o->count; i++) {
		free(o->items[i].key);
		json_object_put(o->items[i].value);
	}
	free(o->items);
	buf_free(&o->text);
	buf_free(&o->printed);
	free(o);
	return 1;
}

enum json_type json_object_get_type(const struct json_object *o)
{
	return o ? o->type : json_type_null;
}

int json_object_is_type(const struct json_object *o, enum json_type type)
{
	return json_object_get_type(o) == type;
}

double json_object_get_double(const struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_boolean: return o->boolean;
	case json_type_int: return o->negative ? -(double)o->magnitude : (double)o->magnitude;
	case json_type_double:
	case json_type_string: return o->text.data ? strtod(o->text.data, NULL) : 0;
	default: return 0;
	}
}

int json_object_get_boolean(const struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_boolean: return o->boolean;
	case json_type_string: return o->text.len != 0;
	case json_type_int: return o->magnitude != 0;
	case json_type_double: return json_object_get_double(o) != 0;
	default: return 0;
	}
}

/* Sign and magnitude of what is a number, or the beginning of a text that is one. */
static uint64_t magnitude_of(const struct json_object *o, bool *ret_negative)
{
	const char *text;
	double d;

	*ret_negative = false;
	switch (json_object_get_type(o)) {
	case json_type_boolean: return o->boolean;
	case json_type_int: *ret_negative = o->negative; return o->magnitude;
	case json_type_string:
		text = o->text.data ? o->text.data : "";
		*ret_negative = text[0] == '-';
		return text[0] >= '0' || *ret_negative ? strtoull(text + *ret_negative, NULL, 10)
						       : 0;
	case json_type_double:
		d = json_object_get_double(o);
		*ret_negative = d < 0;
		d = d < 0 ? -d : d;
		return d >= (double)UINT64_MAX ? UINT64_MAX : (uint64_t)d;
	default: return 0;
	}
}

uint64_t json_object_get_uint64(const struct json_object *o)
{
	bool negative;
	uint64_t m = magnitude_of(o, &negative);

	return negative ? 0 : m;
}

int64_t json_object_get_int64(const struct json_object *o)
{
	bool negative;
	uint64_t m = magnitude_of(o, &negative);

	if (!negative)
		return (int64_t)MIN(m, (uint64_t)INT64_MAX);
	return m >= INT64_MIN_MAGNITUDE ? INT64_MIN : -(int64_t)m;
}

int32_t json_object_get_int(const struct json_object *o)
{
	int64_t v = json_object_get_int64(o);

	return (int32_t)(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
}

const char *json_object_get_string(struct json_object *o)
{
	if (!json_object_is_type(o, json_type_string))
		return o ? json_object_to_json_string(o) : NULL;
	return o->text.data ? o->text.data : "";
}

int json_object_get_string_len(const struct json_object *o)
{
	return json_object_is_type(o, json_type_string) ? (int)o->text.len : 0;
}

struct json_object *json_object_new_object(void)
{
	return json_own_new(json_type_object);
}

struct json_object *json_object_new_array(void)
{
	return json_own_new(json_type_array);
}

struct json_object *json_object_new_uint64(uint64_t v)
{
	struct json_object *o = json_own_new(json_type_int);

	if (o)
		o->magnitude = v;
	return o;
}

struct json_object *json_object_new_int64(int64_t v)
{
	struct json_object *o = json_object_new_uint64(v < 0 ? -(uint64_t)v : (uint64_t)v);

	if (o)
		o->negative = v < 0;
	return o;
}

struct json_object *json_object_new_string(const char *text)
{
	struct json_object *o = json_own_new(json_type_string);

	if (!o)
		return NULL;
	buf_add_str(&o->text, text);
	if (!o->text.error)
		return o;
	json_object_put(o);
	return NULL;
}

static struct json_member *find(const struct json_object *o, const char *key)
{
	if (json_object_is_type(o, json_type_object))
		for (size_t i = 0; i < o->count; i++)
			if (strcmp(o->items[i].key, key) == 0)
				return &o->items[i];
	return NULL;
}

int json_own_add(struct json_object *o, char *key, struct json_object *value)
{
	struct json_member *had = key ? find(o, key) : NULL, *more;

	if (had) {
		free(key);
		json_object_put(had->value);
		had->value = value;
		return 0;
	}
	if (o->count == o->room) {
		more = reallocarray(o->items, o->room ? o->room * 2 : 8, sizeof(*more));
		if (!more) {
			free(key);
			json_object_put(value);
			return -ENOMEM;
		}
		o->items = more;
		o->room = o->room ? o->room * 2 : 8;
	}
	o->items[o->count++] = (struct json_member){ .key = key, .value = value };
	return 0;
}

int json_object_object_add(struct json_object *o, const char *key, struct json_object *value)
{
	char *copy = strdup(key);

	if (!copy)
		json_object_put(value);
	return copy && json_own_add(o, copy, value) == 0 ? 0 : -1;
}

void json_object_object_del(struct json_object *o, const char *key)
{
	struct json_member *m = find(o, key);

	if (!m)
		return;
	free(m->key);
	json_object_put(m->value);
	memmove(m, m + 1, (size_t)(o->items + --o->count - m) * sizeof(*m));
}

int json_object_object_get_ex(const struct json_object *o, const char *key,
			      struct json_object **value)
{
	const struct json_member *m = find(o, key);

	if (value)
		*value = m ? m->value : NULL;
	return m != NULL;
}

struct json_object *json_object_object_get(const struct json_object *o, const char *key)
{
	const struct json_member *m = find(o, key);

	return m ? m->value : NULL;
}

int json_object_object_length(const struct json_object *o)
{
	return (int)o->count;
}

bool own_json_object_member(const struct json_object *o, size_t i, const char **key,
			    struct json_object **value)
{
	if (!json_object_is_type(o, json_type_object) || i >= o->count)
		return false;
	*key = o->items[i].key;
	*value = o->items[i].value;
	return true;
}

int json_object_array_add(struct json_object *o, struct json_object *value)
{
	return json_own_add(o, NULL, value) == 0 ? 0 : -1;
}

size_t json_object_array_length(const struct json_object *o)
{
	return o->count;
}

struct json_object *json_object_array_get_idx(const struct json_object *o, size_t i)
{
	return json_object_is_type(o, json_type_array) && i < o->count ? o->items[i].value : NULL;
}
