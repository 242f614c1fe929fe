/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading one JSON row; see row.h.
 */
#include <inttypes.h>
#include <json-c/json.h>

#include "base/units.h"
#include "ctl/row.h"
#include "ctl/text.h"

#define U64_LIMIT 18446744073709551616.0 /* 2^64 */
#define JSON_DEPTH 32                    /* answers are nearly flat */

struct json_object *row_parse(const char *line, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *o = NULL;

	if (!tok)
		return NULL;
	o = json_tokener_parse_ex(tok, line, (int)len);
	json_tokener_free(tok);
	if (json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

const char *row_text(struct json_object *row, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(row, key, &v) || !v)
		return "";
	return json_object_get_string(v);
}

bool row_u64(struct json_object *row, const char *key, uint64_t *ret)
{
	struct json_object *v;
	double d;

	if (!json_object_object_get_ex(row, key, &v))
		return false;
	if (json_object_is_type(v, json_type_double)) {
		d = json_object_get_double(v);
		if (!(d >= 0 && d < U64_LIMIT))
			return false;
		*ret = (uint64_t)d;
		return true;
	}
	if (!json_object_is_type(v, json_type_int) || json_object_get_int64(v) < 0)
		return false;
	*ret = json_object_get_uint64(v);
	return true;
}

bool row_bool(struct json_object *row, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(row, key, &v) && json_object_get_boolean(v);
}

void cell_text(struct table *t, struct json_object *row, const char *key)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add(&text, row_text(row, key));
	table_add(t, text.data ? text.data : "");
}

void cell_short(struct table *t, struct json_object *row, const char *key)
{
	char text[8] = "";
	uint64_t v;

	if (row_u64(row, key, &v))
		format_short(text, v);
	table_add(t, text);
}

void cell_number(struct table *t, struct json_object *row, const char *key)
{
	char text[24] = "";
	uint64_t v;

	if (row_u64(row, key, &v))
		(void)snprintf(text, sizeof(text), "%" PRIu64, v);
	table_add(t, text);
}
