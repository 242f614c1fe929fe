/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a trace row become a tick row: numbers checked, names interned.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vocab.h"
#include "replay/trace_int.h"

/* A trace without a host column is about one host, whose name nobody gave. */
static const char host_unnamed[] = "-";

enum { DIGITS_SAFE = 19 }; /* so many fit into 64 bits */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int trace_parse_count(const struct slice *s, uint64_t max, uint64_t *ret)
{
	const char *p = s->p, *end = s->p + s->len;
	const char *safe = s->p + MIN(s->len, (size_t)DIGITS_SAFE);
	uint64_t v = 0;

	for (; p < safe && is_digit(*p); p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (p == s->p)
		return -EINVAL;
	for (; p < end && is_digit(*p); p++) {
		if (v > (UINT64_MAX - 9) / 10)
			return -ERANGE;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	if (p < end && *p == '.') /* "12.0": spreadsheets and data frames write it so */
		for (p++; p < end && *p == '0'; p++)
			;
	if (p < end)
		return -EINVAL;
	if (v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

static int fail_number(struct trace_reader *r, enum trace_column column, const struct slice *s,
		       int why)
{
	return trace_fail(r, "%s \"%.*s\" is %s", trace_column_names[column], (int)MIN(s->len, 64U),
			  s->p, why == -ERANGE ? "absurdly large" : "not a whole number >= 0");
}

static int parse_ts(struct trace_reader *r, const struct slice *s, int64_t *ret)
{
	uint64_t v = 0;
	int err;

	if (s->len && s->len == r->ts_len && !memcmp(s->p, r->ts_text, s->len)) {
		*ret = r->ts_value;
		return 0;
	}
	if (!s->len)
		return trace_fail(r, "no ts (Unix seconds of the interval's start)");
	err = trace_parse_count(s, (uint64_t)TRACE_TS_MAX, &v);
	if (err)
		return fail_number(r, COL_TS, s, err);
	*ret = r->ts_value = (int64_t)v;
	r->ts_len = s->len <= sizeof(r->ts_text) ? s->len : 0;
	memcpy(r->ts_text, s->p, r->ts_len);
	return 0;
}

static int find_host(struct trace_reader *r, const struct slice *s, struct trace_host **ret)
{
	const char *name = s->len ? s->p : host_unnamed;
	size_t len = s->len ? s->len : sizeof(host_unnamed) - 1;
	struct slice_cache_entry *entry;
	struct trace_host *h = r->last_host;

	if (h && h->name_len == len && !memcmp(h->name, name, len)) {
		*ret = h;
		return 0;
	}
	entry = slice_cache_get(&r->hosts, name, len);
	if (!entry)
		return -ENOMEM;
	if (!entry->value) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return -ENOMEM;
		entry->value = h;
		h->name = entry->key; /* the cache owns it */
		h->name_len = len;
	}
	union { /* the cache holds any pointer as const; hosts are ours to change */
		const void *in;
		struct trace_host *out;
	} value = { .in = entry->value };
	*ret = r->last_host = value.out;
	return 0;
}

/* Copies fields one after the other, each ended by NUL, and tells where each begins. */
static size_t join_fields(char *key, const struct slice *const *fields, size_t count,
			  const char **ret_start)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		ret_start[i] = key + at;
		if (fields[i]->len)
			memcpy(key + at, fields[i]->p, fields[i]->len);
		at += fields[i]->len;
		key[at++] = '\0';
	}
	return at;
}

enum { KEY_FIELDS_MAX = 4 };

static int find_actor(struct trace_reader *r, const struct trace_fields *f,
		      const struct actor **ret)
{
	const struct slice *const fields[KEY_FIELDS_MAX] = { &f->col[COL_EXE], &f->col[COL_COMM],
							     &f->col[COL_CONTAINER],
							     &f->col[COL_USER] };
	char key[KEY_FIELDS_MAX * (TRACE_FIELD_MAX + 1)];
	const char *part[KEY_FIELDS_MAX];
	struct slice_cache_entry *entry;
	size_t len;

	*ret = NULL;
	if (!f->col[COL_EXE].len && !f->col[COL_COMM].len)
		return 0;
	len = join_fields(key, fields, KEY_FIELDS_MAX, part);
	entry = slice_cache_get(&r->actors, key, len);
	if (!entry)
		return -ENOMEM;
	if (!entry->value)
		entry->value = names_actor(r->names, part[0], part[1], part[2], part[3]);
	*ret = entry->value;
	return *ret ? 0 : -ENOMEM;
}

/* Not remembered here: names_dest() has its own cache, and notes which member of the
 * group was seen last. */
static int find_dest(struct trace_reader *r, const struct slice *dst, uint8_t scope,
		     const struct dest **ret)
{
	char text[TRACE_FIELD_MAX + 1];

	*ret = NULL;
	if (!dst->len)
		return 0;
	memcpy(text, dst->p, dst->len);
	text[dst->len] = '\0';
	*ret = names_dest(r->names, text, (enum eg_scope)scope);
	return *ret ? 0 : -ENOMEM;
}

static bool slice_is(const struct slice *s, const char *word)
{
	return strlen(word) == s->len && !memcmp(s->p, word, s->len);
}

/* One of the words of a vocabulary. */
static int find_word(struct trace_reader *r, enum trace_column column, const struct slice *s,
		     const char *(*word)(unsigned int), unsigned int count, uint8_t *ret)
{
	for (unsigned int i = 0; i < count; i++)
		if (slice_is(s, word(i))) {
			*ret = (uint8_t)i;
			return 0;
		}
	return trace_fail(r, "%s \"%.*s\" is not known", trace_column_names[column],
			  (int)MIN(s->len, 64U), s->p);
}

static int find_proto(struct trace_reader *r, const struct slice *s, uint8_t *ret)
{
	uint64_t v = 0;

	if (slice_is(s, "unknown")) {
		*ret = 0;
		return 0;
	}
	if (trace_parse_count(s, UINT8_MAX, &v) == 0) {
		*ret = (uint8_t)v;
		return 0;
	}
	return find_word(r, COL_PROTO, s, proto_name, UINT8_MAX + 1, ret);
}

/* Empty is 0, unknown; else as the row before, or by its vocabulary. */
static int parse_word(struct trace_reader *r, enum trace_column column, const struct slice *s,
		      uint8_t *ret)
{
	struct word_memo *memo = &r->memo[column];
	int err;

	*ret = 0;
	if (!s->len)
		return 0;
	if (s->len == memo->len && !memcmp(s->p, memo->text, s->len)) {
		*ret = memo->value;
		return 0;
	}
	if (column == COL_PROTO)
		err = find_proto(r, s, ret);
	else if (column == COL_INIT)
		err = find_word(r, column, s, init_name, EG_INIT_COUNT, ret);
	else
		err = find_word(r, column, s, scope_name, EG_SCOPE_COUNT, ret);
	if (err || s->len > sizeof(memo->text))
		return err;
	memcpy(memo->text, s->p, s->len);
	memo->len = s->len;
	memo->value = *ret;
	return 0;
}

static int parse_port(struct trace_reader *r, const struct slice *s, uint16_t *ret)
{
	uint64_t v = 0;

	if (s->len && trace_parse_count(s, UINT16_MAX, &v) < 0)
		return trace_fail(r, "port \"%.*s\" is not 0 to 65535", (int)MIN(s->len, 64U),
				  s->p);
	*ret = (uint16_t)v;
	return 0;
}

static int parse_bytes(struct trace_reader *r, const struct trace_fields *f, struct tick_row *row)
{
	const struct slice *tx = &f->col[COL_TX], *rd = &f->col[COL_RD];
	int err;

	if (!tx->p && !rd->p)
		return trace_fail(r, "neither tx nor rd");
	if (tx->len) {
		err = trace_parse_count(tx, TRACE_BYTES_MAX, &row->tx_bytes);
		if (err)
			return fail_number(r, COL_TX, tx, err);
	} else if (tx->p) {
		row->tx_unknown = true;
	}
	if (rd->len) {
		err = trace_parse_count(rd, TRACE_BYTES_MAX, &row->rd_bytes);
		if (err)
			return fail_number(r, COL_RD, rd, err);
	}
	return 0;
}

static int check_lengths(struct trace_reader *r, const struct trace_fields *f)
{
	for (int i = COL_HOST; i <= COL_DST; i++)
		if (f->col[i].len > TRACE_FIELD_MAX)
			return trace_fail(r, "%s is longer than %d bytes", trace_column_names[i],
					  TRACE_FIELD_MAX);
	return 0;
}

/* Who and where: all but host, time and bytes. */
static int parse_identity(struct trace_reader *r, const struct trace_fields *f,
			  struct tick_row *row)
{
	int err = parse_port(r, &f->col[COL_PORT], &row->port);

	if (!err)
		err = parse_word(r, COL_PROTO, &f->col[COL_PROTO], &row->proto);
	if (!err)
		err = parse_word(r, COL_INIT, &f->col[COL_INIT], &row->init);
	if (!err)
		err = parse_word(r, COL_SCOPE, &f->col[COL_SCOPE], &row->scope);
	if (!err)
		err = find_actor(r, f, &row->actor);
	if (!err)
		err = find_dest(r, &f->col[COL_DST], row->scope, &row->dest);
	if (!err && row->dest && row->scope == EG_SCOPE_UNKNOWN)
		row->scope = (uint8_t)row->dest->scope;
	return err;
}

int trace_parse_row(struct trace_reader *r, const struct trace_fields *f, struct trace_parsed *ret)
{
	const uint32_t plain = 1U << COL_TS | 1U << COL_HOST | 1U << COL_TX | 1U << COL_RD;
	struct tick_row *row = &ret->row;
	int err;

	memset(row, 0, sizeof(*row));
	err = check_lengths(r, f);
	if (!err)
		err = parse_ts(r, &f->col[COL_TS], &ret->ts);
	if (!err)
		err = find_host(r, &f->col[COL_HOST], &ret->host);
	if (!err)
		err = parse_bytes(r, f, row);
	if (!err && (f->filled & ~plain))
		err = parse_identity(r, f, row);
	return err;
}
