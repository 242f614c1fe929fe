/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying members by table; see format_parts.h.
 */
#include "sink/format_parts.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
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
	char digits[24];
	uint64_t id;

	if (p->type == PART_ID && record_u64(r, p->from, &id)) {
		(void)snprintf(digits, sizeof(digits), "%" PRIu64, id);
		jsonw_str(b, p->to, digits);
		return true;
	}
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
	text = p->type == PART_NUMBER ? record_number(r, p->from) : NULL;
	if (!text)
		return false;
	jsonw_key(b, p->to);
	buf_add_str(b, text);
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
	static const char *const names[] = {
		[RECORD_ALERT] = "egressd.alert", [RECORD_FLOW] = "egressd.flow",
		[RECORD_READ] = "egressd.read",   [RECORD_HEARTBEAT] = "egressd.sensor",
		[RECORD_GAP] = "egressd.sensor",  [RECORD_AUDIT] = "egressd.audit",
	};

	return names[r->kind];
}

const char *format_kind(const struct record *r)
{
	return strchr(format_dataset(r), '.') + 1;
}

const char *format_layer(const struct record *r)
{
	return r->has_bytes ? "payload" : r->has_read ? "file_read" : NULL;
}

const char *format_counts(const struct record *r)
{
	if (!r->has_bytes && !r->has_read)
		return NULL;
	return r->delta                  ? "interval"
	       : r->kind == RECORD_ALERT ? "since_incident"
	       : r->kind == RECORD_FLOW  ? "since_flow_began"
	       : r->kind == RECORD_READ  ? "since_process_began"
					 : "since_counters_began";
}

const char *format_aggregation(const struct record *r)
{
	return !r->has_bytes && !r->has_read ? NULL : r->delta ? "delta" : "total";
}

const char *format_initiation(const struct record *r)
{
	const char *said = record_str(r, "egress.initiation");

	return said || !r->has_bytes ? said : "mixed";
}

const char *format_unit(const struct record *r)
{
	const char *rule = record_str(r, "rule");

	return rule && strcmp(rule, "fan") == 0 ? "Destinations" : "Bytes";
}

const char *format_process(const struct record *r)
{
	const char *name = record_str(r, "process.name");
	const char *slash = name ? strrchr(name, '/') : NULL;

	return slash && slash[1] ? slash + 1 : name;
}

bool format_image(const struct record *r, struct image_name *ret)
{
	const char *text = record_str(r, "container.image.name"), *base, *end, *colon;

	if (!text)
		return false;
	base = strrchr(text, '/');
	base = base ? base : text;
	end = strchr(base, '@'); /* a digest is no tag */
	end = end ? end : base + strlen(base);
	colon = memchr(base, ':', (size_t)(end - base));
	*ret = (struct image_name){ .name = text, .tag = end };
	ret->name_len = (int)((colon ? colon : end) - text);
	if (colon) {
		ret->tag = colon + 1;
		ret->tag_len = (int)(end - colon - 1);
	}
	return ret->name_len > 0;
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
