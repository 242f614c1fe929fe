/* SPDX-License-Identifier: Apache-2.0
 *
 * Clean text, its width, and JSON values in words; see text.h.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Characters that move the cursor, change the direction of text or hide it. */
static bool is_harmful(wchar_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* One character of valid UTF-8; returns its bytes. */
static size_t decode(const char *s, wchar_t *ret)
{
	mbstate_t state = { 0 };
	size_t n = mbrtowc(ret, s, MB_LEN_MAX, &state);

	if (n == 0 || n > MB_LEN_MAX) {
		*ret = (unsigned char)*s;
		return 1;
	}
	return n;
}

void text_add(struct buf *out, const char *s)
{
	_cleanup_buf_ struct buf valid = BUF_INIT;
	const char *p;

	utf8_add(&valid, s, strlen(s));
	for (p = valid.data ? valid.data : ""; *p;) {
		wchar_t c;
		size_t n = decode(p, &c);

		if (is_harmful(c))
			buf_add_str(out, REPLACEMENT);
		else
			buf_add(out, p, n);
		p += n;
	}
}

size_t text_width(const char *s)
{
	size_t width = 0;

	while (*s) {
		wchar_t c;
		size_t n = decode(s, &c);
		int w = wcwidth(c);

		width += w < 0 ? 1 : (size_t)w;
		s += n;
	}
	return width;
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcmp(s + len - n, end) == 0;
}

/* Keys of alerts that are bytes without saying so (docs/json.md). */
static bool is_bytes(const char *key)
{
	static const char *const names[] = { "tx_total", "observed", "allowed",
					     "baseline", "floor",    "day_total" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return ends_with(key, "bytes");
}

static bool is_time(const char *key)
{
	return strcmp(key, "ts") == 0 || ends_with(key, ".ts") || ends_with(key, "_ts");
}

static void add_number(struct buf *out, const char *key, struct json_object *value)
{
	uint64_t v = json_object_get_uint64(value);

	if (json_object_is_type(value, json_type_double) || json_object_get_int64(value) < 0) {
		buf_add_str(out, json_object_get_string(value));
	} else if (is_bytes(key)) {
		format_bytes(out, v);
	} else if (ends_with(key, "_bps") || strstr(key, "rate_")) {
		format_bytes(out, v);
		buf_add_str(out, "/s");
	} else if (ends_with(key, "_s")) {
		format_duration(out, v);
	} else if (ends_with(key, "_ms") || ends_with(key, "_us")) {
		buf_addf(out, "%" PRIu64 " %s", v, key + strlen(key) - 2);
	} else if (is_time(key)) {
		char time[32];

		format_time(time, (int64_t)v);
		buf_add_str(out, time);
	} else {
		buf_addf(out, "%" PRIu64, v);
	}
}

static void add_list(struct buf *out, const char *key, struct json_object *value)
{
	size_t n = json_object_array_length(value);

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_str(out, ", ");
		text_add_value(out, key, json_object_array_get_idx(value, i));
	}
	if (n == 0)
		buf_add_str(out, "none");
}

static void add_object(struct buf *out, struct json_object *value)
{
	bool first = true;

	json_object_object_foreach(value, key, member)
	{
		if (!first)
			buf_add_str(out, ", ");
		first = false;
		text_add(out, key);
		buf_add_char(out, ' ');
		text_add_value(out, key, member);
	}
	if (first)
		buf_add_str(out, "none");
}

void text_add_value(struct buf *out, const char *key, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null: buf_add_str(out, "unknown"); break;
	case json_type_boolean:
		buf_add_str(out, json_object_get_boolean(value) ? "yes" : "no");
		break;
	case json_type_int:
	case json_type_double: add_number(out, key, value); break;
	case json_type_string: text_add(out, json_object_get_string(value)); break;
	case json_type_array: add_list(out, key, value); break;
	case json_type_object: add_object(out, value); break;
	}
}

const char *text_bold(const struct ctl *ctl)
{
	return ctl->color ? "\033[1m" : "";
}

const char *text_plain(const struct ctl *ctl)
{
	return ctl->color ? "\033[0m" : "";
}

const char *text_level_color(const struct ctl *ctl, const char *level)
{
	if (!ctl->color)
		return "";
	return strcmp(level, "page") == 0     ? "\033[1;31m"
	       : strcmp(level, "ticket") == 0 ? "\033[33m"
					      : "";
}

int text_print_members(const struct ctl *ctl, const struct rows *rows)
{
	size_t width = 0;

	for (size_t i = 0; i < rows->count; i++) {
		json_object_object_foreach(rows->item[i], name, unused)
		{
			(void)unused;
			width = MAX(width, text_width(name));
		}
	}
	for (size_t i = 0; i < rows->count; i++) {
		json_object_object_foreach(rows->item[i], key, value)
		{
			_cleanup_buf_ struct buf text = BUF_INIT;

			text_add_value(&text, key, value);
			printf("%s%-*s%s  %s\n", text_bold(ctl), (int)width, key, text_plain(ctl),
			       text.data ? text.data : "");
		}
	}
	return CTL_OK;
}
