/* SPDX-License-Identifier: Apache-2.0
 *
 * What this product uses of json-c, for a build without that library (WITH_JSON_C=0):
 * found instead of its header, same names, same meaning, our own code (user/base/json_own*.c).
 * Smaller and slower: members are found one by one. Numbers are exact 64-bit integers, or
 * the text they came as. What json-c takes beyond RFC 8259 (comments, NaN) is refused.
 */
#ifndef OWN_JSON_C_JSON_H
#define OWN_JSON_C_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names of our own for the linker: the library may be there too. */
#define json_object_get own_json_object_get
#define json_object_put own_json_object_put
#define json_object_get_type own_json_object_get_type
#define json_object_is_type own_json_object_is_type
#define json_object_get_boolean own_json_object_get_boolean
#define json_object_get_int own_json_object_get_int
#define json_object_get_int64 own_json_object_get_int64
#define json_object_get_uint64 own_json_object_get_uint64
#define json_object_get_double own_json_object_get_double
#define json_object_get_string own_json_object_get_string
#define json_object_get_string_len own_json_object_get_string_len
#define json_object_new_object own_json_object_new_object
#define json_object_new_array own_json_object_new_array
#define json_object_new_int64 own_json_object_new_int64
#define json_object_new_uint64 own_json_object_new_uint64
#define json_object_new_string own_json_object_new_string
#define json_object_object_add own_json_object_object_add
#define json_object_object_del own_json_object_object_del
#define json_object_object_get own_json_object_object_get
#define json_object_object_get_ex own_json_object_object_get_ex
#define json_object_object_length own_json_object_object_length
#define json_object_array_add own_json_object_array_add
#define json_object_array_get_idx own_json_object_array_get_idx
#define json_object_array_length own_json_object_array_length
#define json_object_to_json_string own_json_object_to_json_string
#define json_object_to_json_string_ext own_json_object_to_json_string_ext
#define json_object_to_json_string_length own_json_object_to_json_string_length
#define json_tokener_new own_json_tokener_new
#define json_tokener_new_ex own_json_tokener_new_ex
#define json_tokener_free own_json_tokener_free
#define json_tokener_reset own_json_tokener_reset
#define json_tokener_set_flags own_json_tokener_set_flags
#define json_tokener_parse own_json_tokener_parse
#define json_tokener_parse_ex own_json_tokener_parse_ex
#define json_tokener_get_error own_json_tokener_get_error
#define json_tokener_get_parse_end own_json_tokener_get_parse_end
#define json_tokener_error_desc own_json_tokener_error_desc

/* NULL is the JSON null. */
struct json_object;
struct json_tokener;

enum json_type {
	json_type_null,
	json_type_boolean,
	json_type_double,
	json_type_int,
	json_type_object,
	json_type_array,
	json_type_string,
};

enum json_tokener_error {
	json_tokener_success,
	json_tokener_continue, /* the text ends within a value */
	json_tokener_error_depth,
	json_tokener_error_parse_unexpected,
	json_tokener_error_parse_utf8_string,
	json_tokener_error_size, /* no memory */
};

#define JSON_C_TO_STRING_PLAIN 0
#define JSON_C_TO_STRING_SPACED (1 << 0)
#define JSON_C_TO_STRING_NOSLASHESCAPE (1 << 4)
#define JSON_TOKENER_STRICT 0x01
#define JSON_TOKENER_VALIDATE_UTF8 0x10
#define JSON_TOKENER_DEFAULT_DEPTH 32

struct json_object *json_object_get(struct json_object *o);
int json_object_put(struct json_object *o); /* 1: it is gone */
enum json_type json_object_get_type(const struct json_object *o);
int json_object_is_type(const struct json_object *o, enum json_type type);
/* Of another type: what can be made of it, else 0. Integers are cut to their range. */
int json_object_get_boolean(const struct json_object *o);
int32_t json_object_get_int(const struct json_object *o);
int64_t json_object_get_int64(const struct json_object *o);
uint64_t json_object_get_uint64(const struct json_object *o);
double json_object_get_double(const struct json_object *o);
const char *json_object_get_string(struct json_object *o);
int json_object_get_string_len(const struct json_object *o);

/* NULL: no memory. */
struct json_object *json_object_new_object(void);
struct json_object *json_object_new_array(void);
struct json_object *json_object_new_int64(int64_t v);
struct json_object *json_object_new_uint64(uint64_t v);
struct json_object *json_object_new_string(const char *text);

/* Members keep the order they came in; a key stands once. Takes the value. -1: no memory. */
int json_object_object_add(struct json_object *o, const char *key, struct json_object *value);
void json_object_object_del(struct json_object *o, const char *key);
struct json_object *json_object_object_get(const struct json_object *o, const char *key);
int json_object_object_get_ex(const struct json_object *o, const char *key,
			      struct json_object **value);
int json_object_object_length(const struct json_object *o);
int json_object_array_add(struct json_object *o, struct json_object *value);
struct json_object *json_object_array_get_idx(const struct json_object *o, size_t i);
size_t json_object_array_length(const struct json_object *o);

/* Member number i; false behind the last. */
bool own_json_object_member(const struct json_object *o, size_t i, const char **key,
			    struct json_object **value);
#define json_object_object_foreach(o, key, value) \
	const char *key = NULL;                   \
	struct json_object *value = NULL;         \
	for (size_t at_##key = 0; own_json_object_member((o), at_##key, &key, &value); at_##key++)

/* The object's, until it is printed again or goes. */
const char *json_object_to_json_string(struct json_object *o); /* spaced */
const char *json_object_to_json_string_ext(struct json_object *o, int flags);
const char *json_object_to_json_string_length(struct json_object *o, int flags, size_t *len);

struct json_tokener *json_tokener_new(void);
struct json_tokener *json_tokener_new_ex(int depth);
void json_tokener_free(struct json_tokener *t);
void json_tokener_reset(struct json_tokener *t);
void json_tokener_set_flags(struct json_tokener *t, int flags);
/* A whole value; what follows it is an error with JSON_TOKENER_STRICT only. len -1: up to
 * the NUL. NULL is null, or an error. */
struct json_object *json_tokener_parse_ex(struct json_tokener *t, const char *text, int len);
struct json_object *json_tokener_parse(const char *text);
enum json_tokener_error json_tokener_get_error(struct json_tokener *t);
size_t json_tokener_get_parse_end(struct json_tokener *t);
const char *json_tokener_error_desc(enum json_tokener_error error);

#endif
