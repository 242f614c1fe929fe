/* SPDX-License-Identifier: Apache-2.0
 *
 * The `status` answer; see status.h. Keys are flat and dotted; what is missing is
 * said as "unknown" by who draws it.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "top/json_read.h"
#include "top/status.h"

struct text_key {
	const char *key;
	size_t offset, size;
};
#define TEXT_KEY(name, member)                                                              \
	{                                                                                   \
		name, offsetof(struct status, member), sizeof(((struct status *)0)->member) \
	}

static const struct text_key text_keys[] = {
	TEXT_KEY("host.name", host),          TEXT_KEY("host", host),
	TEXT_KEY("egressd.version", version), TEXT_KEY("counting", counting),
	TEXT_KEY("learning", learning),       TEXT_KEY("sinks", sinks),
	TEXT_KEY("reductions", reduced),
};

/* Arrays of words are joined, so that a list of sinks or gaps reads as a sentence. */
static void put_text(char *out, size_t size, struct json_object *v)
{
	size_t used = 0;

	if (json_object_is_type(v, json_type_string)) {
		snprintf(out, size, "%s", json_object_get_string(v));
	} else if (json_object_is_type(v, json_type_array)) {
		out[0] = '\0';
		for (size_t i = 0; i < json_object_array_length(v) && used < size; i++) {
			struct json_object *item = json_object_array_get_idx(v, i);

			used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "",
						 item ? json_object_get_string(item) : "unknown");
		}
	}
}

/* The groups that count bytes and found a way to; the others are for egressctl status. */
static bool counts_bytes(struct json_object *rung, struct json_object **ret_name)
{
	static const char *const groups[] = { "egress", "handoff", "file" };
	struct json_object *how;

	if (!json_object_object_get_ex(rung, "group", ret_name) ||
	    !json_object_object_get_ex(rung, "rung", &how) ||
	    !json_object_is_type(how, json_type_string) ||
	    strcmp(json_object_get_string(how), "missing") == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (strcmp(json_object_get_string(*ret_name), groups[i]) == 0)
			return true;
	return false;
}

/* "exact (egress, handoff)" from counting.exact and the groups that have a rung. */
static void put_counting(struct status *s, struct json_object *root)
{
	struct json_object *exact, *rungs, *name;
	size_t used, size = sizeof(s->counting);

	if (!json_object_object_get_ex(root, "counting.exact", &exact) ||
	    !json_object_is_type(exact, json_type_boolean))
		return;
	used = (size_t)snprintf(s->counting, size, "%s",
				json_object_get_boolean(exact) ? "exact" : "reduced");
	if (!json_object_object_get_ex(root, "rungs", &rungs) ||
	    !json_object_is_type(rungs, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(rungs) && used + 2 < size; i++) {
		struct json_object *rung = json_object_array_get_idx(rungs, i);

		if (counts_bytes(rung, &name))
			used += (size_t)snprintf(s->counting + used, size - used, "%s%s",
						 strchr(s->counting, '(') ? ", " : " (",
						 json_object_get_string(name));
	}
	if (strchr(s->counting, '(') && used + 2 < size)
		snprintf(s->counting + used, size - used, ")");
}

static bool get_num(struct json_object *root, const char *key, uint64_t *ret)
{
	struct json_object *v;

	return json_object_object_get_ex(root, key, &v) && json_get_u64(v, 1, ret);
}

/* What left by the network devices and was no socket's belongs beside the counting. */
static void put_residual(struct status *s, struct json_object *root)
{
	size_t used = strlen(s->counting), size = sizeof(s->counting);
	uint64_t bytes;
	char text[8];

	if (!get_num(root, "residual.bytes", &bytes) || !bytes)
		return;
	format_short(text, bytes);
	(void)snprintf(s->counting + used, size - used, "%s%s by no socket", used ? ", " : "",
		       text);
}

int status_line(struct status *s, const char *line, size_t len)
{
	struct json_object *root = json_parse(line, len), *v;
	uint64_t days, of;

	if (!json_object_is_type(root, json_type_object)) {
		json_object_put(root);
		return -EINVAL;
	}
	s->known = true;
	for (size_t i = 0; i < ARRAY_SIZE(text_keys); i++)
		if (json_object_object_get_ex(root, text_keys[i].key, &v))
			put_text((char *)s + text_keys[i].offset, text_keys[i].size, v);
	put_counting(s, root);
	put_residual(s, root);
	s->uptime_known |= get_num(root, "egressd.uptime_s", &s->uptime_s);
	s->today_known |= get_num(root, "egress.today_bytes", &s->today_bytes);
	s->allowed_known |= get_num(root, "egress.today_allowed_bytes", &s->allowed_bytes);
	if (get_num(root, "learning.days", &days) && get_num(root, "learning.of", &of))
		snprintf(s->learning, sizeof(s->learning), "%u/%u d",
			 (unsigned int)MIN(days, 9999u), (unsigned int)MIN(of, 9999u));
	json_object_put(root);
	return 0;
}
