/* SPDX-License-Identifier: Apache-2.0
 *
 * The first lines of a trace: which form it is, its interval, the size of the
 * database.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "replay/trace_int.h"

const char *const trace_column_names[TRACE_COLUMNS] = {
	"ts",   "host",  "exe",  "comm",  "container", "user", "dst",
	"port", "proto", "init", "scope", "tx",        "rd",
};

const unsigned char trace_column_lens[TRACE_COLUMNS] = { 2, 4, 3, 4, 9, 4, 3, 4, 5, 4, 5, 2, 2 };

static const char csv_magic[] = "#egress-trace";

int trace_column_find(const char *name, size_t len)
{
	for (int i = 0; i < TRACE_COLUMNS; i++)
		if (trace_column_lens[i] == len && !memcmp(trace_column_names[i], name, len))
			return i;
	return -1;
}

void trace_ignore(struct trace_reader *r, const char *name, size_t len)
{
	for (size_t i = 0; i < r->ignored_count; i++)
		if (strlen(r->ignored[i]) == len && !memcmp(r->ignored[i], name, len))
			return;
	if (r->ignored_count == TRACE_IGNORED_MAX)
		return;
	r->ignored[r->ignored_count] = strndup(name, len);
	if (r->ignored[r->ignored_count]) /* without memory: the name is not told */
		r->ignored_count++;
}

static int set_version(struct trace_reader *r, uint64_t version)
{
	if (version != TRACE_VERSION)
		return trace_fail(r, "trace version %" PRIu64 "; this program reads version %d",
				  version, TRACE_VERSION);
	return 0;
}

static int set_interval(struct trace_reader *r, uint64_t interval_s)
{
	if (interval_s < 1 || interval_s > TRACE_INTERVAL_MAX_S)
		return trace_fail(r, "interval_s must be 1 to %d seconds", TRACE_INTERVAL_MAX_S);
	r->interval_s = (uint32_t)interval_s;
	return 0;
}

static int set_number(struct trace_reader *r, const char *key, size_t key_len,
		      const struct slice *value)
{
	uint64_t v = 0;

	if (trace_parse_count(value, TRACE_BYTES_MAX, &v) < 0)
		return trace_fail(r, "%.*s=%.*s is not a whole number in range", (int)key_len, key,
				  (int)MIN(value->len, 64U), value->p);
	if (key_len == 7 && !memcmp(key, "version", 7))
		return set_version(r, v);
	if (key_len == 10 && !memcmp(key, "interval_s", 10))
		return set_interval(r, v);
	if (key_len == 8 && !memcmp(key, "db_bytes", 8)) {
		r->db_bytes = v;
		return 0;
	}
	return trace_fail(r, "unknown header key \"%.*s\"; known: version, interval_s, db_bytes",
			  (int)MIN(key_len, 64U), key);
}

/* "#egress-trace version=1 interval_s=300 db_bytes=N" */
static int read_csv_magic(struct trace_reader *r, const char *line, size_t len)
{
	const char *p = line + sizeof(csv_magic) - 1, *end = line + len;

	while (p < end) {
		const char *word = p, *equals;
		struct slice value;
		int err;

		if (*p == ' ' || *p == '\t' ||
		    *p == ',') { /* a spreadsheet may have added commas */
			p++;
			continue;
		}
		while (p < end && *p != ' ' && *p != '\t' && *p != ',')
			p++;
		equals = memchr(word, '=', (size_t)(p - word));
		if (!equals)
			return trace_fail(r, "\"%.*s\" is not KEY=VALUE",
					  (int)MIN((size_t)(p - word), 64U), word);
		value.p = equals + 1;
		value.len = (size_t)(p - value.p);
		err = set_number(r, word, (size_t)(equals - word), &value);
		if (err)
			return err;
	}
	return 0;
}

static int read_csv_columns(struct trace_reader *r, const char *line, size_t len)
{
	struct slice names[TRACE_CSV_FIELDS_MAX];
	bool seen[TRACE_COLUMNS] = { false };
	int err = trace_csv_split(r, line, len, names, &r->csv_count);

	if (err < 0)
		return err;
	for (size_t i = 0; i < r->csv_count; i++) {
		int column = trace_column_find(names[i].p, names[i].len);

		r->csv_column[i] = column;
		if (column < 0) {
			trace_ignore(r, names[i].p, names[i].len);
			continue;
		}
		if (seen[column])
			return trace_fail(r, "column \"%s\" is there twice",
					  trace_column_names[column]);
		seen[column] = true;
	}
	if (!seen[COL_TS] || (!seen[COL_TX] && !seen[COL_RD]))
		return trace_fail(r,
				  "not a trace: a CSV header with \"ts\" and \"tx\", or a JSON "
				  "line {\"trace\":\"egress\",\"version\":1,...}, must come first");
	r->form = TRACE_CSV;
	return 0;
}

/* An integer member; absent is 0 with *ret untouched. */
static int json_member(struct trace_reader *r, struct json_object *o, const char *key,
		       uint64_t *ret)
{
	struct json_object *value;
	struct slice s;

	if (!json_object_object_get_ex(o, key, &value) || !value)
		return 0;
	s.p = json_object_to_json_string(value);
	s.len = strlen(s.p);
	if (trace_parse_count(&s, TRACE_BYTES_MAX, ret) < 0)
		return trace_fail(r, "\"%s\" must be a whole number in range", key);
	return 0;
}

static int read_json_header(struct trace_reader *r, const char *line, size_t len)
{
	_cleanup_free_ char *copy = strndup(line, len);
	uint64_t version = TRACE_VERSION, interval_s = 0;
	struct json_object *o, *kind;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	o = json_tokener_parse(copy);
	if (!o || !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, "trace", &kind) ||
	    !json_object_is_type(kind, json_type_string) ||
	    strcmp(json_object_get_string(kind), "egress") != 0)
		err = trace_fail(r, "not a trace: the first line must be "
				    "{\"trace\":\"egress\",\"version\":1,\"interval_s\":60}");
	if (!err)
		err = json_member(r, o, "version", &version);
	if (!err)
		err = set_version(r, version);
	if (!err)
		err = json_member(r, o, "interval_s", &interval_s);
	if (!err && json_object_object_get_ex(o, "interval_s", NULL))
		err = set_interval(r, interval_s);
	if (!err)
		err = json_member(r, o, "db_bytes", &r->db_bytes);
	json_object_put(o);
	r->form = TRACE_JSON;
	return err;
}

static int first_line(struct trace_reader *r, const char **ret, size_t *ret_len)
{
	int rc = trace_input_line(r->input, ret, ret_len);

	if (rc == 0)
		return trace_fail(r, "empty: not a trace");
	if (rc < 0)
		return rc;
	if (*ret_len >= 3 && !memcmp(*ret, "\xef\xbb\xbf", 3)) { /* byte order mark */
		*ret += 3;
		*ret_len -= 3;
	}
	return 0;
}

int trace_read_header(struct trace_reader *r)
{
	const char *line;
	size_t len;
	int err = first_line(r, &line, &len);

	if (err)
		return err;
	if (len && line[0] == '{')
		return read_json_header(r, line, len);
	if (len >= sizeof(csv_magic) - 1 && !memcmp(line, csv_magic, sizeof(csv_magic) - 1)) {
		err = read_csv_magic(r, line, len);
		if (err)
			return err;
		err = trace_input_line(r->input, &line, &len);
		if (err == 0)
			return trace_fail(r, "ends behind its first line: the column names are "
					     "missing");
		if (err < 0)
			return err;
	}
	return read_csv_columns(r, line, len);
}
