/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON rows of a trace. Nearly every line is flat with plain strings and whole
 * numbers, and is scanned by hand; anything else goes through json-c.
 */
#include <endian.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "replay/trace_int.h"

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* Eight bytes at once: the high bit of each byte that ends plain text, which is a
 * quote, a backslash or a control character. */
static uint64_t ends_of_plain(uint64_t v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t quote = v ^ (ones * '"'), back = v ^ (ones * '\\');

	return (((quote - ones) & ~quote) | ((back - ones) & ~back) | ((v - ones * 0x20) & ~v)) &
	       high;
}

static const char *skip_plain(const char *p, const char *end)
{
	uint64_t v;

	while (end - p >= (ptrdiff_t)sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		v = ends_of_plain(le64toh(v));
		if (v)
			return p + __builtin_ctzll(v) / 8; /* the lowest mark is exact */
		p += sizeof(v);
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/* p at the opening quote; returns the byte behind the closing one, NULL if unusual. */
static const char *scan_string(const char *p, const char *end, struct slice *ret)
{
	const char *start = ++p;

	p = skip_plain(p, end);
	if (p == end || *p != '"')
		return NULL;
	ret->p = start;
	ret->len = (size_t)(p - start);
	return p + 1;
}

/* A string, a whole number or null; NULL if anything else. */
static const char *scan_value(const char *p, const char *end, struct slice *ret)
{
	const char *start = p;

	if (p < end && *p == '"')
		return scan_string(p, end, ret);
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (p > start) {
		ret->p = start;
		ret->len = (size_t)(p - start);
		return *start == '0' && ret->len > 1 ? NULL : p;
	}
	if (end - p >= 4 && !memcmp(p, "null", 4)) {
		ret->p = p;
		ret->len = 0;
		return p + 4;
	}
	return NULL;
}

/* Writers keep one order of keys: the column behind the last one is tried first. */
static int column_after(int last, const struct slice *key)
{
	int guess = last + 1 < TRACE_COLUMNS ? last + 1 : 0;

	if (trace_column_lens[guess] == key->len &&
	    !memcmp(trace_column_names[guess], key->p, key->len))
		return guess;
	return trace_column_find(key->p, key->len);
}

int trace_json_fast(struct trace_reader *r, const char *line, size_t len, struct trace_fields *ret)
{
	const char *p = line, *end = line + len;
	struct slice key, value;
	int column = -1;

	memset(ret, 0, sizeof(*ret));
	p = skip_space(p, end);
	if (p == end || *p != '{')
		return 0;
	do {
		p = skip_space(p + 1, end);
		if (p == end || *p != '"' || !(p = scan_string(p, end, &key)))
			return 0;
		p = skip_space(p, end);
		if (p == end || *p != ':')
			return 0;
		p = scan_value(skip_space(p + 1, end), end, &value);
		if (!p)
			return 0;
		column = column_after(column, &key);
		if (column < 0) {
			trace_ignore(r, key.p, key.len);
		} else {
			ret->col[column] = value;
			/* a key given twice: the last one counts */
			ret->filled &= ~(1U << column);
			ret->filled |= (uint32_t)(value.len > 0) << column;
		}
		p = skip_space(p, end);
	} while (p < end && *p == ',');
	return p < end && *p == '}' && skip_space(p + 1, end) == end;
}

/* Whole numbers may come as 1e9 or 12.0; json-c keeps the text of other doubles. */
static void slice_of_double(struct trace_reader *r, int column, struct json_object *value,
			    struct slice *ret)
{
	double d = json_object_get_double(value);

	if (d >= 0 && d < (double)TRACE_BYTES_MAX && (double)(uint64_t)d == d) {
		ret->len = (size_t)snprintf(r->number_text[column], sizeof(r->number_text[column]),
					    "%.0f", d);
		ret->p = r->number_text[column];
	} else {
		ret->p = json_object_to_json_string(value);
		ret->len = strlen(ret->p);
	}
}

static int slice_of_value(struct trace_reader *r, int column, struct json_object *value,
			  struct slice *ret)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		ret->p = "";
		ret->len = 0;
		return 0;
	case json_type_string:
		ret->p = json_object_get_string(value);
		ret->len = (size_t)json_object_get_string_len(value);
		if (memchr(ret->p, '\0', ret->len))
			return trace_fail(r, "\"%s\" holds a NUL character",
					  trace_column_names[column]);
		return 0;
	case json_type_int:
		ret->p = json_object_to_json_string(value);
		ret->len = strlen(ret->p);
		return 0;
	case json_type_double: slice_of_double(r, column, value, ret); return 0;
	default:
		return trace_fail(r, "\"%s\" must be a string or a number",
				  trace_column_names[column]);
	}
}

static int parse_slow(struct trace_reader *r, const char *line, size_t len)
{
	enum json_tokener_error why;

	json_object_put(r->object);
	r->object = NULL;
	if (!r->tokener) {
		r->tokener = json_tokener_new();
		if (!r->tokener)
			return -ENOMEM;
		json_tokener_set_flags(r->tokener, JSON_TOKENER_STRICT);
	}
	json_tokener_reset(r->tokener);
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--; /* strict, it would take them for more */
	/* TRACE_LINE_MAX < INT_MAX */
	r->object = json_tokener_parse_ex(r->tokener, line, (int)len);
	why = json_tokener_get_error(r->tokener);
	if (why == json_tokener_continue)
		return trace_fail(r, "not a complete JSON object on one line");
	if (why != json_tokener_success)
		return trace_fail(r, "not JSON: %s at column %zu", json_tokener_error_desc(why),
				  json_tokener_get_parse_end(r->tokener) + 1);
	if (!json_object_is_type(r->object, json_type_object))
		return trace_fail(r, "not a JSON object");
	return 0;
}

int trace_json_fields(struct trace_reader *r, const char *line, size_t len,
		      struct trace_fields *ret)
{
	int err;

	if (trace_json_fast(r, line, len, ret))
		return 0;
	err = parse_slow(r, line, len);
	if (err)
		return err;
	memset(ret, 0, sizeof(*ret));
	json_object_object_foreach(r->object, key, value)
	{
		int column = trace_column_find(key, strlen(key));

		if (column < 0) {
			trace_ignore(r, key, strlen(key));
			continue;
		}
		err = slice_of_value(r, column, value, &ret->col[column]);
		if (err)
			return err;
		ret->filled |= (uint32_t)(ret->col[column].len > 0) << column;
	}
	return 0;
}
