/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON values as text, as json-c writes them; see include/own/json-c/json.h.
 */
#include <inttypes.h>
#include <string.h>

#include "base/json_own.h"

static void add_char(struct buf *b, unsigned char c, int flags)
{
	static const char plain[] = "\b\n\r\t\f\"\\", letters[] = "bnrtf\"\\";
	const char *at = c ? strchr(plain, c) : NULL;

	if (at)
		buf_addf(b, "\\%c", letters[at - plain]);
	else if (c < ' ')
		buf_addf(b, "\\u%04x", c);
	else if (c == '/' && !(flags & JSON_C_TO_STRING_NOSLASHESCAPE))
		buf_add_str(b, "\\/");
	else
		buf_add_char(b, (char)c);
}

static void add_text(struct buf *b, const char *text, size_t len, int flags)
{
	buf_add_char(b, '"');
	for (size_t i = 0; i < len; i++)
		add_char(b, (unsigned char)text[i], flags);
	buf_add_char(b, '"');
}

/* A value in the middle of a text: what is left is its level's own place in it. */
static void add_value(struct buf *b, const struct json_object *o, int flags)
{
	const char *space = flags & JSON_C_TO_STRING_SPACED ? " " : "";
	bool object;

	switch (json_object_get_type(o)) {
	case json_type_null: buf_add_str(b, "null"); return;
	case json_type_boolean: buf_add_str(b, o->boolean ? "true" : "false"); return;
	case json_type_int: buf_addf(b, "%s%" PRIu64, o->negative ? "-" : "", o->magnitude); return;
	case json_type_double: buf_add(b, o->text.data, o->text.len); return;
	case json_type_string: add_text(b, o->text.data, o->text.len, flags); return;
	default: break;
	}
	object = o->type == json_type_object;
	buf_add_char(b, object ? '{' : '[');
	for (size_t i = 0; i < o->count; i++) {
		buf_addf(b, "%s%s", i ? "," : "", space);
		if (object) {
			add_text(b, o->items[i].key, strlen(o->items[i].key), flags);
			buf_addf(b, ":%s", space);
		}
		add_value(b, o->items[i].value, flags);
	}
	buf_add_str(b, space);
	buf_add_char(b, object ? '}' : ']');
}

const char *json_object_to_json_string_length(struct json_object *o, int flags, size_t *len)
{
	if (len)
		*len = strlen("null");
	if (!o)
		return "null";
	buf_clear(&o->printed);
	add_value(&o->printed, o, flags);
	if (len)
		*len = o->printed.len;
	return o->printed.error ? NULL : o->printed.data;
}

const char *json_object_to_json_string_ext(struct json_object *o, int flags)
{
	return json_object_to_json_string_length(o, flags, NULL);
}

const char *json_object_to_json_string(struct json_object *o)
{
	return json_object_to_json_string_ext(o, JSON_C_TO_STRING_SPACED);
}
