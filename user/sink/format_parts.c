/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying members by table; see format_parts.h.
 */
#include "sink/format_parts.h"

#include <json-c/json.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"

static bool add_text(struct buf *b, const struct part *p, const char *text)
{
	const char *slash = strrchr(text, '/');

	switch (p->type) {
	case PART_PATH:
		if (text[0] != '/')
			return false;
		break;
	case PART_TIME:
		if (strlen(text) < 20 || text[4] != '-')
			return false;
		break;
	case PART_NAME:
		if (slash && slash[1])
			text = slash + 1;
		break;
	case PART_LIST:
		jsonw_key(b, p->to);
		jsonw_open(b, '[');
		jsonw_str(b, NULL, text);
		jsonw_close(b, ']');
		return true;
	default: break;
	}
	jsonw_str(b, p->to, text);
	return true;
}

static bool add_part(struct buf *b, const struct record *r, const struct part *p)
{
	struct json_object *v;
	const char *text;

	if (p->type != PART_NUMBER && p->type != PART_BOOL) {
		text = record_str(r, p->from);
		return text && add_text(b, p, text);
	}
	if (!json_object_object_get_ex(r->root, p->from, &v))
		return false;
	if (p->type == PART_BOOL && json_object_is_type(v, json_type_boolean)) {
		jsonw_bool(b, p->to, json_object_get_boolean(v));
		return true;
	}
	if (p->type != PART_NUMBER ||
	    !(json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double)))
		return false;
	jsonw_key(b, p->to);
	buf_add_str(b, json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN));
	return true;
}

void format_parts(struct buf *b, const struct record *r, const struct part *parts, size_t count)
{
	const char *written = "";

	for (size_t i = 0; i < count; i++)
		if (strcmp(parts[i].to, written) != 0 && add_part(b, r, &parts[i]))
			written = parts[i].to;
}

int format_take(const struct buf *doc, struct buf *out)
{
	if (doc->error)
		return doc->error;
	buf_add(out, doc->data, doc->len);
	return out->error;
}

const char *format_dataset(const struct record *r)
{
	return r->kind == RECORD_ALERT  ? "egressd.alert"
	       : r->kind == RECORD_FLOW ? "egressd.flow"
					: "egressd.sensor";
}

const char *format_counts(const struct record *r)
{
	return r->kind == RECORD_ALERT  ? "since_incident"
	       : r->kind == RECORD_FLOW ? "since_flow_began"
					: "since_counters_began";
}

void format_add_plain(struct buf *b, const char *text, size_t max)
{
	size_t len = strlen(text), from;

	if (len > max) {
		len = max;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--; /* not within a character */
	}
	from = b->len;
	for (size_t i = 0; i < len; i++)
		buf_add_char(b, (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i]);
	while (!b->error && b->len > from && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}
