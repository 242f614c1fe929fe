/* SPDX-License-Identifier: Apache-2.0
 *
 * Request bodies, by json-c in its strict mode: UTF-8 checked, nesting bounded,
 * nothing behind the object.
 */
#include "serve/request.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

/* Our requests are flat; a list of filters in one needs two levels. */
#define REQUEST_DEPTH_MAX 8

static struct json_object *parse_strict(const char *text, size_t len, const char **ret_why)
{
	struct json_tokener *tokener = json_tokener_new_ex(REQUEST_DEPTH_MAX);
	struct json_object *object;

	*ret_why = NULL;
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)len);
	if (!object || json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != len) {
		enum json_tokener_error error = json_tokener_get_error(tokener);

		*ret_why = error == json_tokener_success    ? "not one JSON object"
			   : error == json_tokener_continue ? "JSON ends early"
							    : json_tokener_error_desc(error);
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

int request_parse(const char *text, size_t len, struct json_object **ret_object,
		  const char **ret_op, const char **ret_why)
{
	struct json_object *object, *op = NULL;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--; /* json-c's strict mode takes even a final newline for a second value */
	object = parse_strict(text, len, ret_why);
	if (!object)
		return *ret_why ? -EINVAL : -ENOMEM;
	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, "op", &op) ||
	    !json_object_is_type(op, json_type_string)) {
		json_object_put(object);
		*ret_why = "not an object with a string \"op\"";
		return -EINVAL;
	}
	*ret_object = object;
	*ret_op = json_object_get_string(op);
	return 0;
}
