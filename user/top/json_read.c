/* SPDX-License-Identifier: Apache-2.0
 *
 * See json_read.h. json-c keeps 64-bit counters exact.
 */
#include <json-c/json.h>

#include "base/buf.h"
#include "top/json_read.h"

#define JSON_DEPTH 16 /* rows are flat; a deeper text is not ours */

struct json_object *json_parse(const char *text, size_t len)
{
	struct json_tokener *tok;
	struct json_object *root = NULL;

	if (len > INT32_MAX)
		return NULL;
	tok = json_tokener_new_ex(JSON_DEPTH);
	if (!tok)
		return NULL;
	root = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    json_tokener_get_parse_end(tok) != len) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tok);
	return root;
}

bool json_get_u64(struct json_object *value, uint64_t scale, uint64_t *ret)
{
	double d;

	if (json_object_is_type(value, json_type_int)) {
		if (json_object_get_int64(value) < 0)
			return false;
		*ret = json_object_get_uint64(value);
		return !__builtin_mul_overflow(*ret, scale, ret);
	}
	if (!json_object_is_type(value, json_type_double))
		return false;
	d = json_object_get_double(value) * (double)scale;
	if (!(d >= 0 && d < 1e18))
		return false;
	*ret = (uint64_t)d;
	return true;
}

bool json_member_u64(struct json_object *o, const char *key, uint64_t *ret)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_get_u64(v, 1, ret);
}

const char *json_member_text(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

void json_each_line(const struct buf *lines, void (*fn)(void *ctx, struct json_object *o),
		    void *ctx)
{
	const char *line;
	size_t at = 0, len;

	while (buf_next_line(lines, &at, &line, &len)) {
		struct json_object *o = json_parse(line, len);

		if (json_object_is_type(o, json_type_object))
			fn(ctx, o);
		json_object_put(o);
	}
}
