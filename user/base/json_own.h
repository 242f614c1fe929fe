/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by json_own*.c only: how a value is held, where a reader is in its text.
 */
#ifndef BASE_JSON_OWN_H
#define BASE_JSON_OWN_H

#include "base/buf.h"
#include "own/json-c/json.h"

struct json_member {
	char *key;
	struct json_object *value;
};

struct json_object {
	enum json_type type;
	unsigned int refs;
	bool boolean;
	bool negative;             /* of an int */
	uint64_t magnitude;        /* of an int, without its sign */
	struct buf text;           /* a string's bytes; a double's digits as they came */
	struct buf printed;        /* as it was printed last */
	struct json_member *items; /* of an object, or of an array, without keys */
	size_t count, room;
};

struct json_tokener {
	int depth, flags;
	enum json_tokener_error error;
	const char *begin, *at, *end; /* of the text that is read */
};

/* Both are false. What is wrong first is what is told; unexpected: here something else
 * was to come, the text has ended or is none of JSON. */
bool json_own_fail(struct json_tokener *t, enum json_tokener_error error);
bool json_own_unexpected(struct json_tokener *t);
/* Takes this character, if it is next. */
bool json_own_take(struct json_tokener *t, char c);
/* A string behind its opening quote, without its escapes. */
bool json_own_text(struct json_tokener *t, struct buf *b);

/* A value of its own; NULL: no memory. */
struct json_object *json_own_new(enum json_type type);
/* Takes key (NULL in an array) and value, also when it fails. -ENOMEM */
int json_own_add(struct json_object *o, char *key, struct json_object *value);

#endif
