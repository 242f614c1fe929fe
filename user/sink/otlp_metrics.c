/* SPDX-License-Identifier: Apache-2.0
 *
 * A page of Prometheus text as OTLP metrics; field numbers of opentelemetry-proto
 * 1.9.0 (metrics/v1/metrics.proto). Counters are cumulative monotonic sums, all else
 * gauges; names stay as they are, and the unit is the one they end in: a receiver that
 * makes names of units finds it there.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/protobuf.h"
#include "base/units.h"
#include "sink/otlp.h"

enum {
	METRIC_NAME = 1,
	METRIC_DESCRIPTION = 2,
	METRIC_UNIT = 3,
	METRIC_GAUGE = 5,
	METRIC_SUM = 7,
};
enum { DATA_POINTS = 1, SUM_TEMPORALITY = 2, SUM_MONOTONIC = 3, CUMULATIVE = 2 };
enum { POINT_START = 2, POINT_TIME = 3, POINT_DOUBLE = 4, POINT_ATTRIBUTES = 7 };
enum { NAME_CHARS = 128, LABEL_CHARS = 256, HELP_CHARS = 256 };

/* The metric being read: its points, in the order they come. */
struct family {
	char name[NAME_CHARS], help[HELP_CHARS];
	bool counter;
	struct buf points;
};

/* Moves *at behind the word and copies it. False: none, or too long. */
static bool take_word(const char **at, const char *end, const char *stops, char *out, size_t size)
{
	const char *from = *at;
	size_t len = 0;

	while (from + len < end && !strchr(stops, from[len]))
		len++;
	if (len == 0 || len >= size)
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	*at = from + len;
	return true;
}

/* As UCUM writes it; NULL: a count of things, which some receivers would call a ratio. */
static const char *unit_of(const struct family *f)
{
	static const char *const units[][2] = { { "_bytes", "By" },
						{ "_seconds", "s" },
						{ "_ratio", "1" } };
	size_t len = strlen(f->name), total = f->counter ? strlen("_total") : 0;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i][0]);

		if (len >= n + total && memcmp(f->name + len - total - n, units[i][0], n) == 0)
			return units[i][1];
	}
	return NULL;
}

static void close_family(struct family *f, struct buf *scope)
{
	struct buf metric _cleanup_buf_ = BUF_INIT, data _cleanup_buf_ = BUF_INIT;

	if (f->points.len > 0) {
		buf_add(&data, f->points.data, f->points.len);
		if (f->counter) {
			protobuf_varint(&data, SUM_TEMPORALITY, CUMULATIVE);
			protobuf_varint(&data, SUM_MONOTONIC, 1);
		}
		protobuf_string(&metric, METRIC_NAME, f->name);
		protobuf_string(&metric, METRIC_DESCRIPTION, f->help);
		if (unit_of(f))
			protobuf_string(&metric, METRIC_UNIT, unit_of(f));
		protobuf_message(&metric, f->counter ? METRIC_SUM : METRIC_GAUGE, &data);
		otlp_add_record(scope, &metric);
	}
	if (f->points.error)
		scope->error = f->points.error;
	buf_clear(&f->points);
	f->name[0] = f->help[0] = '\0';
	f->counter = false;
}

/* "HELP name words" and "TYPE name word". */
static void take_comment(struct family *f, const char *at, const char *end, struct buf *scope)
{
	char what[8], name[NAME_CHARS], words[HELP_CHARS];

	if (!take_word(&at, end, " ", what, sizeof(what)))
		return;
	at += at < end;
	if (!take_word(&at, end, " ", name, sizeof(name)))
		return;
	at += at < end;
	if (strcmp(name, f->name) != 0) {
		close_family(f, scope);
		memcpy(f->name, name, sizeof(f->name));
	}
	(void)snprintf(words, sizeof(words), "%.*s", (int)(end - at), at);
	if (strcmp(what, "HELP") == 0)
		memcpy(f->help, words, sizeof(f->help));
	else if (strcmp(what, "TYPE") == 0)
		f->counter = strcmp(words, "counter") == 0;
}

/* A quoted value with \\, \" and \n in it. */
static bool take_quoted(const char **at, const char *end, char *out, size_t size)
{
	const char *p = *at;
	size_t len = 0;

	if (p == end || *p++ != '"')
		return false;
	for (; p < end && *p != '"'; p++) {
		char c = *p;

		if (c == '\\' && ++p < end)
			c = *p == 'n' ? '\n' : *p;
		if (p == end || len + 1 >= size)
			return false;
		out[len++] = c;
	}
	out[len] = '\0';
	*at = p + 1;
	return p < end;
}

static bool take_labels(const char **at, const char *end, struct buf *point)
{
	char key[NAME_CHARS], value[LABEL_CHARS];

	++*at;
	while (*at < end && **at != '}') {
		if (!take_word(at, end, "={}\",", key, sizeof(key)) || *at == end || **at != '=')
			return false;
		++*at;
		if (!take_quoted(at, end, value, sizeof(value)))
			return false;
		otlp_add_text(point, POINT_ATTRIBUTES, key, value);
		*at += *at < end && **at == ',';
	}
	if (*at == end)
		return false;
	++*at;
	return true;
}

static void take_sample(struct family *f, const char *at, const char *end, uint64_t start_ns,
			uint64_t now_ns)
{
	struct buf point _cleanup_buf_ = BUF_INIT;
	char name[NAME_CHARS], number[64], *rest;
	double value;

	if (!take_word(&at, end, "{ ", name, sizeof(name)) || strcmp(name, f->name) != 0)
		return;
	if (at < end && *at == '{' && !take_labels(&at, end, &point))
		return;
	while (at < end && *at == ' ')
		at++;
	if (!take_word(&at, end, " ", number, sizeof(number)))
		return;
	value = strtod(number, &rest);
	if (*rest || point.error)
		return;
	if (f->counter)
		protobuf_fixed64(&point, POINT_START, start_ns);
	protobuf_fixed64(&point, POINT_TIME, now_ns);
	protobuf_double(&point, POINT_DOUBLE, value);
	protobuf_message(&f->points, DATA_POINTS, &point);
}

int otlp_metrics(const char *host, const char *text, size_t len, uint64_t start_ns, uint64_t now_ns,
		 struct buf *out)
{
	struct buf scope _cleanup_buf_ = BUF_INIT;
	struct family f = { .points = BUF_INIT };
	const char *end = text + len;
	int r;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		stop = stop ? stop : end;
		if (stop - text > 2 && text[0] == '#' && text[1] == ' ')
			take_comment(&f, text + 2, stop, &scope);
		else if (stop > text && text[0] != '#')
			take_sample(&f, text, stop, start_ns, now_ns);
		text = stop + 1;
	}
	close_family(&f, &scope);
	buf_free(&f.points);
	r = scope.error ? scope.error : scope.len ? otlp_request(host, &scope, out) : -ENODATA;
	return r;
}
