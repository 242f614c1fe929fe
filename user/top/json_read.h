/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading JSON that others wrote: the daemon's answers and recorded lines. Wrong types
 * count as missing.
 */
#ifndef TOP_JSON_READ_H
#define TOP_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct json_object;

/* Parses one whole JSON text (strict UTF-8 is not demanded). NULL: it is not one. */
struct json_object *json_parse(const char *text, size_t len);

/* Calls fn for each line of `lines` that is an object; others are passed over. */
void json_each_line(const struct buf *lines, void (*fn)(void *ctx, struct json_object *o),
		    void *ctx);

/* A value as u64; false for null, other types, negative or fractional where `scale` is 1.
 * A double is multiplied by scale. */
bool json_get_u64(struct json_object *value, uint64_t scale, uint64_t *ret);

/* A member that is a whole number >= 0; *ret stays as it was if there is none. */
bool json_member_u64(struct json_object *o, const char *key, uint64_t *ret);

/* A member that is a text, alive as long as the object; NULL if there is none. */
const char *json_member_text(struct json_object *o, const char *key);

#endif
