/* SPDX-License-Identifier: Apache-2.0
 *
 * History lines summed up by destination; see report.h.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "ctl/report.h"
#include "ctl/row.h"

static void key_of(struct json_object *line, struct buf *out)
{
	static const char *const keys[] = { "dst",   "group", "port", "proto", "init",
					    "scope", "exe",   "comm", "user",  "container" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		buf_addf(out, "%s\n", row_text(line, keys[i]));
}

static int add_place(struct rows *sent, struct json_object *places, const char *key,
		     struct json_object *line)
{
	if (sent->count == sent->cap) {
		size_t cap = sent->cap ? sent->cap * 2 : 64;
		void *grown = reallocarray(sent->item, cap, sizeof(struct json_object *));

		if (!grown)
			return -ENOMEM;
		sent->item = grown;
		sent->cap = cap;
	}
	json_object_object_add(places, key, json_object_new_uint64(sent->count));
	sent->item[sent->count++] = json_object_get(line);
	return 0;
}

int report_sent(struct rows *sent, struct json_object *places, struct json_object *line)
{
	_cleanup_buf_ struct buf key = BUF_INIT;
	struct json_object *place, *into;
	uint64_t ts, tx, before = 0;
	int r;

	if (strcmp(row_text(line, "column"), "egress") != 0 || !row_u64(line, "ts", &ts) ||
	    !row_u64(line, "tx", &tx) || ts > INT64_MAX ||
	    strcmp(row_text(line, "scope"), "loopback") == 0)
		return 0;
	key_of(line, &key);
	if (key.error)
		return key.error;
	if (!json_object_object_get_ex(places, key.data, &place)) {
		json_object_object_add(line, "last", json_object_new_uint64(ts));
		r = add_place(sent, places, key.data, line);
		return r;
	}
	into = sent->item[json_object_get_uint64(place)];
	(void)row_u64(into, "tx", &before);
	json_object_object_add(into, "tx",
			       json_object_new_uint64(tx > UINT64_MAX - before ? UINT64_MAX
									       : before + tx));
	json_object_object_add(into, "last", json_object_new_uint64(ts));
	return 0;
}

static int larger_first(const void *left, const void *right)
{
	uint64_t a = 0, b = 0;

	(void)row_u64(*(struct json_object *const *)left, "tx", &a);
	(void)row_u64(*(struct json_object *const *)right, "tx", &b);
	return a < b ? 1 : a > b ? -1 : 0;
}

void report_sort_sent(struct rows *sent)
{
	if (sent->count)
		qsort(sent->item, sent->count, sizeof(struct json_object *), larger_first);
}
