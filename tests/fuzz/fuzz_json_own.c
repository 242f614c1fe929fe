/* SPDX-License-Identifier: Apache-2.0
 *
 * Our own reading and writing of JSON beside json-c's: what ours takes, json-c takes and
 * writes in the same words; written and read again it is the same. (json-c takes more.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "own/json-c/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4096, DEPTH = 32 };

/* The library's own, whose names the header above has for ours. */
#undef json_tokener_new_ex
#undef json_tokener_free
#undef json_tokener_set_flags
#undef json_tokener_parse_ex
#undef json_object_put
#undef json_object_to_json_string_ext
struct json_tokener *json_tokener_new_ex(int depth);
void json_tokener_free(struct json_tokener *t);
void json_tokener_set_flags(struct json_tokener *t, int flags);
struct json_object *json_tokener_parse_ex(struct json_tokener *t, const char *text, int len);
int json_object_put(struct json_object *o);
const char *json_object_to_json_string_ext(struct json_object *o, int flags);

/* Where the two differ and both may: integers above 64 bits, minus zero, NUL in texts. */
static bool is_special(const char *text)
{
	size_t digits = 0;

	for (const char *c = text; *c; c++) {
		digits = *c >= '0' && *c <= '9' ? digits + 1 : 0;
		if (digits > 18)
			return true;
	}
	return strstr(text, "-0") || strstr(text, "\\u0000");
}

/* The caller's to free; NULL: refused, or null. */
static char *by_ours(const char *text)
{
	struct json_tokener *t = own_json_tokener_new_ex(DEPTH);
	struct json_object *o;
	char *out;

	own_json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = own_json_tokener_parse_ex(t, text, (int)strlen(text));
	if (own_json_tokener_get_parse_end(t) > strlen(text) ||
	    (o && own_json_tokener_get_error(t) != json_tokener_success))
		abort();
	out = o ? strdup(own_json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) : NULL;
	own_json_tokener_free(t);
	own_json_object_put(o);
	return out;
}

static char *by_library(const char *text)
{
	struct json_tokener *t = json_tokener_new_ex(DEPTH);
	struct json_object *o;
	char *out;

	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, (int)strlen(text) + 1);
	out = o ? strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) : NULL;
	json_tokener_free(t);
	json_object_put(o);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], *ours, *again, *theirs;

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	ours = by_ours(text);
	if (!ours)
		return 0;
	again = by_ours(ours);
	if (!again || strcmp(again, ours) != 0)
		abort();
	theirs = is_special(text) ? NULL : by_library(text);
	if (!is_special(text) && (!theirs || strcmp(theirs, ours) != 0))
		abort();
	free(ours);
	free(again);
	free(theirs);
	return 0;
}
