/* SPDX-License-Identifier: Apache-2.0
 *
 * Records in, every format out: text stays one line of valid UTF-8, JSON parses, CEF
 * has as many header fields as it must, LEEF no key twice.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "sink/format.h"
#include "sink/otlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct buf *doc)
{
	struct buf again _cleanup_buf_ = BUF_INIT;

	if (!doc->len || memchr(doc->data, '\n', doc->len) || memchr(doc->data, '\0', doc->len))
		abort();
	utf8_add(&again, doc->data, doc->len);
	if (again.len != doc->len)
		abort();
}

static void check_json(const struct buf *doc)
{
	struct json_tokener *tokener = json_tokener_new_ex(32);
	struct json_object *o = json_tokener_parse_ex(tokener, doc->data, (int)doc->len);

	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    !json_object_is_type(o, json_type_object))
		abort();
	json_object_put(o);
	json_tokener_free(tokener);
}

/* Seven bars that are not escaped. */
static void check_cef(const struct buf *doc)
{
	const char *p = doc->data, *end = doc->data + doc->len;
	int bars = 0;

	for (; p < end && bars < 7; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '|')
			bars++;
	}
	if (bars != 7 || strncmp(p, "rt=", 3) != 0)
		abort();
}

static void check_leef(const struct buf *doc)
{
	int bars = 0;

	for (size_t i = 0; i < doc->len; i++)
		bars += doc->data[i] == '|';
	if (bars != 6)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "ecs",         "ocsf", "cef", "leef", "syslog",
					     "cloudevents", "hec",  "row", "otlp" };
	struct format_options options = { .cef_standard = size & 1, .cef_wide_integers = size & 2 };
	struct record r _cleanup_record_ = { 0 };
	char message[64];
	uint64_t rejected;

	(void)otlp_response(data, size, &rejected, message, sizeof(message));
	if (record_parse((const char *)data, size, &r) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct buf doc _cleanup_buf_ = BUF_INIT;
		const struct format *f = format_find(names[i]);

		if (f->fn(&r, &options, &doc) < 0)
			abort();
		if (f->text)
			check_line(&doc);
		if (doc.data[0] == '{')
			check_json(&doc);
		if (f->fn == format_cef)
			check_cef(&doc);
		if (f->fn == format_leef)
			check_leef(&doc);
	}
	return 0;
}
