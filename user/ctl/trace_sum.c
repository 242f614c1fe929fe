/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums trace rows by series and interval; see trace_sum.h.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "ctl/row.h"
#include "ctl/trace_sum.h"

#define FORM (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

struct series {
	char *key;                  /* the identity as text */
	struct json_object *fields; /* the row without ts, tx, rd */
	uint64_t tx, rd;
	bool known, unknown; /* rows with a tx, rows with null */
	UT_hash_handle hh;
};

struct trace_sum {
	uint32_t interval_s;
	trace_sum_fn fn;
	void *ctx;
	bool has_header;
	uint64_t start; /* of the interval under way */
	struct series *series;
};

int trace_sum_new(uint32_t interval_s, trace_sum_fn fn, void *ctx, struct trace_sum **ret)
{
	struct trace_sum *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->interval_s = interval_s;
	s->fn = fn;
	s->ctx = ctx;
	*ret = s;
	return 0;
}

static void forget(struct trace_sum *s)
{
	struct series *one, *next;

	HASH_ITER(hh, s->series, one, next) {
		HASH_DEL(s->series, one);
		json_object_put(one->fields);
		free(one->key);
		free(one);
	}
}

void trace_sum_free(struct trace_sum *s)
{
	if (!s)
		return;
	forget(s);
	free(s);
}

static int give(struct trace_sum *s, struct json_object *o)
{
	size_t len;
	const char *text = json_object_to_json_string_length(o, FORM, &len);

	return text ? s->fn(s->ctx, text, len) : -ENOMEM;
}

/* The sum as a row; one more with null where part of it is unknown (rows add up). */
static int give_series(struct trace_sum *s, const struct series *one)
{
	int r = 0;

	json_object_object_add(one->fields, "ts", json_object_new_uint64(s->start));
	if (one->known || one->rd) {
		json_object_object_add(one->fields, "tx", json_object_new_uint64(one->tx));
		if (one->rd)
			json_object_object_add(one->fields, "rd", json_object_new_uint64(one->rd));
		r = give(s, one->fields);
	}
	if (r != 0 || !one->unknown)
		return r;
	json_object_object_add(one->fields, "tx", NULL);
	json_object_object_del(one->fields, "rd");
	return give(s, one->fields);
}

int trace_sum_flush(struct trace_sum *s)
{
	int r = 0;

	for (struct series *one = s->series; one && r == 0; one = one->hh.next)
		r = give_series(s, one);
	forget(s);
	return r;
}

static int header(struct trace_sum *s, struct json_object *o)
{
	uint64_t interval;

	if (!row_u64(o, "interval_s", &interval) || interval == 0)
		return -EBADMSG;
	if (s->interval_s % interval != 0)
		return -EINVAL;
	s->has_header = true;
	json_object_object_add(o, "interval_s", json_object_new_uint64(s->interval_s));
	return give(s, o);
}

/* The series of the row; takes `o` over. NULL: no memory. */
static struct series *series_of(struct trace_sum *s, struct json_object *o)
{
	size_t len;
	const char *key = json_object_to_json_string_length(o, FORM, &len);
	struct series *one = NULL;

	if (key)
		HASH_FIND(hh, s->series, key, len, one);
	if (one || !key) {
		json_object_put(o);
		return one;
	}
	one = calloc(1, sizeof(*one));
	if (one)
		one->key = strdup(key);
	if (!one || !one->key) {
		free(one);
		json_object_put(o);
		return NULL;
	}
	one->fields = o;
	HASH_ADD_KEYPTR(hh, s->series, one->key, len, one);
	return one;
}

static int add_row(struct trace_sum *s, struct json_object *o)
{
	uint64_t ts, tx = 0, rd = 0;
	struct series *one;
	bool known;
	int r;

	if (!s->has_header || !row_u64(o, "ts", &ts)) {
		json_object_put(o);
		return -EBADMSG;
	}
	ts -= ts % s->interval_s;
	r = s->series && ts != s->start ? trace_sum_flush(s) : 0;
	if (r != 0) {
		json_object_put(o);
		return r;
	}
	s->start = ts;
	known = row_u64(o, "tx", &tx);
	(void)row_u64(o, "rd", &rd);
	json_object_object_del(o, "ts");
	json_object_object_del(o, "tx");
	json_object_object_del(o, "rd");
	one = series_of(s, o);
	if (!one)
		return -ENOMEM;
	one->tx += tx;
	one->rd += rd;
	one->known |= known;
	one->unknown |= !known;
	return 0;
}

int trace_sum_add(struct trace_sum *s, const char *line, size_t len)
{
	struct json_object *o = row_parse(line, len);
	int r;

	if (!o)
		return -EBADMSG;
	if (!json_object_object_get_ex(o, "trace", NULL))
		return add_row(s, o);
	r = header(s, o);
	json_object_put(o);
	return r;
}
